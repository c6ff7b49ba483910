"""Fifty processes are killed at random moments.

If the environment has `WOOWUP_SPARK_KILLS`, the counts are saved in that file, for a row of `make spark-faults`.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.support import spark as cluster
from tests.support import spark_faults
from tests.support.fleet import Running
from tests.support.postgres import Server
from tests.support.spark_faults import Place, Seen
from tests.support.valkey import Valkey

pytestmark = pytest.mark.long
KILLS, IN_ONE_WRITE = 50, 5


@pytest.fixture
def place(fleet: Running, store: Valkey, ledger: Server, tmp_path: Path) -> Iterator[Place]:
    """A cluster that repeats a task as often as it is killed."""
    spark_faults.environment(fleet, store, ledger)
    patient = {"spark.task.maxFailures": "50", "spark.stage.maxConsecutiveAttempts": "50"}
    with cluster.session(cluster.CLUSTER, **patient) as spark:
        yield Place(spark, fleet, tmp_path, store, ledger)


def test_fifty_kills(place: Place) -> None:
    rng, kills = random.Random(21), 0
    total = Seen("random kills", submitted=0)
    while kills < KILLS:
        seen, killed = spark_faults.random_kills(place, rng, min(IN_ONE_WRITE, KILLS - kills))
        kills, total = kills + killed, total.plus(seen)
        print(f"{kills} killed: {seen}", flush=True)
        if path := os.environ.get("WOOWUP_SPARK_KILLS"):
            Path(path).write_text(json.dumps({**asdict(total), "name": f"{kills} random kills"}, indent=1) + "\n")
        seen.check()
