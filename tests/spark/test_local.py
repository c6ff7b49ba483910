"""The data source in one JVM: what is written, and what is refused before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import spark as cluster
from tests.support import spark_faults
from tests.support.fleet import Running
from tests.support.official import purchase_line
from tests.support.postgres import Server
from tests.support.spark import MAPPING
from tests.support.spark_faults import SPEED
from tests.support.valkey import Valkey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def spark(fleet: Running, store: Valkey, ledger: Server) -> Iterator[Any]:
    spark_faults.environment(fleet, store, ledger)
    with cluster.session("local[2]") as spark:
        yield spark


def save(table: Any, fleet: Running, **options: object) -> None:
    settings = cluster.options(fleet, SPEED, budget="env:BUDGET_URL", **options)
    table.write.format("woowup").mode("append").options(**settings).save()


def test_columns_may_have_the_names_of_the_fields(spark: Any, fleet: Running, tmp_path: Path) -> None:
    before = fleet.total("stored")
    rows = [json.dumps(purchase_line(number, invoice_number=f"C-{number}")) for number in range(5)]
    path = tmp_path / "purchases.json"
    path.write_text("\n".join(rows))
    table = spark.read.json(str(path)).selectExpr("'fleet-1' AS account", "*")

    save(table, fleet, json=None, report=tmp_path / "report.json")

    assert fleet.total("stored") == before + 5
    assert json.loads((tmp_path / "report.json").read_text())["total"]["accepted"] == 5


def test_users_and_then_their_purchases_through_a_mapping(spark: Any, fleet: Running, tmp_path: Path) -> None:
    before = fleet.counts()["fleet-2"]
    users = spark.createDataFrame([("fleet-2", "zoe@example.com")], "account string, email string")
    lines = [("fleet-2", f"M-{n // 2}", "zoe@example.com", "2024-01-01 10:00:00", 2.5, f"S-{n}", 1) for n in range(8)]
    columns = "account string, Pedido string, Email string, Fecha string, Total double, SKU string, Cantidad int"
    mapping = tmp_path / "orders.toml"
    mapping.write_text(MAPPING)

    save(users, fleet, entity="users", json=None)
    save(spark.createDataFrame(lines, columns), fleet, json=None, mapping=mapping)

    after = fleet.counts()["fleet-2"]
    assert (after["users"], after["stored"]) == (before["users"] + 1, before["stored"] + 4)
    assert after["orphans"] == before["orphans"]


@pytest.mark.parametrize(
    ("options", "mode", "message"),
    [
        ({"api_key": "s3cret"}, "append", "a key cannot be one"),
        ({"journal": "postgresql://shop:s3cret@db/ledger"}, "append", "option journal has a password"),
        ({}, "overwrite", "cannot overwrite"),
        ({"json": "missing"}, "append", "no column 'missing' with JSON"),
        ({"json": None}, "append", "record"),
    ],
)
def test_wrong_options_are_refused_on_the_driver(
    spark: Any, fleet: Running, options: dict[str, object], mode: str, message: str
) -> None:
    before = fleet.total("requests")
    table = spark.createDataFrame([("fleet-0", "{}")], "account string, record string")
    if "json" in options and options["json"] is None:
        table = table.selectExpr("account", "1 AS prices", "'x' AS invoice_number")
        message = "prices"
    settings = cluster.options(fleet, SPEED, **options)

    with pytest.raises(Exception, match=message) as refused:
        table.write.format("woowup").mode(mode).options(**settings).save()

    assert "s3cret" not in str(refused.value)
    assert fleet.total("requests") == before


def test_an_account_without_a_key_fails_and_the_others_are_sent(spark: Any, fleet: Running) -> None:
    before = fleet.total("stored")
    rows = [("nobody", "{}"), ("fleet-3", json.dumps(purchase_line(1, invoice_number="K-1")))]
    table = spark.createDataFrame(rows, "account string, record string").coalesce(1)

    with pytest.raises(Exception, match="KEY_NOBODY with the key of account 'nobody' is not set"):
        save(table, fleet)

    assert fleet.total("stored") == before + 1


def test_outcomes_are_rows(spark: Any, fleet: Running) -> None:
    rows = [("fleet-0", json.dumps(purchase_line(n, invoice_number=f"R-{n}"))) for n in range(3)] + [("fleet-0", "{}")]
    table = spark.createDataFrame(rows, "account string, record string").coalesce(1)

    save(table, fleet, journal="env:LEDGER_URL")
    found = spark.read.format("woowup").option("journal", "env:LEDGER_URL").option("run", "last").load()

    accepted = found.where("account = 'fleet-0' AND state = 'accepted' AND key LIKE '%R-%'")
    assert accepted.count() == 3
    (letter,) = found.where("state = 'rejected'").collect()
    assert (letter.code, letter.entity, letter.position) == ("invalid", "purchase", "partition 0:4")
    assert any("invoice_number" in reason for reason in letter.reasons)


def test_speculation_is_warned_of() -> None:
    from woowup_async.contrib.spark._source import warn_of_speculation

    class Session:
        def __init__(self, **values: str) -> None:
            self.conf = {name.replace("_", "."): value for name, value in values.items()}

    with pytest.warns(UserWarning, match=r"spark\.speculation is on"):
        warn_of_speculation(Session(spark_speculation="true"))
    warn_of_speculation(Session(spark_speculation="false"))
    warn_of_speculation(object())
