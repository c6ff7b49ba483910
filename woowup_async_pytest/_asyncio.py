"""The open client for tests of pytest-asyncio. Its fixtures need its own decorator, unless its mode is `auto`.

A client belongs to one event loop, and a test may run in the loop of its class, module, package or session. So there is
one fixture for each of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Literal

import pytest
import pytest_asyncio

from woowup_async_pytest import client_of

if TYPE_CHECKING:
    from woowup_async import WoowUp
    from woowup_async.testing import Simulator

_LoopScope = Literal["function", "class", "module", "package", "session"]


def fixture_for(request: pytest.FixtureRequest) -> str:
    """Return the name of the fixture for the loop of a test."""
    marker = request.node.get_closest_marker("asyncio")
    given = marker.kwargs.get("loop_scope") if marker is not None else None
    return _name_of(given or _default_scope(request.config) or "function")


def _default_scope(config: pytest.Config) -> str | None:
    try:
        scope: str | None = config.getini("asyncio_default_test_loop_scope")
    except (KeyError, ValueError):  # pytest-asyncio before 0.26 has no such option
        return None
    return scope


def _name_of(scope: str) -> str:
    return f"_woowup_on_asyncio_{scope}"


def _fixture(scope: _LoopScope) -> Any:
    @pytest_asyncio.fixture(name=_name_of(scope), loop_scope=scope)
    async def opened(woowup_simulator: Simulator) -> AsyncIterator[WoowUp]:
        async with client_of(woowup_simulator) as client:
            yield client

    return opened


_of_function = _fixture("function")
_of_class = _fixture("class")
_of_module = _fixture("module")
_of_package = _fixture("package")
_of_session = _fixture("session")
