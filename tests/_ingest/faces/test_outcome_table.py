"""Outcomes as a table: one row for each record, whatever its outcome."""

from __future__ import annotations

import sys
from typing import Any

import pyarrow as pa
import pytest

from tests.support.official import purchase_line
from woowup_async import IngestPolicy, WoowUp
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._ingest.faces import outcome_table
from woowup_async._ingest.faces.outcome_table import OutcomeTable
from woowup_async.errors import AccountGone, Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.testing import Simulator


def row_of(outcome: Outcome) -> dict[str, Any]:
    """Return what a row of a table has, without nulls and empty lists."""
    table = OutcomeTable()
    table.add(Settled(Entity.PURCHASE, Record(Position("o.csv", 7), {}), "Centro/1", outcome))
    (row,) = table.table().to_pylist()
    return {name: value for name, value in row.items() if value not in (None, [])}


@pytest.mark.parametrize(
    ("outcome", "columns"),
    [
        (Accepted("queued", ("a", "b")), {"outcome": "accepted", "effect": "queued", "left_out": ["a", "b"]}),
        (
            Rejected("server", "bad_request", (Reason("sku", "is wrong \udc80"),)),
            {
                "outcome": "rejected", "by": "server", "code": "bad_request",
                "reasons": [{"path": "sku", "message": "is wrong \\udc80"}],
            },
        ),
        (Released("stopped"), {"outcome": "released", "why": "stopped"}),
        (InDoubt("no answer"), {"outcome": "in_doubt", "why": "no answer"}),
    ],
)  # fmt: skip
def test_a_row(outcome: Outcome, columns: dict[str, Any]) -> None:
    assert row_of(outcome) == {"entity": "purchase", "source": "o.csv", "position": 7, "key": "Centro/1"} | columns


async def test_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome_table, "_MOST_ROWS", 3)
    orders = [purchase_line(number) for number in range(7)] + [purchase_line(7, prices={})]
    async with (
        Simulator() as simulator,
        WoowUp(simulator.api_key, base_url=simulator.url) as woowup,
        woowup.outcomes([{"email": "ana@example.com"}], orders) as outcomes,
    ):
        first = await anext(outcomes)
        table = await outcomes.to_arrow()
    assert first.entity is Entity.USER
    assert table.num_rows == outcomes.report.submitted - 1 == 8
    rows = {row["position"]: row for row in table.to_pylist()}
    assert [rows[number]["outcome"] for number in range(8)] == ["accepted"] * 7 + ["rejected"]
    assert rows[7]["reasons"] == [{"path": "prices.total", "message": "is required"}]


async def test_without_records_it_has_the_same_columns() -> None:
    async with (
        Simulator() as simulator,
        WoowUp(simulator.api_key, base_url=simulator.url) as woowup,
        woowup.outcomes(purchases=[]) as outcomes,
    ):
        table = await outcomes.to_arrow()
    assert table.num_rows == 0
    assert table.schema.field("reasons").type == pa.list_(pa.struct([("path", pa.string()), ("message", pa.string())]))


async def test_after_an_error_the_outcomes_before_it_are_there() -> None:
    policy = IngestPolicy(drain=1)
    async with Simulator() as simulator, WoowUp(simulator.api_key, base_url=simulator.url, ingest=policy) as woowup:
        simulator.account_deleted = True
        async with woowup.outcomes(users=[{"document": "1"}, {"document": "2"}]) as outcomes:
            with pytest.raises(AccountGone):
                await outcomes.to_arrow()
            table = await outcomes.to_arrow()
    assert table.num_rows == outcomes.report.submitted > 0
    assert set(table.column("outcome").to_pylist()) == {"released"}


async def test_without_pyarrow_no_outcome_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    async with (
        Simulator() as simulator,
        WoowUp(simulator.api_key, base_url=simulator.url) as woowup,
        woowup.outcomes(users=[{"document": "1"}]) as outcomes,
    ):
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'woowup_async\[parquet\]'"):
            await outcomes.to_arrow()
        assert [settled.key async for settled in outcomes] == ["document:1"]
