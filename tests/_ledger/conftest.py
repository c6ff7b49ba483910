"""An empty schema for each test of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.ledgers import schema
from tests.support.postgres import Server


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with schema(postgres) as found:
        yield found
