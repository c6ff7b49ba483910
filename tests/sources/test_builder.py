"""Payments of another file: none of them is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.mapped import outcome
from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources import Mapping, open_source

TEXT = """
[purchase]
key = ["Shop", "Number"]
[purchase.fields]
invoice_number = { column = "Number" }
branch_name = { column = "Shop" }
[purchase.payment_rows]
file = "payments.csv"
key = ["Where", "Nr"]
[purchase.payment_rows.fields]
type = { column = "How" }
total = { column = "Sum", as = "decimal" }
"""


async def read(tmp_path: Path, *payments: str) -> list[Any]:
    (tmp_path / "orders.csv").write_text("Shop,Number\nA,1\n,2\n")
    (tmp_path / "payments.csv").write_text("\n".join(["How,Sum,Where,Nr", *payments, ""]))
    mapping = Mapping.parse(TEXT, "m.toml", tmp_path)
    return [outcome(record) async for record in open_source(tmp_path / "orders.csv", Entity.PURCHASE, mapping)]


async def test_payments_are_found_by_the_key(tmp_path: Path) -> None:
    first, second = await read(tmp_path, "cash,1,A,1", "cash,2,,2", ",,,", "cash,3,A,1")
    assert [each["total"] for each in first["payment"]] == [1, 3]
    assert [each["total"] for each in second["payment"]] == [2]


@pytest.mark.parametrize("row", ["cash,5", "cash,5,,", "cash,5,NULL,NULL", "Total 5"])
async def test_a_payment_without_an_order_ends_the_run(tmp_path: Path, row: str) -> None:
    with pytest.raises(SourceError, match=r"payments.csv:3 names no order \(Where, Nr\), so a payment would be lost"):
        await read(tmp_path, "cash,1,A,1", row)


async def test_a_payment_that_cannot_be_read_refuses_its_order(tmp_path: Path) -> None:
    first, second = await read(tmp_path, "cash,1,A,1,beyond", "cash,2,,2")
    assert first == ["payment: payments.csv:2 has 5 columns, the header has 4"]
    assert second["payment"]
