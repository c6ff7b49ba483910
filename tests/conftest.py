"""Settings of the whole suite: the same examples at every run, and no test that depends on the machine's speed."""

import sys
import threading
import time
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("house")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In workers, begin with what waits longest: at the end, one of them would wait alone."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (item.get_closest_marker("timeout") or item.get_closest_marker("untraced")) is None)


#: Seconds after which a test without the marker `slow` fails: two, and what coverage and a busy machine add to them.
_MOST_SECONDS = 10.0


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Let no test become slow unnoticed."""
    began = time.monotonic()
    result = yield
    took = time.monotonic() - began
    if took > _MOST_SECONDS and not any(map(pyfuncitem.get_closest_marker, ("slow", "long"))):
        pytest.fail(f"it took {took:.1f} s: make it faster, or mark it slow", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Let coverage look away from what is marked so: a traced line costs up to ten times as much."""
    if item.get_closest_marker("untraced") is None:
        return (yield)
    # pytest-cov has a marker for this too; in a worker of pytest-xdist it does nothing, since coverage runs twice there
    mine, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(mine)
        threading.settrace(of_threads)
