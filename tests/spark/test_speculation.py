"""A second copy of a task runs beside the first one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import spark as cluster
from tests.support import spark_faults
from tests.support.fleet import Running
from tests.support.postgres import Server
from tests.support.spark_faults import SPECULATION, Place
from tests.support.valkey import Valkey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def place(fleet: Running, store: Valkey, ledger: Server, tmp_path: Path) -> Iterator[Place]:
    """A cluster in which speculation is on."""
    spark_faults.environment(fleet, store, ledger)
    with pytest.warns(UserWarning, match="speculation"), cluster.session(cluster.CLUSTER, **SPECULATION) as spark:
        yield Place(spark, fleet, tmp_path, store, ledger)


def test_two_copies_of_a_task(place: Place) -> None:
    spark_faults.speculation(place).check()
