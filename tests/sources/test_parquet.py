"""Parquet: rows as records with the API's names, or as a table for a mapping."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from woowup_async._flow import Entity, Record
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.errors import SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources import Mapping, open_source

LINES = pa.list_(pa.struct([("sku", pa.string()), ("quantity", pa.int32()), ("unit_price", pa.decimal128(10, 2))]))
PURCHASES = {
    "invoice_number": pa.array(["1", "2"]),
    "email": pa.array(["a@b.co", "c@d.co"]),
    "createtime": pa.array([datetime(2020, 1, 1, 12, tzinfo=UTC), None], pa.timestamp("us", "America/Lima")),
    "prices.total": pa.array([Decimal("5.10"), Decimal("7.00")], pa.decimal128(10, 2)),
    "purchase_detail": pa.array([[{"sku": "AB", "quantity": 1, "unit_price": Decimal("5.10")}]] * 2, LINES),
    "points": pa.array([None, 3], pa.int64()),
}
TABLE = {
    "Ticket": pa.array([7, 8, 7], pa.int64()),
    "Mail": pa.array(["a@b.co", "c@d.co", "a@b.co"]).dictionary_encode(),
    "Day": pa.array([1_577_869_200_000_000_000] * 3, pa.timestamp("ns")),
    "Born": pa.array([date(1990, 2, 1)] * 3),
    "Price": pa.array([0.1, 1e-7, None]),
}
RULES = """
[csv]
timezone = "America/Argentina/Buenos_Aires"
decimal = ","
[purchase]
key = ["Ticket"]
[purchase.fields]
invoice_number = { column = "Ticket" }
createtime = { column = "Day", as = "datetime" }
"metadata.born" = { column = "Born", as = "date" }
[purchase.lines]
sku = { column = "Mail" }
unit_price = { column = "Price", as = "decimal" }
"""


def written(tmp_path: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = tmp_path / "orders.parquet"
    parquet.write_table(pa.table(columns), path, **options)
    return path


async def read(path: Path, mapping: Mapping | None = None) -> list[Record]:
    return [record async for record in open_source(path, Entity.PURCHASE, mapping)]


async def test_rows_are_records(tmp_path: Path) -> None:
    first, second = await read(written(tmp_path, PURCHASES))

    assert str(first.position) == "orders.parquet:1"
    assert first.raw == {
        "invoice_number": "1", "email": "a@b.co", "createtime": "2020-01-01 12:00:00",
        "prices": {"total": Decimal("5.10")},
        "purchase_detail": [{"sku": "AB", "quantity": 1, "unit_price": Decimal("5.10")}],
    }  # fmt: skip
    assert "createtime" not in second.raw
    encoded = PurchaseShape(262_144, strict=True).encode(first.raw)
    assert isinstance(encoded, Encoded)
    assert b'"total":5.10' in encoded.body


async def test_a_table_takes_a_mapping_as_a_csv_does(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(RULES)

    found = await read(written(tmp_path, TABLE), Mapping.load(tmp_path / "m.toml"))

    assert [record.raw for record in found] == [
        {"invoice_number": "7", "createtime": "2020-01-01 12:00:00", "metadata": {"born": "1990-02-01"},
         "purchase_detail": [{"sku": "a@b.co", "unit_price": Decimal("0.1")}, {"sku": "a@b.co"}]},
        {"invoice_number": "8", "createtime": "2020-01-01 12:00:00", "metadata": {"born": "1990-02-01"},
         "purchase_detail": [{"sku": "c@d.co", "unit_price": Decimal("1E-7")}]},
    ]  # fmt: skip


async def test_a_value_that_cannot_be_read_refuses_its_whole_order(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(RULES)
    raw = pa.array([None, None, b"\xff"], pa.binary())
    for columns in (TABLE | {"Note": pa.array([0, 0, 2**60], pa.timestamp("us"))}, TABLE | {"Note": raw}):
        refused, whole = await read(written(tmp_path, columns), Mapping.load(tmp_path / "m.toml"))
        assert isinstance(refused.refusal, Rejected)
        assert str(refused.refusal.reasons[0]).startswith("line 3: cannot be read")
        assert (refused.rows, whole.raw["invoice_number"]) == (2, "8")


@pytest.mark.parametrize(
    ("column", "array", "said"),
    [
        ("points", pa.array(["1", "2"]), "column points is string, the API needs an integer: cast it"),
        ("email", pa.array([1, 2]), "column email is int64, the API needs text"),
        ("prices.total", pa.array(["5", "7"]), "column prices.total is string, the API needs a number"),
        (
            "purchase_detail",
            pa.array([[{"sku": 5}]] * 2),
            r"column purchase_detail\[\].sku is int64, the API needs text",
        ),
        ("purchase_detail", pa.array(["[]", "[]"]), "column purchase_detail is string, the API needs a list"),
    ],
)
async def test_a_wrong_type_is_an_error_before_anything_is_read(
    tmp_path: Path, column: str, array: Any, said: str
) -> None:
    with pytest.raises(SourceError, match=f"orders.parquet: {said}"):
        await read(written(tmp_path, PURCHASES | {column: array}))


async def test_names_that_the_api_does_not_know_are_left_to_the_records(tmp_path: Path) -> None:
    (first, _) = await read(written(tmp_path, PURCHASES | {"create_time": pa.array(["x", "y"])}))

    assert first.raw["create_time"] == "x"


async def test_a_file_that_is_damaged_or_not_parquet(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    path.write_bytes(b"invoice_number,email\n1,a@b.co\n")
    with pytest.raises(SourceError, match="is damaged or not a Parquet file"):
        await read(path)
    whole = written(
        tmp_path, PURCHASES | {"metadata.x": pa.array(["abc" * 900, "d" * 900])}, compression="none"
    ).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="is damaged or not a Parquet file"):
        await read(path)
    with pytest.raises(SourceError, match=r"cannot read .*gone\.parquet"):
        await read(tmp_path / "gone.parquet")


async def test_row_groups_are_read_one_after_the_other(tmp_path: Path) -> None:
    count = 2_500
    columns = {
        "invoice_number": pa.array([str(number) for number in range(count)]),
        "email": pa.array(["a@b.co"] * count),
    }

    found = await read(written(tmp_path, columns, row_group_size=700))

    assert [record.raw["invoice_number"] for record in found] == [str(number) for number in range(count)]
    assert found[-1].position.number == count
