"""The pages about Spark, docs/spark.md and docs/howto/spark.md, are walked through as a reader would."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support import spark as cluster
from tests.support import spark_faults
from tests.support.fleet import Running
from tests.support.official import purchase_line
from tests.support.postgres import Server
from tests.support.valkey import Valkey
from tests.support.walking import ROOT, Walk, blocks_in
from woowup_async.testing import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MAPPING = """
[purchase]
key = ["number"]
fields.invoice_number = { column = "number" }
fields.email = { column = "email" }
fields."prices.total" = { column = "price", as = "decimal" }
lines.sku = { constant = "S-1" }
lines.quantity = { constant = 1 }
lines.unit_price = { column = "price", as = "decimal" }
"""


def test_the_walk(tmp_path: Path) -> None:
    with Simulator(speed=60).run_in_thread(), Walk(tmp_path, {}, {}) as walk:
        for block in blocks_in((ROOT / "docs/howto/spark.md").read_text("utf-8")):
            walk.take(block)


def test_the_programs(
    fleet: Running, store: Valkey, ledger: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, stream = (
        block.text for block in blocks_in((ROOT / "docs/spark.md").read_text("utf-8")) if block.kind == "python"
    )
    mapping, lines = tmp_path / "orders.toml", tmp_path / "lines"
    mapping.write_text(MAPPING)
    lines.mkdir()
    (lines / "1.json").write_text(json.dumps({"account": "fleet-1", "value": json.dumps(purchase_line(7_000_001))}))
    spark_faults.environment(fleet, store, ledger)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOOWUP_BASE_URL", fleet.url)
    monkeypatch.setenv("WOOWUP_KEY_FLEET_1", os.environ["KEY_FLEET_1"])
    before = fleet.total("stored")

    with cluster.session("local[2]") as spark:
        names: dict[str, Any] = {
            "customers": spark.createDataFrame([("fleet-1", "page@example.com")], "account string, email string"),
            "orders": spark.createDataFrame(
                [("fleet-1", "P-1", "page@example.com", 2.5), ("fleet-1", "P-2", "nobody", 2.5)],
                "account string, number string, email string, price double",
            ),
            "events": spark.readStream.schema("account string, value string").json(str(lines)),
        }
        exec(batch.replace("s3://bucket/orders.toml", str(mapping)), names)
        letters = names["letters"].collect()
        exec(stream.replace("s3://bucket/checkpoints/woowup", str(tmp_path / "checkpoint")), names)
        (query,) = spark.streams.active
        query.processAllAvailable()
        query.stop()

    assert [letter.account for letter in letters] == ["fleet-1"]
    assert json.loads((tmp_path / "report.json").read_text())["total"]["accepted"] == 1
    assert fleet.total("stored") == before + 2
