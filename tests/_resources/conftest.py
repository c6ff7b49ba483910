"""An account on a real socket."""

from collections.abc import AsyncIterator

import pytest

from woowup_async.testing import Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running
