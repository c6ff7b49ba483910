"""A plugin that keeps coverage away from code that is not ours: a traced run takes two to three times as long.

Coverage counts lines in fixtures, in tests, and while the package is imported. It is off while tests are collected,
between tests, while hypothesis searches for examples, and in the process that only hands tests to the workers. If
coverage uses `sys.monitoring`, as it does in newer Pythons, nothing of this is needed, and nothing is done.
"""

import functools
import gc
import importlib
import pkgutil
import sys
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from math import inf
from typing import Any

import pytest

import woowup_async

#: The examples of a property, and the cases of a parametrized test, that run with coverage. Later ones seldom reach a
#: new line; if one does, `make test` says so.
TRACED_EXAMPLES, TRACED_CASES = 10, 3
#: Rooms in which all of them do, since each of their lines and branches must be reached.
WHOLE = ("tests/_ingest/rules/", "tests/_journal/", "tests/_limiting/")
_IS_TRACED = pytest.StashKey[bool]()


class OfCoverage:
    """The trace function of coverage, while it is off."""

    function: Any = None

    @classmethod
    def on(cls) -> AbstractContextManager[None]:
        """Run a block with coverage, if it is measured."""
        return traced_by(cls.function)


@contextmanager
def traced_by(function: Any) -> Iterator[None]:
    """Run a block with another trace function, or with none."""
    before = sys.gettrace()
    sys.settrace(function)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def untraced() -> Iterator[None]:
    """Run a block without coverage, also in new threads."""
    # pytest-cov has a marker for this, but it does nothing in a worker of pytest-xdist, where coverage runs twice
    of_threads = threading.gettrace()
    threading.settrace(None)
    try:
        with traced_by(None):
            yield
    finally:
        threading.settrace(of_threads)


@contextmanager
def traced_examples(test: Any, most: float) -> Iterator[None]:
    """Run the first examples of a property with coverage, and the search for examples without it."""
    own, left = test.hypothesis.inner_test, most

    @functools.wraps(own)
    def example(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        with OfCoverage.on() if left >= 0 else nullcontext():
            return own(*args, **kwargs)

    test.hypothesis.inner_test = example
    try:
        yield
    finally:
        test.hypothesis.inner_test = own


def hands_out(session: pytest.Session) -> bool:
    """Return whether this process has workers of pytest-xdist, and so runs no test."""
    return session.config.pluginmanager.has_plugin("dsession")


def import_all() -> None:
    """Import the package, so that coverage counts these lines, except modules with a missing extra."""
    for module in pkgutil.walk_packages(woowup_async.__path__, "woowup_async."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):
                importlib.import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect without coverage and without the garbage collector, which finds little among thousands of tests."""
    if sys.gettrace() is not None and not hands_out(session):
        import_all()
    gc.disable()
    try:
        with untraced():
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose the cases that run with coverage: the same ones in each worker."""
    cases = Counter[str]()
    for item in items:
        name = item.nodeid.partition("[")[0]
        cases[name] += 1
        is_one_of_few = cases[name] <= TRACED_CASES or name.startswith(WHOLE)
        item.stash[_IS_TRACED] = is_one_of_few and item.get_closest_marker("untraced") is None


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Measure nothing in a process that only hands out tests."""
    with untraced() if hands_out(session) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Measure nothing between tests."""
    OfCoverage.function = sys.gettrace()
    with traced_by(None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    """Measure fixtures."""
    with OfCoverage.on():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Measure the ends of fixtures."""
    with OfCoverage.on():
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Measure a test, unless it has the marker `untraced` or comes after many other cases."""
    if not pyfuncitem.stash[_IS_TRACED]:
        with untraced():
            return (yield)
    most = inf if pyfuncitem.nodeid.startswith(WHOLE) else TRACED_EXAMPLES
    with traced_examples(pyfuncitem.obj, most) if hasattr(pyfuncitem.obj, "hypothesis") else OfCoverage.on():
        return (yield)
