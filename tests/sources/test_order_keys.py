"""Rows that are sent with the same number and branch are one order, in any spelling of their cells."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tests.support.fakes import Shop, sender
from tests.support.order_files import skus
from tests.support.runs import run
from woowup_async._flow import Entity, Record
from woowup_async.sources import Chain, Mapping, open_source

RULES = """
[csv]
delimiter = ";"
decimal = "{decimal}"
[purchase]
key = [{key}]
{more}
[purchase.fields]
invoice_number = {{ {number} }}
{branch}
service_uid = {{ column = "Customer" }}
"prices.total" = {{ sum = ["Qty", "Price"] }}
[purchase.lines]
sku = {{ column = "Sku" }}
quantity = {{ column = "Qty", as = "int" }}
unit_price = {{ column = "Price", as = "decimal" }}
{lookups}
"""
HEADER = "Number;Shop;Kind;Customer;Sku;Qty;Price"
AS_ID = 'column = "Number", as = "id"'


def mapping(folder: Path, number: str = AS_ID, key: str = '"Number"', **more: str) -> Mapping:
    path = folder / "m.toml"
    given = {"decimal": ",", "more": "", "branch": "", "lookups": ""} | more
    path.write_text(RULES.format(number=number, key=key, **given), encoding="utf-8")
    return Mapping.load(path)


def written(folder: Path, *rows: tuple[Any, ...], name: str = "a.csv") -> Path:
    """Write rows of number, shop, kind and code."""
    path = folder / name
    lines = [f"{number};{shop};{kind};77;{sku};1;2" for number, shop, kind, sku in rows]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


async def read(rules: Mapping, *paths: Path) -> list[Record]:
    sources = [open_source(path, Entity.PURCHASE, rules) for path in paths]
    return [record async for record in (sources[0] if len(sources) == 1 else Chain(sources))]


def sent(records: list[Record]) -> list[tuple[Any, list[str]]]:
    return [(record.raw["invoice_number"], skus(record)) for record in records if record.refusal is None]


def refusals(records: list[Record]) -> list[str]:
    return [record.refusal.reasons[0].message for record in records if record.refusal is not None]


async def test_rows_of_one_order_are_one_group(tmp_path: Path) -> None:
    path = written(tmp_path, (1, "", "", "A"), (12, "", "", "B"), (3, "", "", "C"), ("12.0", "", "", "D"))
    records = await read(mapping(tmp_path), path)
    assert sent(records) == [("1", ["A"]), ("12", ["B", "D"]), ("3", ["C"])]
    assert [record.rows for record in records] == [1, 2, 1]


@pytest.mark.parametrize(
    ("number", "key", "more", "rows", "numbers"),
    [
        ('column = "Number", as = "lower"', '"Number"', "", [("F1", ""), ("f1", "")], ["f1"]),
        ('column = "Number", as = "int"', '"Number"', "", [("012", ""), ("12", "")], [12]),
        ('column = "Number", lookup = "n"', '"Number"', '[lookups.n]\nA = "1"\nB = "1"', [("A", ""), ("B", "")], ["1"]),
        ('template = "{Shop}{Number}"', '"Shop", "Number"', "", [("23", "1"), ("3", "12")], ["123"]),
        ('template = "{Shop}{Number}"', '"Shop", "Number"', "", [("23", "1"), ("3", "13")], ["123", "133"]),
        (AS_ID, '"Number"', "", [("1", ""), ("01", "")], ["1", "01"]),
        ('first_of = ["Number", "Shop"]', '"Number", "Shop"', "", [("12", "N"), ("", "12")], ["12"]),
        ('first_of = ["Number", "Shop"]', '"Number", "Shop"', "", [("12", ""), ("", "13")], ["12", "13"]),
        ('template = "{Number}[-{Shop}]"', '"Number", "Shop"', "", [("1", "2"), ("1-2", "")], ["1-2"]),
        ('template = "{Number:04}"', '"Number"', "", [("1", ""), ("0001", "")], ["0001"]),
        ('template = "{Shop}-{Number}"', '"Shop", "Number"', "", [("1", "N"), ("1", "N ")], ["N-1"]),
        ('column = "Number", case = ["lower", "slug"]', '"Number"', "", [("Ñ 1", ""), ("n-1", "")], ["n-1"]),
        ('column = "Number", replace = { "^F" = "" }', '"Number"', "", [("F1", ""), ("1", "")], ["1"]),
        ('column = "Number", split_name = "first"', '"Number"', "", [("A1 B", ""), ("A1 C", "")], ["A1"]),
        ('column = "Number", null = ["?"], default = "X"', '"Number"', "", [("?", ""), ("X", "")], ["X"]),
        ('column = "Number", as = "sku"', '"Number"', "", [("A B", ""), ("A-B", "")], ["A-B"]),
        ('column = "Number", as = "country"', '"Number"', "", [("AR", ""), ("Argentina", "")], ["ARG"]),
        ('column = "Number", as = "int", lookup = "n"', '"Number"', "[lookups.n]\n7 = 1", [("07", ""), ("1", "")], [1]),
        ('column = "Number", lookup = "n"', '"Number"', '[lookups.n]\n"*" = "1"', [("A", ""), ("B", "")], ["1"]),
    ],
)
async def test_every_way_to_make_a_number(
    tmp_path: Path, number: str, key: str, more: str, rows: list[tuple[str, str]], numbers: list[Any]
) -> None:
    rules = mapping(tmp_path, number, key, lookups=more)
    path = written(tmp_path, *((each, shop, "", sku) for (each, shop), sku in zip(rows, "AB", strict=True)))
    assert [each for each, _ in sent(await read(rules, path))] == numbers


async def test_a_number_that_is_added_up_is_that_of_all_rows(tmp_path: Path) -> None:
    rules = mapping(tmp_path, 'sum = ["Number"], as = "int"')
    path = written(tmp_path, ("1", "", "", "A"), ("1", "", "", "B"), ("2", "", "", "C"), ("3", "", "", "D"))
    records = await read(rules, path)
    assert sent(records) == [(3, ["D"])]
    assert all("the orders of a.csv:2 and a.csv:4 have one invoice number" in each for each in refusals(records))


async def test_users_of_one_order_have_its_key(tmp_path: Path) -> None:
    made = '[user]\nfrom = "purchase"\n[user.fields]\nfirst_name = { column = "Sku" }'
    path = written(tmp_path, (12, "", "", "Ana"), (3, "", "", "Eva"), ("12.0", "", "", "Ana"))
    records = [record async for record in open_source(path, Entity.USER, mapping(tmp_path, lookups=made))]
    assert [(record.raw["first_name"], record.rows) for record in records] == [("Ana", 2), ("Eva", 1)]


async def test_documents_of_one_order_must_be_equal(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(
        '[json]\n[purchase]\nkey = ["id"]\n[purchase.fields]\ninvoice_number = { column = "id", as = "id" }\n'
        '[purchase.lines]\nsku = { column = "items[].sku" }'
    )
    (tmp_path / "a.jsonl").write_text(
        '{"id": 1, "items": [{"sku": "A"}]}\n{"id": "12", "items": [{"sku": "B"}]}\n'
        '{"id": 12.0, "items": [{"sku": "C"}]}\n{"id": 12, "items": [{"sku": "B"}]}\n'
    )
    records = await read(Mapping.load(tmp_path / "m.toml"), tmp_path / "a.jsonl")
    assert sent(records) == [("1", ["A"])]
    assert refusals(records) == ["lines 2 and 3 have the same key and different contents"]
    assert [record.rows for record in records] == [1, 3]


async def test_a_branch_is_part_of_what_is_sent(tmp_path: Path) -> None:
    more = {"key": '"Number", "Shop"', "branch": 'branch_name = { column = "Shop", as = "lower" }'}
    path = written(tmp_path, (12, "N", "", "A"), ("12.0", "S", "", "B"), ("12.0", "n", "", "C"))
    assert sent(await read(mapping(tmp_path, **more), path)) == [("12", ["A", "C"]), ("12", ["B"])]


class TestSeveralFiles:
    async def test_an_order_with_other_rows_is_refused_whole(self, tmp_path: Path) -> None:
        one = written(tmp_path, (1, "", "", "A"), (12, "", "", "B"))
        other = written(tmp_path, ("12.0", "", "", "C"), name="b.csv")
        records = await read(mapping(tmp_path), one, other)
        assert sent(records) == [("1", ["A"])]
        assert refusals(records) == [
            "the order is in a.csv:3 and in b.csv:2, with different rows: put it into one file"
        ]
        assert [record.rows for record in records] == [1, 2]

    @pytest.mark.parametrize("decimal", [".", ","])
    async def test_integers_and_floats(self, tmp_path: Path, decimal: str) -> None:
        paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
        written = pyarrow.array([1, 12], pyarrow.int64()), pyarrow.array([12, 17850], pyarrow.float64())
        for path, column in zip(paths, written, strict=True):
            columns = {name: ["1", "2"] for name in ("Shop", "Kind", "Customer", "Sku", "Qty", "Price")}
            parquet.write_table(pyarrow.table({"Number": column, **columns}), path)
        records = await read(mapping(tmp_path, decimal=decimal), *paths)
        assert [number for number, _ in sent(records)] == ["1", "17850"]
        assert [record.rows for record in records] == [1, 2, 1]
        assert "a.parquet:2 and in b.parquet:1" in refusals(records)[0]

    async def test_files_with_other_mappings(self, tmp_path: Path) -> None:
        one = written(tmp_path, (12, "N", "", "A"), (13, "N", "", "B"))
        other = written(tmp_path, (12, "N", "", "A"), (14, "N", "", "B"), name="b.csv")
        first = open_source(one, Entity.PURCHASE, mapping(tmp_path))
        second = open_source(other, Entity.PURCHASE, mapping(tmp_path, key='"Number", "Shop"'))
        records = [record async for record in Chain([first, second])]
        assert [number for number, _ in sent(records)] == ["13", "14"]
        assert all("a.csv:2 and b.csv:2 have one invoice number" in each for each in refusals(records))
        assert sum(record.rows for record in records) == 4


class TestKeysWithMoreThanTheNumber:
    KEY = '"Number", "Shop"'

    async def test_two_orders_with_one_number_are_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path, (1, "N", "", "A"), (2, "N", "", "B"), (2, "S", "", "C"), (3, "S", "", "D"))
        records = await read(mapping(tmp_path, key=self.KEY), path)
        assert sent(records) == [("1", ["A"]), ("3", ["D"])]
        assert len(refusals(records)) == 2
        assert all("the orders of a.csv:3 and a.csv:4 have one invoice number" in each for each in refusals(records))
        assert [record.rows for record in records] == [1, 1, 1, 1]

    async def test_a_branch_in_another_column_distinguishes_them(self, tmp_path: Path) -> None:
        rules = mapping(tmp_path, key=self.KEY, branch='branch_name = { column = "Kind" }')
        path = written(tmp_path, (2, "N", "north", "A"), (2, "S", "south", "B"), (2, "T", "south", "C"))
        records = await read(rules, path)
        assert sent(records) == [("2", ["A"])]
        assert len(refusals(records)) == 2

    async def test_an_order_that_is_left_out_is_not_sent_under_its_number(self, tmp_path: Path) -> None:
        leave_out = '[[purchase.leave_out]]\ncolumn = "Kind"\nmatches = "NC"\nreason = "a credit note"'
        rules = mapping(tmp_path, key='"Number", "Kind"', more=leave_out)
        records = await read(rules, written(tmp_path, (2, "", "FA", "A"), (2, "", "NC", "B")))
        assert sent(records) == [("2", ["A"])]
        assert len(records) == 2

    async def test_the_number_is_that_of_the_rows_that_are_taken(self, tmp_path: Path) -> None:
        more = '[[purchase.leave_out]]\nby = "row"\ncolumn = "Sku"\nmatches = "^-"\nreason = "a blank line"'
        rules = mapping(tmp_path, 'column = "Number"', '"Shop"', more=more)
        path = written(tmp_path, (1, "N", "", "-"), (2, "N", "", "A"), (1, "S", "", "B"), (2, "T", "", "C"))
        records = await read(rules, path)
        assert sent(records) == [("1", ["B"])]
        assert all("the orders of a.csv:2 and a.csv:5 have one invoice number" in each for each in refusals(records))

    async def test_other_rows_in_another_file_come_before_other_keys(self, tmp_path: Path) -> None:
        one, other = written(tmp_path, (2, "N", "", "A")), written(tmp_path, (2, "N", "", "B"), name="b.csv")
        records = await read(mapping(tmp_path, key=self.KEY), one, other)
        assert refusals(records) == [
            "the order is in a.csv:2 and in b.csv:2, with different rows: put it into one file"
        ]

    async def test_one_number_in_three_files(self, tmp_path: Path) -> None:
        rules = mapping(tmp_path, key=self.KEY)
        rows = [(2, "N", "", "A")], [(2, "N", "", "A"), (2, "S", "", "B")], [(2, "S", "", "B"), (3, "S", "", "C")]
        paths = [written(tmp_path, *each, name=f"{number}.csv") for number, each in enumerate(rows)]
        records = await read(rules, *paths)
        assert sent(records) == [("3", ["C"])]
        assert sum(record.rows for record in records) == 5


async def test_payments_are_found_by_the_number_as_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Ticket;Sum\n12;1\n12.0;2\n13;3\n")
    more = f"""
[purchase.payment_rows]
file = "{tmp_path / "p.csv"}"
key = ["Ticket"]
[purchase.payment_rows.fields]
total = {{ column = "Sum", as = "decimal" }}
"""
    (record,) = await read(mapping(tmp_path, more=more), written(tmp_path, ("12.0", "", "", "A")))
    assert [int(payment["total"]) for payment in record.raw["payment"]] == [1, 2]


async def test_a_number_that_cannot_be_read_is_grouped_by_its_cell(tmp_path: Path) -> None:
    rules = mapping(tmp_path, 'column = "Number", as = "int"')
    records = await read(rules, written(tmp_path, ("x", "", "", "A"), ("1", "", "", "B"), ("x", "", "", "C")))
    assert [record.rows for record in records] == [2, 1]
    assert "expected int, got 'x'" in refusals(records)[0]


ROW = st.tuples(
    st.sampled_from(["1", "1.0", "2", "2.0", "3"]), st.sampled_from("NS"), st.sampled_from("FG"), st.sampled_from("ABC")
)


@pytest.mark.slow
@given(
    st.lists(st.lists(ROW, max_size=5), min_size=1, max_size=3),
    st.sampled_from(['"Number"', '"Number", "Shop"', '"Shop", "Number", "Kind"', '"Shop"']),
    st.sampled_from(["", 'branch_name = { column = "Shop" }', 'branch_name = { column = "Kind" }']),
)
async def test_each_row_is_in_one_record_and_each_number_is_sent_once(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[str, ...]]], key: str, branch: str
) -> None:
    folder = tmp_path_factory.mktemp("files")
    rules = mapping(folder, key=key, branch=branch)
    paths = [written(folder, *rows, name=f"{number}.csv") for number, rows in enumerate(files)]
    records = await read(rules, *paths)
    numbers = Counter(
        (record.raw["invoice_number"], record.raw.get("branch_name")) for record in records if record.refusal is None
    )
    assert max(numbers.values(), default=1) == 1
    assert sum(record.rows for record in records) == sum(map(len, files))


async def test_no_row_is_lost_in_a_run(tmp_path: Path) -> None:
    shop = Shop()
    shop.account.create_user({"service_uid": "77"})
    path = written(tmp_path, (1, "", "", "AA-1"), (12, "", "", "AA-2"), ("12.0", "", "", "AA-3"))
    report = await run(sender(shop), purchases=open_source(path, Entity.PURCHASE, mapping(tmp_path)))
    assert (report.accepted, report.purchases.rows_accepted) == (2, 3)
    lines = [line["sku"] for purchase in shop.account.purchases.values() for line in purchase["purchase_detail"]]
    assert lines == ["AA-1", "AA-2", "AA-3"]
