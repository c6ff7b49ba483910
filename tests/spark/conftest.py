"""Tests with a JVM, which `make test-spark` runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import spark as cluster
from tests.support import spark_faults
from tests.support.fleet import Running, running
from tests.support.postgres import Server, started
from tests.support.spark_faults import Place
from tests.support.valkey import Valkey

if "WOOWUP_TEST_SPARK" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="module")
def fleet() -> Iterator[Running]:
    """Four accounts, whose segments take 3 s."""
    with running(spark_faults.ACCOUNTS, speed=spark_faults.SPEED, latency=spark_faults.LATENCY) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def store() -> Iterator[Valkey]:
    """A Valkey for budgets."""
    with Valkey() as store:
        yield store


@pytest.fixture(scope="module")
def ledger() -> Iterator[Server]:
    """A PostgreSQL for the ledger."""
    with started() as server:
        yield server


@pytest.fixture(scope="module")
def place(fleet: Running, store: Valkey, ledger: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A cluster of two executors."""
    folder: Path = tmp_path_factory.mktemp("place")
    spark_faults.environment(fleet, store, ledger)
    with cluster.session(cluster.CLUSTER) as spark:
        yield Place(spark, fleet, folder, store, ledger)
