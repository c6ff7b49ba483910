"""Settings of the whole suite: the same examples at every run, and no test that depends on the machine's speed."""

import sys
import threading
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
