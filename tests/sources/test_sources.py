"""Files become records: every line and every row, with its position, read outside the event loop."""

from __future__ import annotations

import asyncio
import csv
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._flow import Position, Record
from woowup_async._samples import MAPPING, ORDERS
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import SourceError, WoowUpError
from woowup_async.sources import CsvFile, Entity, JsonLines, Mapping, _blocks, jsonl, open_source
from woowup_async.sources.grouping import Row, adjacent, is_adjacent, regrouped
from woowup_async.sources.stream import blocks_of

ORDERS_HEADER = "Invoice,Branch,Customer,Date,Code,Quantity,Price"
RULES = """
[csv]
decimal = ","
delimiter = ","
timezone = "America/Argentina/Buenos_Aires"
datetime = "%d/%m/%Y %H:%M"
[purchase]
key = ["Branch", "Invoice"]
require = ["Customer"]
leave_out = [{ column = "Invoice", matches = "^C", reason = "a cancellation" }]
[purchase.fields]
invoice_number = { column = "Invoice" }
branch_name = { column = "Branch" }
service_uid = { column = "Customer", as = "id" }
createtime = { column = "Date", as = "datetime", agree = false }
channel = { constant = "in-store" }
"prices.total" = { sum = ["Quantity", "Price"] }
[purchase.lines]
sku = { column = "Code", lookup = "codes" }
quantity = { column = "Quantity", as = "int" }
unit_price = { column = "Price", as = "decimal" }
[lookups.codes]
X = "XX"
GONE = ""
"""


async def read(source: Any) -> list[Record]:
    return [record async for record in source]


def mapping(tmp_path: Path, text: str = RULES) -> Mapping:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return Mapping.load(path)


def orders(tmp_path: Path, *rows: str, header: str = ORDERS_HEADER) -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes("\n".join([header, *rows]).encode("utf-8", "surrogateescape"))
    return path


async def purchases(tmp_path: Path, *rows: str) -> list[Record]:
    return await read(CsvFile(orders(tmp_path, *rows), mapping(tmp_path), Entity.PURCHASE))


async def test_a_cancelled_task_waits_for_the_thread_that_reads() -> None:
    began, may_end, has_closed = threading.Event(), threading.Event(), list[bool]()

    class Slow(_blocks.OffLoop):
        def records(self) -> Generator[Record, None, None]:
            try:
                yield Record(Position("a", 1), b"")
                began.set()
                may_end.wait(30)
                yield Record(Position("a", 2), b"")
            finally:
                has_closed.append(True)

    async def read() -> None:
        async with aclosing(Slow().blocks()) as blocks:
            async for _ in blocks:
                pass

    task = asyncio.ensure_future(read())
    await to_thread.run_sync(began.wait, 30)
    task.cancel()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):  # not of the generator, which could not be closed
        await task
    assert has_closed


class TestJsonLines:
    async def test_lines_with_their_numbers(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_bytes(b'\xef\xbb\xbf{"a":1}\r\n\n  \n{"b":2}  \n{"c":3}')
        assert [(record.raw, str(record.position)) for record in await read(JsonLines(path))] == [
            (b'{"a":1}', "a.jsonl:1"), (b'{"b":2}', "a.jsonl:4"), (b'{"c":3}', "a.jsonl:5"),
        ]  # fmt: skip

    async def test_an_endless_line_is_refused_and_the_rest_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 1_000)
        path = tmp_path / "a.jsonl"
        path.write_bytes(b"x" * 5_500 + b"\n{}\n" + b"y" * 2_000)
        first, second, third = await read(JsonLines(path))
        assert first.refusal is not None
        assert (first.refusal.code, len(first.raw)) == ("malformed", 200)
        assert (second.raw, second.position) == (b"{}", Position("a.jsonl", 2))
        assert third.refusal is not None

    async def test_many_lines_cross_blocks(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text("".join(f'{{"n":{n}}}\n' for n in range(1_000)))
        source = JsonLines(path)
        assert len(await read(source)) == len(await read(source)) == 1_000

    async def test_long_lines_fill_a_block_sooner(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_blocks, "_BLOCK_BYTES", 10)
        path = tmp_path / "a.jsonl"
        path.write_text('{"n":12345}\n{}\n{"n":1}\n')
        assert len(_blocks._pull(JsonLines(path).records())) == 1
        assert len(await read(JsonLines(path))) == 3

    async def test_an_abandoned_reader_closes_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text("{}\n" * 1_000)
        records = aiter(JsonLines(path))
        await anext(records)
        await records.aclose()

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="cannot read .*nothing.jsonl: No such file"):
            JsonLines(tmp_path / "nothing.jsonl").check()


class TestCsv:
    async def test_rows_of_one_key_are_one_purchase(self, tmp_path: Path) -> None:
        one, two = await purchases(
            tmp_path,
            'F1,B,17850.0,05/03/2024 22:30,AA,2,"1,50"',
            'F1,B,17850.0,05/03/2024 22:31,X,-1,"0,25"',
            'F2,B,0017,06/03/2024 10:00,BB,1,"1.000,10"',
        )
        assert one == Record(
            Position("orders.csv", 2),
            {
                "invoice_number": "F1", "branch_name": "B", "service_uid": "17850", "channel": "in-store",
                "createtime": "2024-03-06 01:30:00", "prices": {"total": Decimal("2.75")},
                "purchase_detail": [
                    {"sku": "AA", "quantity": 2, "unit_price": Decimal("1.50")},
                    {"sku": "XX", "quantity": -1, "unit_price": Decimal("0.25")},
                ],
            },
            rows=2,
        )  # fmt: skip
        assert (two.raw["service_uid"], two.raw["prices"]["total"]) == ("0017", Decimal("1000.10"))

    async def test_later_rows_of_a_key_join_their_purchase(self, tmp_path: Path) -> None:
        """The vendor's sample loses them, or sends the invoice twice."""
        rows = [f"F{n % 3},B,1,05/03/2024 10:00,S{n},1,1" for n in range(9)]
        records = await purchases(tmp_path, *rows)
        assert [record.raw["invoice_number"] for record in records] == ["F0", "F1", "F2"]
        assert [[line["sku"] for line in record.raw["purchase_detail"]] for record in records][1] == ["S1", "S4", "S7"]
        assert [record.position.number for record in records] == [2, 3, 4]

    async def test_one_number_under_two_branches_is_two_purchases(self, tmp_path: Path) -> None:
        rows = ["F1,A,1,05/03/2024 10:00,AA,1,1", "F1,B,1,05/03/2024 10:00,AA,1,1"]
        assert len(await purchases(tmp_path, *rows)) == 2

    async def test_groups_left_out_say_why_and_keep_their_rows(self, tmp_path: Path) -> None:
        (record,) = await purchases(tmp_path, "C1,B,,05/03/2024 10:00,AA,1,1", "C1,B,,05/03/2024 10:00,BB,1,1")
        assert record.refusal is not None
        assert [str(reason) for reason in record.refusal.reasons] == ["Customer: is empty", "Invoice: a cancellation"]
        assert (record.refusal.code, record.rows, record.raw["rows_in_all"]) == ("left_out", 2, 2)
        assert record.raw["rows"][1]["Code"] == "BB"

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("F1,B,1,2024-03-05,AA,1,1", "Date: line 2: expected datetime, got '2024-03-05'"),
            ("F1,B,1,05/03/2024 10:00,AA,1.5,1", "Quantity: line 2: expected int, got '1.5'"),
            ("F1,B,1,05/03/2024 10:00,AA,1,9.50", "Price: line 2: expected decimal, got '9.50'"),
            ("F1,B,1,05/03/2024 10:00,AA,1,1e3", "Price: line 2: expected decimal, got '1e3'"),
            ('F1,B,1,05/03/2024 10:00,AA,"1,5",1', "Quantity: line 2: expected int, got '1,5'"),
            ("F1,B,1,05/03/2024 10:00,AA,1,x", "Price: line 2: expected decimal, got 'x'"),
            ("F1,B,1,05/03/2024 10:00,AA,1,NaN", "Price: line 2: expected decimal, got 'NaN'"),
            ("F1,B,1,05/03/2024 10:00,AA,1,", "Price: line 2: is empty, but a sum needs it"),
            ("F1,B,1,05/03/2024 10:00,AA,1", "line 2: has 6 columns, the header has 7"),
            ("F1", "line 2: has 1 columns, the header has 7"),
            ("F1,B,1,05/03/2024 10:00,AA,1,1,9", "line 2: has 8 columns, the header has 7"),
        ],
    )
    async def test_a_cell_that_cannot_be_read_is_refused_with_column_and_line(
        self, tmp_path: Path, row: str, reason: str
    ) -> None:
        bad, good = await purchases(tmp_path, row, "F2,B,1,05/03/2024 10:00,AA,1,1")
        assert bad.refusal is not None
        assert bad.refusal.code == "malformed"
        assert any(str(each).startswith(reason) for each in bad.refusal.reasons)
        assert good.refusal is None

    async def test_a_broken_row_refuses_its_whole_invoice(self, tmp_path: Path) -> None:
        """Without one of its lines, an invoice would be wrong."""
        (record,) = await purchases(tmp_path, "F1,B,1,05/03/2024 10:00,AA,1,1", "F1,B,1,05/03/2024 10:00")
        assert record.refusal is not None
        assert record.rows == 2

    async def test_quoted_line_breaks_and_blank_lines(self, tmp_path: Path) -> None:
        rows = ['F1,"B\n1",1,05/03/2024 10:00,AA,1,1', "", "F2,B,1,05/03/2024 10:00,GONE,1,1"]
        one, two = await purchases(tmp_path, *rows)
        assert (one.raw["branch_name"], two.position.number) == ("B\n1", 5)
        assert "sku" not in two.raw["purchase_detail"][0]

    async def test_a_cell_that_is_too_long_is_one_bad_row(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("woowup_async.sources.csv._MAX_CELL", 100)
        csv.field_size_limit(100)
        records = await purchases(tmp_path, f"F1,{'x' * 200},1,1,1,1,1", "F2,B,1,05/03/2024 10:00,AA,1,1")
        csv.field_size_limit(131_072)
        refusals = [record.refusal.reasons[0].message for record in records if record.refusal]
        assert len(refusals) == len(records) - 1 == 1
        assert refusals[0].startswith("cannot be read: field larger")

    async def test_bytes_of_another_encoding_are_refused_not_replaced(self, tmp_path: Path) -> None:
        (record,) = await purchases(tmp_path, "F1,Ca\udcf1uelas,1,05/03/2024 10:00,AA,1,1")
        result = PurchaseShape(262_144).encode(record.raw)
        assert not isinstance(result, Encoded)
        assert "set csv.encoding (cp1252?)" in str(result.reasons)

    def test_unknown_columns_are_named_with_the_nearest(self, tmp_path: Path) -> None:
        path = orders(tmp_path, header=ORDERS_HEADER.replace("Customer", "Custmer"))
        with pytest.raises(
            SourceError, match=r"has no column 'Customer', which the mapping names; did you mean 'Custmer'\?"
        ):
            open_source(path, Entity.PURCHASE, mapping(tmp_path))
        path = orders(tmp_path, header="Invoice,b")
        with pytest.raises(SourceError, match="it has Invoice, b"):
            open_source(path, Entity.PURCHASE, mapping(tmp_path))

    def test_a_file_without_a_header_is_not_shown(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="none of the 2 cells of its first row") as raised:
            open_source(orders(tmp_path, header="ana@example.com,Ana"), Entity.PURCHASE, mapping(tmp_path))
        assert "ana" not in str(raised.value)

    @pytest.mark.parametrize("text", ["Invoice", "\udcff\udcfeI"])
    def test_a_file_in_another_encoding_than_said(self, tmp_path: Path, text: str) -> None:
        columns = mapping(tmp_path, RULES.replace("[csv]", '[csv]\nencoding = "utf-16"'))
        with pytest.raises(SourceError, match="as utf-16: "):
            open_source(orders(tmp_path, header=text), Entity.PURCHASE, columns)

    @pytest.mark.parametrize("cell", ['"1', '"1"x'])
    async def test_a_stray_quote_hides_no_row(self, tmp_path: Path, cell: str) -> None:
        """Its invoice and those in the lines after it are refused, each as a whole. The rest is read."""
        good = "05/03/2024 10:00,AA,1,1"
        rows = [f"F1,B,1,{good}", f"F1,B,1,05/03/2024 10:00,AA,1,{cell}", *(f"F{n},B,1,{good}" for n in (2, 2, 3))]
        rows += ['F3,B,1,05/03/2024 10:00,"AA",1,1', f"F4,B,1,{good}"]
        records = await purchases(tmp_path, *rows[:3], "", *rows[3:])
        assert sum(record.rows for record in records) == len(rows)
        kept = [record.raw["invoice_number"] for record in records if record.refusal is None]
        assert kept == (["F4"] if cell == '"1' else ["F2", "F3", "F4"])
        assert records[0].refusal is not None
        assert records[0].refusal.reasons[0].path == "line 3"
        assert records[0].raw["rows"][1]["Invoice"] == "F1"

    async def test_cells_beyond_the_header_are_shown(self, tmp_path: Path) -> None:
        (record,) = await purchases(tmp_path, "F1,B,1,05/03/2024 10:00,AA,1,1,9,8")
        assert record.raw["rows"][0]["(beyond the header)"] == ["9", "8"]

    async def test_a_bad_cell_is_reported_once(self, tmp_path: Path) -> None:
        (record,) = await purchases(tmp_path, "F1,B,1,05/03/2024 10:00,AA,1,x")
        assert record.refusal is not None
        assert len(record.refusal.reasons) == 1

    async def test_an_id_keeps_its_leading_zeros(self, tmp_path: Path) -> None:
        (record,) = await purchases(tmp_path, "F1,B,0017.0,05/03/2024 10:00,AA,1,1")
        assert record.raw["service_uid"] == "0017.0"

    def test_files_that_cannot_be_opened(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        columns = mapping(tmp_path)
        (tmp_path / "empty.csv").touch()
        for name, said in (
            ("no.csv", "No such file"),
            ("empty.csv", "needs a header"),
            ("x.doc", "only .csv, .tsv, .txt"),
        ):
            with pytest.raises(SourceError, match=said):
                open_source(tmp_path / name, Entity.PURCHASE, columns)
        for entity in (Entity.USER, Entity.PRODUCT):
            with pytest.raises(SourceError, match=f"has no table .{entity.value}."):
                open_source(orders(tmp_path), entity, columns)
        with pytest.raises(SourceError, match="needs a mapping"):
            open_source(orders(tmp_path), Entity.USER)
        with pytest.raises(SourceError, match="has the column 'Invoice' twice"):
            open_source(orders(tmp_path, header=f"{ORDERS_HEADER},Invoice"), Entity.PURCHASE, columns)
        monkeypatch.setattr("woowup_async.sources.csv._MAX_CELL", 10)
        csv.field_size_limit(10)
        with pytest.raises(SourceError, match="the header cannot be read"):
            open_source(orders(tmp_path, header="x" * 50), Entity.PURCHASE, columns)
        csv.field_size_limit(131_072)


class TestMapping:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (("[csv]", "[csv"), "Expected"),
            (("[csv]", "[cvs]"), "unknown field `cvs`"),
            (('as = "int"', 'as = "number"'), "Invalid enum value 'number'"),
            (('{ constant = "in-store" }', "{}"), "exactly one of column, columns, first_of, pairs, template"),
            (('constant = "in-store"', 'constant = "x", column = "y"'), "exactly one of"),
            (('lookup = "codes"', 'lookup = "kodes"'), r"there is no table \[lookups.kodes\]"),
            (("^C", "("), "not a regular expression"),
            (("America/Argentina/Buenos_Aires", "Mars/Base"), "unknown time zone 'Mars/Base'"),
            (('decimal = ","', 'decimal = ","\nencoding = "utf-99"'), "unknown encoding 'utf-99'"),
            (('key = ["Branch", "Invoice"]', "key = []"), "purchase.key: needs at least one column"),
            (('decimal = ","', 'decimal = ","\nencoding = "hex"'), "unknown encoding 'hex'"),
            (('delimiter = ","', "delimiter = '\"'"), "cannot separate columns"),
            (("%d/%m/%Y %H:%M", "%d/%Q"), "csv.datetime: '%d/%Q' is not a date format"),
            (("channel =", "prices ="), "purchase.fields: 'prices' cannot be a value and also have 'prices.total'"),
        ],
    )
    def test_the_error_of_a_mapping_is_named(self, tmp_path: Path, change: tuple[str, str], said: str) -> None:
        with pytest.raises(SourceError, match=f"mapping .*mapping.toml: .*{said}"):
            mapping(tmp_path, RULES.replace(*change))

    def test_a_missing_mapping(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="cannot read the mapping"):
            Mapping.load(tmp_path / "none.toml")

    def test_the_mapping_in_the_package_is_the_example(self) -> None:
        example = Path(__file__).parents[2] / "examples" / "online_retail" / "mapping.toml"
        assert example.read_bytes() == MAPPING.read_bytes()


class TestRealOrders:
    def days(self) -> list[Path]:
        shared = Path(__file__).parents[3] / "shared" / "data" / "online-retail"
        return sorted(shared.glob("*.csv")) or [ORDERS]

    @pytest.mark.parametrize("most", [4, pytest.param(1_000, marks=pytest.mark.long)])
    @pytest.mark.parametrize("entity", [Entity.USER, Entity.PURCHASE])
    @pytest.mark.slow
    @pytest.mark.untraced
    async def test_every_row_of_every_day_is_in_one_record(self, entity: Entity, most: int) -> None:
        columns, shape = (
            Mapping.load(MAPPING),
            {Entity.USER: UserShape, Entity.PURCHASE: PurchaseShape}[entity](262_144),
        )
        for path in self.days()[:most]:
            with path.open(encoding="utf-8", newline="") as file:
                rows = sum(1 for _ in csv.reader(file)) - 1
            records = await read(open_source(path, entity, columns))
            assert sum(record.rows for record in records) == rows
            assert all(record.refusal or isinstance(shape.encode(record.raw), Encoded) for record in records)

    async def test_no_money_is_lost(self) -> None:
        with ORDERS.open(encoding="utf-8", newline="") as file:
            cells = list(csv.DictReader(file))
        kept = [row for row in cells if row["CustomerID"] and not row["InvoiceNo"].startswith("C")]
        expected = sum(int(row["Quantity"]) * Decimal(row["UnitPrice"]) for row in kept)
        records = await read(open_source(ORDERS, Entity.PURCHASE, Mapping.load(MAPPING)))
        assert sum(record.raw["prices"]["total"] for record in records if not record.refusal) == expected


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=40)


def first_cell(row: Row) -> tuple[str, ...]:
    return (row.cells[0],)


@given(ROWS)
def test_regrouping_loses_and_doubles_nothing(cells: list[tuple[str, int]]) -> None:
    rows = [Row(line, [key, str(value)], "", (key,)) for line, (key, value) in enumerate(cells)]
    groups = list(regrouped(rows, first_cell))
    assert sorted(row for group in groups for row in group) == rows
    assert [group[0].cells[0] for group in groups] == list(dict.fromkeys(key for key, _ in cells))
    assert all(group == sorted(group) for group in groups)


@given(ROWS)
def test_streaming_and_regrouping_agree_if_keys_are_adjacent(cells: list[tuple[str, int]]) -> None:
    rows = [Row(line, [key, str(value)], "", (key,)) for line, (key, value) in enumerate(sorted(cells))]
    assert is_adjacent(rows, first_cell)
    assert list(adjacent(rows, first_cell)) == list(regrouped(rows, first_cell))
    if rows and rows[0].cells[0] != rows[-1].cells[0]:
        assert not is_adjacent([*rows, rows[0]], first_cell)


async def records_of(source: Any, name: str) -> AsyncGenerator[Record, None]:
    async for block in blocks_of(source, name):
        for record in block:
            yield record


class TestStream:
    async def test_plain_iterables_get_positions_and_yield_to_the_loop(self) -> None:
        records = await read(records_of(range(300), "purchases"))
        assert (str(records[7].position), records[7].raw) == ("purchases:7", 7)

    async def test_records_keep_their_positions(self) -> None:
        record = Record(Position("f", 3), {})

        class Source:
            def __aiter__(self) -> Any:
                return self._read()

            async def _read(self) -> Any:
                yield record
                yield {}

        assert await read(records_of(Source(), "users")) == [record, Record(Position("users", 1), {})]
        assert await read(records_of([record], "users")) == [record]

    async def test_an_async_iterator_that_is_not_a_generator(self) -> None:
        class Once:
            def __init__(self, items: Iterable[int]) -> None:
                self.items = iter(items)

            def __aiter__(self) -> Once:
                return self

            async def __anext__(self) -> int:
                try:
                    return next(self.items)
                except StopIteration:
                    raise StopAsyncIteration from None

        assert len(await read(records_of(Once(range(3)), "users"))) == 3


def test_the_sample_has_its_licence() -> None:
    text = (ORDERS.parent / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "10.24432/C5BW33" in text
    assert ORDERS.stat().st_size > 200_000


class TestPlainIterables:
    async def test_a_record_is_read_when_it_is_asked_for(self) -> None:
        reused = dict[str, int]()
        taken = list[dict[str, int]]()
        async for block in blocks_of((reused.update(row=number) or reused for number in range(200)), "purchases"):
            taken += [dict(record.raw) for record in block]
        assert taken == [{"row": number} for number in range(200)]

    @pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 200])
    @pytest.mark.parametrize("kind", [list, tuple, iter, dict.fromkeys])
    async def test_it_is_read_to_its_end_once(self, count: int, kind: Callable[[Iterable[int]], Iterable[int]]) -> None:
        records = await read(records_of(kind(range(count)), "purchases"))
        assert [(record.position.number, record.raw) for record in records] == [(each, each) for each in range(count)]

    async def test_what_is_left_of_a_block_comes_with_the_next_one(self) -> None:
        blocks = blocks_of(iter(range(70)), "purchases")
        first, rest = next(iter(await anext(blocks))), list[int]()
        async for block in blocks:
            rest += [record.raw for record in block]
        assert [first.raw, *rest] == [*range(70)]

    @pytest.mark.parametrize("error", [ValueError("broken"), asyncio.CancelledError()])
    async def test_records_before_a_failure_come_first(self, error: BaseException) -> None:
        def rows() -> Iterator[int]:
            yield from range(3)
            raise error

        taken = list[int]()
        with pytest.raises((ValueError, WoowUpError)):
            async for record in records_of(rows(), "purchases"):
                taken.append(record.raw)
        assert taken == [0, 1, 2]
