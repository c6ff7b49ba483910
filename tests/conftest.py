"""Settings of all tests: the same examples in every run, and no test that depends on the speed of the machine."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.examples import MANY
from tests.support.load import Share
from woowup_async._transport import credentials

if TYPE_CHECKING:
    from tests.support.postgres import Server
    from tests.support.valkey import Valkey

settings.register_profile(
    "many",  # `make test-long`
    max_examples=MANY,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("house", settings.get_profile("many"), max_examples=50)  # `make test`
settings.register_profile("quick", settings.get_profile("many"), max_examples=15)  # `make quick`
settings.load_profile("house")

# Each process that a test starts would read the system's certificates, which takes a tenth of a second. No test needs
# them: the tests of trust have their own.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

# No test shares a budget with the user's own processes. Those that a test starts inherit the folder.
os.environ["WOOWUP_STATE_DIR"] = tempfile.mkdtemp(prefix="woowup-tests-")
atexit.register(shutil.rmtree, os.environ["WOOWUP_STATE_DIR"], ignore_errors=True)
os.environ.pop("WOOWUP_BUDGET", None)

#: These use locks, forks, modes, terminals, signals and servers that Windows does not have. `test_platform` imitates
#: Windows elsewhere, and `test_systems` finds what else would fail there.
_POSIX_ONLY = (
    "_journal/test_lock.py", "_journal/test_private.py", "budget/test_folder.py", "budget/test_host.py",
    "budget/test_postgres.py", "budget/test_redis.py", "cli/commands/test_dead_letters.py", "cli/test_stops.py",
    "docs/test_examples.py", "docs/test_walks.py", "journeys/test_fleet.py", "journeys/test_kill.py",
    "journeys/test_operations.py", "journeys/test_service.py", "journeys/test_shared_ledger.py",
    "journeys/test_workers.py", "sinks/test_dead_letters.py", "sinks/test_forgetting.py", "test_platform.py",
)  # fmt: skip
collect_ignore = list(_POSIX_ONLY) if sys.platform == "win32" else []

# Each new journal has a mark that is slow to make on purpose. Processes that a test starts make marks as users do.
_MARK_COST, credentials.MARK_COST = credentials.MARK_COST, 2

#: The first runs the tests of our own plugin for pytest.
pytest_plugins = ["pytester", "tests.support.tracing"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In workers, begin with the tests that wait longest. At the end, one worker would run such a test alone."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (item.get_closest_marker("timeout") or item.get_closest_marker("untraced")) is None)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests that need a server: it takes a second to start, and `make quick` leaves them out."""
    needs_server = not _SERVERS.isdisjoint(getattr(item, "fixturenames", ()))
    if needs_server:
        item.add_marker("slow")
    if sys.platform == "win32" and (needs_server or item.get_closest_marker("posix")):
        item.add_marker(pytest.mark.skip(reason="Windows has no such signals, and the servers have no wheels for it"))


#: Fixtures that start one.
_SERVERS = {"postgres", "valkey"}

#: Seconds after which a test without the marker `slow` fails: two, plus time for coverage and a busy disk.
_MOST_SECONDS = 10.0


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a slow test without the marker `slow`. Time without a core is not the test's."""
    share = Share()
    result = yield
    took = share.own
    if took > _MOST_SECONDS and not any(map(pyfuncitem.get_closest_marker, ("slow", "long"))):
        pytest.fail(f"it took {took:.1f} s: make it faster, or mark it slow", pytrace=False)
    return result


@pytest.fixture
def real_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open journals that another process made."""
    monkeypatch.setattr(credentials, "MARK_COST", _MARK_COST)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL for all tests of a process. It is imported only where it is used."""
    from tests.support.postgres import started

    with started() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A Valkey for all tests of a process."""
    from tests.support.valkey import Valkey

    with Valkey() as server:
        yield server
