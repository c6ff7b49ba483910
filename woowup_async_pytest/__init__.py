"""The pytest plugin of woowup_async: the fixtures `woowup_simulator` and `woowup`, and the option `--woowup-faults`.

It is a package of its own, since pytest imports every plugin at its start: this one imports `woowup_async` only when a
test uses a fixture (decision 118).
"""

from __future__ import annotations

import inspect
import sys
from argparse import ArgumentTypeError
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from woowup_async import WoowUp
    from woowup_async.testing import Simulator

__all__ = ["woowup", "woowup_simulator"]

_MARKER = (
    "woowup_simulator(**options): options of woowup_async.testing.Simulator for the fixture `woowup_simulator`, "
    "such as speed, latency or faults"
)
#: Of a simulated account in tests: 0.5 seconds instead of 30.
_SPEED = 60
#: Seconds of the slow faults (guessed: short for a test, and still a wait).
_LATE, _SLOW, _RETRY_AFTER = 0.05, 0.02, 0.1


class _Faults(NamedTuple):
    """The option `--woowup-faults`."""

    rate: float
    seed: int


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("woowup_async", "a simulated WoowUp account")
    group.addoption(
        "--woowup-faults",
        type=_parsed,
        metavar="RATE[:SEED]",
        help="let this share of the requests to `woowup_simulator` meet a fault at random, such as 0.2 or 0.2:7",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker, and add what pytest-asyncio needs if it is there."""
    config.addinivalue_line("markers", _MARKER)
    if "pytest_asyncio" in sys.modules:
        from woowup_async_pytest import _asyncio

        config.pluginmanager.register(_asyncio, "woowup_async_on_asyncio")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Show the seed, so that a run can be repeated."""
    faults: _Faults | None = config.getoption("--woowup-faults")
    return faults and f"woowup faults: {faults.rate:g} of the requests, seed {faults.seed}"


@pytest.fixture
def woowup_simulator(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _woowup_state: Path
) -> Iterator[Simulator]:
    """A simulated account for one test, sync or async. It runs in a thread of its own.

    The environment names it (`WOOWUP_API_KEY`, `WOOWUP_BASE_URL`, `WOOWUP_CONNECTORS_URL`), so that `WoowUp()` in the
    code under test finds it, and never the real host. Its segment has 0.5 seconds. The marker
    `@pytest.mark.woowup_simulator(...)` sets options of `Simulator`. A budget that the code under test shares on this
    machine (`budget="host"`) is in a temporary folder (`WOOWUP_STATE_DIR`), and `WOOWUP_BUDGET` is not set.
    """
    from woowup_async.testing import Faults, Simulator

    options: dict[str, Any] = {"speed": _SPEED}
    if (drawn := request.config.getoption("--woowup-faults")) is not None:
        options["faults"] = Faults(drawn.rate, drawn.seed, late=_LATE, slow=_SLOW, retry_after=_RETRY_AFTER)
    for marker in reversed([*request.node.iter_markers("woowup_simulator")]):  # that of the function comes last
        options |= marker.kwargs
    with Simulator(**options).run_in_thread() as simulator:
        monkeypatch.setenv("WOOWUP_API_KEY", simulator.api_key)
        monkeypatch.setenv("WOOWUP_BASE_URL", simulator.url)
        monkeypatch.setenv("WOOWUP_CONNECTORS_URL", simulator.connectors_url)
        monkeypatch.setenv("WOOWUP_STATE_DIR", str(_woowup_state))
        monkeypatch.delenv("WOOWUP_BUDGET", raising=False)
        yield simulator


@pytest.fixture(scope="session")
def _woowup_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("woowup")


@pytest.fixture
def woowup(request: pytest.FixtureRequest, woowup_simulator: Simulator) -> WoowUp:
    """A client of the simulated account.

    In an async test (pytest-asyncio or anyio) it is open. In a sync test it is not: `async with woowup:` opens it
    inside `asyncio.run`.
    """
    if not inspect.iscoroutinefunction(inspect.unwrap(request.function)):
        return client_of(woowup_simulator)
    if "anyio_backend" in request.fixturenames:
        if _is_auto(request.config):
            pytest.fail("with asyncio_mode=auto, an async test needs no marker `anyio`: remove it", pytrace=False)
        name = "_woowup_on_anyio"
    elif "pytest_asyncio" in sys.modules:
        from woowup_async_pytest._asyncio import fixture_for

        name = fixture_for(request)
    else:
        pytest.fail("an async test with `woowup` needs pytest-asyncio, or the marker `anyio`", pytrace=False)
    client: WoowUp = request.getfixturevalue(name)
    return client


def _is_auto(config: pytest.Config) -> bool:
    """Return whether pytest-asyncio opens all async fixtures, so that anyio's test would run in another event loop."""
    if not config.pluginmanager.hasplugin("asyncio"):
        return False
    return "auto" in (config.getoption("asyncio_mode", None), config.getini("asyncio_mode"))


@pytest.fixture
async def _woowup_on_anyio(anyio_backend_name: str, woowup_simulator: Simulator) -> AsyncIterator[WoowUp]:
    if anyio_backend_name != "asyncio":
        pytest.skip("woowup_async needs asyncio")
    async with client_of(woowup_simulator) as client:
        yield client


def client_of(simulator: Simulator) -> WoowUp:
    """Return a client that repeats failed requests quickly."""
    from woowup_async import RateLimit, RetryPolicy, WoowUp

    return WoowUp(
        simulator.api_key,
        base_url=simulator.url,
        connectors_url=simulator.connectors_url,
        rate_limit=RateLimit(segment=simulator.segment),
        retry=RetryPolicy(base=0.01, cap=0.1),
    )


def _parsed(text: str) -> _Faults:
    rate, _, seed = text.partition(":")
    try:
        found = _Faults(float(rate), int(seed or "0"))
    except ValueError:
        raise ArgumentTypeError(f"expected RATE or RATE:SEED, such as 0.2 or 0.2:7, got {text!r}") from None
    if not 0 <= found.rate <= 1:
        raise ArgumentTypeError(f"the rate must be in [0, 1], got {found.rate:g}")
    return found
