"""A PostgreSQL server for all tests of queries."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import Server, started


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with started() as server:
        yield server
