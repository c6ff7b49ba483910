"""The open client for tests of pytest-asyncio. Its fixtures need its own decorator, unless its mode is `auto`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest_asyncio

from woowup_async_pytest import client_of

if TYPE_CHECKING:
    from woowup_async import WoowUp
    from woowup_async.testing import Simulator


@pytest_asyncio.fixture
async def _woowup_on_asyncio(woowup_simulator: Simulator) -> AsyncIterator[WoowUp]:
    async with client_of(woowup_simulator) as client:
        yield client
