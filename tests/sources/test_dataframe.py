"""Tables in memory: pandas, polars and pyarrow, with and without a mapping."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from woowup_async import WoowUp
from woowup_async._flow import Record
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.errors import SourceError
from woowup_async.sources import DataFrame, Entity, Mapping
from woowup_async.sources._arrow_rows import BATCH
from woowup_async.testing import Simulator

USERS = {
    "email": ["ana@b.co", "eva@b.co"],
    "first_name": ["Ana", None],
    "points": [3.0, np.nan],
    "birthdate": [datetime(1990, 2, 1), None],  # noqa: DTZ001
}
ANA = {"email": "ana@b.co", "first_name": "Ana", "points": 3, "birthdate": "1990-02-01"}
EVA = {"email": "eva@b.co"}
LINE = {"sku": "AB", "quantity": 1, "unit_price": Decimal("1.50")}
BUENOS_AIRES = timezone(timedelta(hours=-3))
RULES = """
[csv]
timezone = "America/Argentina/Buenos_Aires"
[purchase]
key = ["Ticket"]
[purchase.fields]
invoice_number = { column = "Ticket" }
createtime = { column = "Day", as = "datetime" }
"prices.total" = { column = "Total", as = "decimal" }
[purchase.lines]
sku = { column = "Code" }
"""
ROWS = {"Ticket": [7, 8, 7], "Day": [datetime(2026, 1, 1, 23)] * 3, "Total": [1.5, None, 1.5], "Code": ["A", "B", "C"]}  # noqa: DTZ001


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    (tmp_path / "m.toml").write_text(RULES)
    return Mapping.load(tmp_path / "m.toml")


async def read(source: DataFrame) -> list[Record]:
    source.check()
    return [record async for record in source]


async def raws(frame: Any, *arguments: Any) -> list[Any]:
    return [record.raw for record in await read(DataFrame(frame, *arguments))]


KINDS: dict[str, Callable[[Any], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "reader": lambda columns: pa.table(columns).to_reader(),
}


@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
class TestAnyTable:
    async def test_missing_values_are_absent_and_midnight_is_a_day(self, made: Callable[[Any], Any]) -> None:
        assert await raws(made(USERS)) == [ANA, EVA]

    async def test_times_with_and_without_a_zone(self, made: Callable[[Any], Any]) -> None:
        columns = {
            "invoice_number": ["1"],
            "createtime": [datetime(2026, 1, 1, 23, tzinfo=BUENOS_AIRES)],
            "approvedtime": [datetime(2026, 1, 1)],  # noqa: DTZ001
        }
        (found,) = await raws(made(columns))
        assert found["createtime"] == "2026-01-02 02:00:00"
        assert found["approvedtime"] == "2026-01-01 00:00:00"

    async def test_decimals_and_nested_values(self, made: Callable[[Any], Any]) -> None:
        columns = {
            "invoice_number": ["0007"], "email": ["ana@b.co"], "purchase_detail": [[LINE]],
            "prices.total": [Decimal("1.50")],
        }  # fmt: skip
        (found,) = await raws(made(columns))
        encoded = PurchaseShape(262_144, strict=True).encode(found)
        assert isinstance(encoded, Encoded)
        assert encoded.key == "0007"
        assert b'"unit_price":1.50' in encoded.body
        assert b'"total":1.50' in encoded.body


class TestMapping:
    @pytest.mark.parametrize(
        "made", [lambda rows: pd.DataFrame(rows, pd.Index(["x", "y", "z"])), pl.DataFrame, pa.table]
    )
    async def test_it_is_read_like_a_file(self, made: Callable[[Any], Any], mapping: Mapping) -> None:
        first, second = await read(DataFrame(made(ROWS), mapping, name="orders"))
        assert [str(record.position) for record in (first, second)] == ["orders:1", "orders:2"]
        assert first.raw == {
            "invoice_number": "7", "createtime": "2026-01-02 02:00:00", "prices": {"total": Decimal("1.5")},
            "purchase_detail": [{"sku": "A"}, {"sku": "C"}],
        }  # fmt: skip
        assert "prices" not in second.raw

    async def test_a_missing_column_is_an_error_first(self, mapping: Mapping) -> None:
        with pytest.raises(SourceError, match="dataframe has no column 'Ticket', which the mapping names"):
            DataFrame(pd.DataFrame({"Tiket": [1]}), mapping).check()

    async def test_a_reader_would_be_empty_the_second_time(self, mapping: Mapping) -> None:
        source = DataFrame(pa.table(ROWS).to_reader(), mapping)
        source.check()
        with pytest.raises(SourceError, match="is a stream and was read before"):
            [record async for record in source]

    def test_one_with_both_tables_needs_the_entity(self, tmp_path: Path) -> None:
        (tmp_path / "m.toml").write_text(RULES + '[user]\nkey = ["Mail"]\n[user.fields]\nemail = { column = "Mail" }\n')
        both, frame = Mapping.load(tmp_path / "m.toml"), pl.DataFrame({"Mail": ["a@b.co"]})
        with pytest.raises(SourceError, match="tables for users and purchases: give entity"):
            DataFrame(frame, both)
        DataFrame(frame, both, "user").check()


class TestPandas:
    FRAME = pd.DataFrame(USERS)

    async def test_an_index_counts_only_by_its_name(self) -> None:
        assert await raws(self.FRAME.iloc[1:]) == [EVA]
        assert await raws(self.FRAME.set_index([pd.Index(["x", "y"])])) == [ANA, EVA]
        assert await raws(self.FRAME.set_index("email")) == [ANA, EVA]

    async def test_types_of_its_own(self) -> None:
        frame = self.FRAME.convert_dtypes().assign(gender=pd.Categorical(["f", None]))
        assert await raws(frame) == [ANA | {"gender": "f"}, EVA]

    async def test_nanoseconds_are_cut(self) -> None:
        moment = pd.to_datetime(["2026-01-01 10:00:00.123456789"]).as_unit("ns")
        (found,) = await raws(pd.DataFrame({"invoice_number": ["1"], "createtime": moment}))
        assert found["createtime"] == "2026-01-01 10:00:00"

    def test_a_column_of_several_types_is_an_error_first(self) -> None:
        with pytest.raises(SourceError, match="cannot read dataframe: Conversion failed for column email .*: Expected"):
            DataFrame(pd.DataFrame({"email": ["a@b.co", 5]})).check()


class TestPolars:
    async def test_categories_and_views_of_text(self) -> None:
        frame = pl.DataFrame(USERS).with_columns(gender=pl.Series(["f", None], dtype=pl.Categorical))
        assert await raws(frame) == [ANA | {"gender": "f"}, EVA]

    async def test_lists_of_a_fixed_size(self) -> None:
        lines = pl.Series([[LINE]], dtype=pl.Array(pl.Struct(dict(pl.DataFrame([LINE]).schema)), 1))
        (found,) = await raws(pl.DataFrame({"invoice_number": ["1"]}).with_columns(purchase_detail=lines))
        assert found["purchase_detail"] == [LINE]

    async def test_rows_that_several_batches_have(self) -> None:
        count = BATCH * 2 + 1
        found = await read(DataFrame(pl.DataFrame({"document": [str(number) for number in range(count)]})))
        assert [record.raw["document"] for record in found] == [str(number) for number in range(count)]
        assert [record.position.number for record in found] == [*range(1, count + 1)]


class TestCheck:
    @pytest.mark.parametrize(
        ("columns", "entity", "said"),
        [
            (
                {"email": ["a"], "points": ["3"]},
                None,
                r"dataframe: column points is \w+, the API needs an integer: cast",
            ),
            ({"invoice_number": ["1"], "prices.total": ["1"]}, None, "column prices.total is .* needs a number"),
            ({"document": [20123456]}, None, "column document is int64, the API needs text"),
            ({"mail": ["a"]}, None, "has no invoice_number and no identifier of a user"),
            ({"sku": [5], "name": ["x"]}, "product", "column sku is int64, the API needs text"),
        ],
    )
    def test_a_wrong_table_is_an_error_first(self, columns: Any, entity: str | None, said: str) -> None:
        with pytest.raises(SourceError, match=said):
            DataFrame(pl.DataFrame(columns), entity=entity).check()

    @pytest.mark.parametrize("entity", [Entity.PRODUCT, "branch", "member", "user"])
    def test_the_entity_may_be_given(self, entity: Entity | str) -> None:
        DataFrame(pl.DataFrame({"name": ["Centro"]}), entity=entity).check()

    def test_repeated_columns(self) -> None:
        table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["email", "email"])
        with pytest.raises(SourceError, match="has the column 'email' twice"):
            DataFrame(table).check()
        frame = pd.DataFrame([["a@b.co", "b@b.co"]], columns=["email", "email"])  # pandas refuses it itself
        with pytest.raises(SourceError, match="cannot read dataframe: Duplicate column names"):
            DataFrame(frame).check()

    @pytest.mark.parametrize("names", [["prices", "prices.total"], ["prices.total", "prices"]])
    def test_a_column_and_a_part_of_it(self, names: list[str]) -> None:
        table = pa.table({"invoice_number": ["1"], names[0]: [1.0], names[1]: [2.0]})
        with pytest.raises(SourceError, match=r"has the columns 'prices' and 'prices.total', which is a part of it"):
            DataFrame(table).check()

    async def test_a_run_checks_it_too(self) -> None:
        async with Simulator(speed=60) as simulator, WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
            with pytest.raises(SourceError, match="has no invoice_number and no identifier of a user"):
                await woowup.ingest(users=DataFrame(pd.DataFrame({"mail": ["ana@b.co"]})))
            assert simulator.requests == 0

    @pytest.mark.parametrize("value", [[{"email": "a"}], {"email": ["a"]}, None, "users.csv"])
    def test_what_is_not_a_table(self, value: Any) -> None:
        with pytest.raises(TypeError, match=f"expected a table with __arrow_c_stream__ .*, got {type(value).__name__}"):
            DataFrame(value)

    def test_without_pyarrow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = DataFrame(pl.DataFrame({"email": ["a@b.co"]}))
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(SourceError, match=r"pip install 'woowup_async\[parquet\]'"):
            source.check()


async def test_a_reader_is_read_once() -> None:
    source = DataFrame(pa.table({"email": ["a@b.co"]}).to_reader())
    assert len(await read(source)) == 1
    with pytest.raises(SourceError, match="is a stream and was read before"):
        source.check()


async def test_a_table_is_read_again() -> None:
    source = DataFrame(pl.DataFrame({"email": ["a@b.co"]}))
    assert [len(await read(source)) for _ in range(2)] == [1, 1]


async def test_a_time_that_python_does_not_have_harms_its_row_only() -> None:
    days = pa.array([0, 2**40], pa.timestamp("s"))
    found = await read(DataFrame(pa.table({"invoice_number": ["1", "2"], "createtime": days})))
    assert found[0].raw["createtime"] == "1970-01-01 00:00:00"
    assert found[1].refusal is not None


@pytest.mark.slow
async def test_a_run() -> None:
    orders = pl.DataFrame(
        {
            "invoice_number": ["1", "2"], "email": ["ana@b.co", "eva@b.co"],
            "purchase_detail": [[LINE]] * 2, "prices.total": [1.5, 1.5],
            "createtime": [datetime(2026, 1, 1, tzinfo=UTC)] * 2,
        }
    )  # fmt: skip
    async with Simulator() as simulator, WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
        report = await woowup.ingest(users=DataFrame(pd.DataFrame(USERS)), purchases=DataFrame(orders))
        assert (report.users.accepted, report.purchases.accepted, report.rejected) == (2, 2, 0)
        assert {user["birthdate"] for user in simulator.users.values() if "birthdate" in user} <= {"1990-02-01"}
        report = await woowup.ingest(users=pl.Series([{"email": "leo@b.co"}]))
        assert report.accepted == 1
        with pytest.raises(TypeError, match=r"purchases got a DataFrame: wrap it in woowup_async.sources.DataFrame"):
            await woowup.ingest(purchases=orders)


@pytest.mark.slow
def test_no_library_of_tables_is_needed() -> None:
    code = """
import sys
sys.modules.update({"pandas": None, "polars": None, "numpy": None})
import anyio, pyarrow
from woowup_async.sources import DataFrame
async def main():
    source = DataFrame(pyarrow.table({"email": ["a@b.co"]}))
    source.check()
    print([record.raw async for record in source])
anyio.run(main)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[{'email': 'a@b.co'}]\n"
