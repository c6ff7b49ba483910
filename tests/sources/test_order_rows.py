"""Rows of an order: none is lost, none is sent twice, and none becomes a wrong customer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.order_files import HEADER, mapping, read, skus, written
from woowup_async._flow import Entity, Record
from woowup_async._wire.identity import identifiers_of
from woowup_async.outcomes import Rejected
from woowup_async.sources import Chain, Mapping, open_source


def reasons(record: Record) -> str:
    assert isinstance(record.refusal, Rejected), record
    return "; ".join(map(str, record.refusal.reasons))


class TestAgreement:
    @pytest.mark.parametrize(
        ("second", "said"),
        [
            ("1,eva@b.co,,A,,S2,1,2", "email: the rows of one order disagree: line 2 says 'ana@b.co', line 3 says"),
            ("1,ana@b.co,,B,,S2,1,2", "branch_name: the rows of one order disagree: line 2 says 'A', line 3 says 'B'"),
        ],
    )
    async def test_rows_that_disagree_refuse_their_order(self, tmp_path: Path, second: str, said: str) -> None:
        path = written(tmp_path, "1,ana@b.co,Ana,A,3,S1,1,1", second, "2,ana@b.co,Ana,A,1,S1,1,1")
        refused, whole = await read(path, mapping(tmp_path))
        assert said in reasons(refused)
        assert refused.rows == 2
        assert skus(whole) == ["S1"]

    async def test_a_field_may_opt_out(self, tmp_path: Path) -> None:
        path = written(tmp_path, "1,ana@b.co,Ana,A,3,S1,1,1", "1,eva@b.co,,A,,S2,1,2")
        (order,) = await read(path, mapping(tmp_path, agree=", agree = false"))
        assert (order.raw["email"], skus(order)) == ("ana@b.co", ["S1", "S2"])

    @pytest.mark.parametrize(
        "rows", [["1,,,,,S1,1,1", "1,ANA@b.co,,A,,S2,1,2"], ["1,NULL,,A,,S1,1,1", "1,ana@b.co,,,,S2,1,2"]]
    )
    async def test_a_value_that_only_one_row_has_is_used(self, tmp_path: Path, rows: list[str]) -> None:
        (order,) = await read(written(tmp_path, *rows), mapping(tmp_path))
        assert (order.raw["email"], order.raw["branch_name"], skus(order)) == ("ana@b.co", "A", ["S1", "S2"])


class TestContinuingRows:
    ROWS = ("1,ana@b.co,Ana,A,3,S1,1,1", ",,,,,S2,1,2", "2,eva@b.co,Eva,A,1,S1,1,1")

    async def test_the_order_above_is_refused_whole(self, tmp_path: Path) -> None:
        first, second = await read(written(tmp_path, *self.ROWS), mapping(tmp_path))
        assert 'line 3: has no "Number": if it belongs to the row above, set fill_down' in reasons(first)
        assert first.rows == 2
        assert skus(second) == ["S1"]

    @pytest.mark.parametrize("option", ["fill_down = true", 'fill_down = ["Number", "Mail", "Shop"]'])
    async def test_with_fill_down_it_is_one_order(self, tmp_path: Path, option: str) -> None:
        first, second = await read(written(tmp_path, *self.ROWS), mapping(tmp_path, purchase=option))
        assert (first.raw["invoice_number"], skus(first), first.rows) == ("1", ["S1", "S2"], 2)
        assert (second.raw["email"], skus(second)) == ("eva@b.co", ["S1"])

    async def test_an_order_without_a_customer_takes_none_from_above(self, tmp_path: Path) -> None:
        path = written(tmp_path, "1,ana@b.co,Ana,A,1,S1,1,1", "2,,,A,1,S1,1,1")
        _, second = await read(path, mapping(tmp_path, purchase="fill_down = true"))
        assert "email" not in second.raw

    async def test_continuing_rows_are_not_customers(self, tmp_path: Path) -> None:
        path = written(tmp_path, *self.ROWS, "2,,,,,S2,1,2")
        users = await read(path, mapping(tmp_path), Entity.USER)
        assert [record.raw["email"] for record in users] == ["ana@b.co", "eva@b.co"]

    async def test_a_customer_whose_key_is_missing_is_a_separate_record(self, tmp_path: Path) -> None:
        path = written(tmp_path, "1,,Ana,,,S1,1,1", "2,,Eva,,,S1,1,1", "3,ivo@b.co,Ivo,,,S1,1,1")
        rules = mapping(tmp_path)
        users = await read(path, rules, Entity.USER)
        assert [record.raw.get("email") for record in users] == [None, "ivo@b.co"]
        assert [record.rows for record in users] == [2, 1]

    async def test_blank_rows_are_left_out(self, tmp_path: Path) -> None:
        path = written(tmp_path, self.ROWS[0], ",,,,,,,", " ,,\u00a0,,,,,", self.ROWS[2])
        assert [skus(record) for record in await read(path, mapping(tmp_path))] == [["S1"], ["S1"]]

    async def test_the_first_row_of_a_file_may_be_a_continuing_row(self, tmp_path: Path) -> None:
        first, second = await read(written(tmp_path, self.ROWS[1], self.ROWS[2]), mapping(tmp_path))
        assert "if it belongs to the row above" in reasons(first)
        assert skus(second) == ["S1"]

    async def test_a_row_below_a_repeated_header_refuses_the_order_above(self, tmp_path: Path) -> None:
        path = written(tmp_path, self.ROWS[0], HEADER, self.ROWS[1], self.ROWS[2])
        first, header, last = await read(path, mapping(tmp_path, purchase="fill_down = true"))
        assert "line 4: continues line 3, which cannot be used" in reasons(first)
        assert "is the header again" in reasons(header)
        assert (first.rows, header.rows, skus(last)) == (2, 1, ["S1"])

    @pytest.mark.parametrize("rows", [[",,,,,S2,1,2,beyond"], [",,,,,S2,1,2"], [HEADER, ",,,,,S2,1,2"]])
    async def test_a_file_that_begins_with_such_a_row_refuses_the_order_before(
        self, tmp_path: Path, rows: list[str]
    ) -> None:
        rules = mapping(tmp_path, purchase="fill_down = true")
        paths = [
            written(tmp_path, self.ROWS[0]),
            written(tmp_path, name="empty.csv"),
            written(tmp_path, *rows, self.ROWS[2], name="b.csv"),
        ]
        found = [each async for each in Chain([open_source(path, Entity.PURCHASE, rules) for path in paths])]
        assert f"seems to continue at b.csv:{len(rows) + 1}" in reasons(found[0])
        assert [record.refusal is None for record in found] == [False] * (1 + len(rows)) + [True]

    @pytest.mark.parametrize("blank", [",,", ",,,,,,,,,,", " , ,"])
    async def test_a_blank_row_may_have_any_number_of_columns(self, tmp_path: Path, blank: str) -> None:
        path = written(tmp_path, self.ROWS[0], blank, self.ROWS[1], blank)
        (order,) = await read(path, mapping(tmp_path, purchase="fill_down = true"))
        assert skus(order) == ["S1", "S2"]

    @pytest.mark.parametrize(
        "damaged",
        ["2,eva@b.co,Eva,A,3,S3,1,1,beyond", '2,eva@b.co,Eva,A,3,"S3"x,1,1'],
        ids=["columns", "quotes"],
    )
    async def test_rows_below_a_damaged_row_are_refused_with_it(self, tmp_path: Path, damaged: str) -> None:
        path = written(tmp_path, self.ROWS[0], damaged, self.ROWS[1], "3,ivo@b.co,Ivo,A,1,S4,1,1")
        first, refused, last = await read(path, mapping(tmp_path, purchase="fill_down = true"))
        assert (skus(first), skus(last)) == (["S1"], ["S4"])
        assert refused.rows == 2
        assert "line 4: continues line 3, which cannot be used" in reasons(refused)

    async def test_a_damaged_row_without_a_number_refuses_the_order_above(self, tmp_path: Path) -> None:
        path = written(tmp_path, self.ROWS[0], self.ROWS[1] + ",beyond", self.ROWS[2])
        for options in ({}, {"purchase": "fill_down = true"}):
            first, second = await read(path, mapping(tmp_path, **options))
            assert (first.rows, skus(second)) == (2, ["S1"])
            assert "line 3: has 9 columns, the header has 8" in reasons(first)

    async def test_a_short_line_of_text_below_the_orders_is_refused_alone(self, tmp_path: Path) -> None:
        header, rules = f"Line,{HEADER}", mapping(tmp_path)
        path = written(tmp_path, f"1,{self.ROWS[0]}", "2 lines in all", header=header)
        order, footer = await read(path, rules)
        assert skus(order) == ["S1"]
        assert "has 1 columns" in reasons(footer)


@pytest.mark.parametrize("again", [HEADER, HEADER.upper(), HEADER.replace(",", " , ")])
async def test_a_repeated_header_is_refused(tmp_path: Path, again: str) -> None:
    path = written(tmp_path, "1,ana@b.co,Ana,A,1,S1,1,1", again, "1,ana@b.co,Ana,A,1,S2,1,1")
    rules = mapping(tmp_path)
    order, header = await read(path, rules)
    assert skus(order) == ["S1", "S2"]
    assert "is the header again" in reasons(header)
    users = await read(path, rules, Entity.USER)
    assert [record.refusal is None for record in users] == [True, False, True]
    assert identifiers_of(users[1].raw) == ()


@pytest.mark.parametrize(
    "again",
    [
        f"\ufeff{HEADER}", '\ufeff"Number",Mail,Name,Shop,Total,Sku,Qty,Price', HEADER.replace("Name", "Námé"),
        HEADER.replace("Mail", "Mail\xa0"),
    ],
)  # fmt: skip
async def test_a_repeated_header_is_recognized_in_any_dress(tmp_path: Path, again: str) -> None:
    path = written(tmp_path, "1,ana@b.co,Ana,A,1,S1,1,1", again, "2,eva@b.co,Eva,A,1,S2,1,1")
    for entity in (Entity.PURCHASE, Entity.USER):
        first, header, second = await read(path, mapping(tmp_path), entity)
        assert "is the header again" in reasons(header)
        assert (first.refusal, second.refusal) == (None, None)


async def test_a_repeated_header_with_the_names_of_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        '[user]\nkey = ["Doc"]\n[user.fields]\ndocument = { column = "Doc" }\n[columns]\nDoc = ["DNI"]\n',
        encoding="utf-8",
    )
    users = await read(written(tmp_path, "1", "DNI", "2", header="DNI"), Mapping.load(path), Entity.USER)
    assert [user.refusal is None for user in users] == [True, False, True]
    assert "is the header again" in reasons(users[1])


@pytest.mark.parametrize(
    "again", ["Number,Mail,Shop,Name,Total,Sku,Qty,Price", "Number,Mail,Phone,Shop,Total,Sku,Qty,Price"]
)
async def test_rows_below_another_header_are_refused(tmp_path: Path, again: str) -> None:
    row = "2,eva@b.co,Eva,A,1,S2,1,1"
    path = written(tmp_path, "1,ana@b.co,Ana,A,1,S1,1,1", again, row, HEADER, "3,ivo@b.co,Ivo,A,1,S3,1,1")
    users = await read(path, mapping(tmp_path), Entity.USER)
    assert [user.refusal is None for user in users] == [True, False, False, False, True]
    assert "is another header: were files joined?" in reasons(users[1])
    assert "is below another header (line 3): put these rows into a file of their own" in reasons(users[2])
    assert identifiers_of(users[2].raw) == ()
    orders = await read(path, mapping(tmp_path))
    is_used = "Phone" not in again  # orders do not read the name
    assert [order.refusal is None for order in orders] == [True, False, not is_used, False, True]


async def test_versions_of_a_customer_in_neighbouring_rows_are_sent_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, "1,ana@b.co,Ana,,,S1,1,1", "2,ana@b.co,,,,S1,1,1", "3,ana@b.co,Anna,,,S1,1,1")
    users = await read(path, mapping(tmp_path), Entity.USER)
    assert [(record.raw["first_name"], record.rows) for record in users] == [("Ana", 2), ("Anna", 1)]


class TestLostCustomers:
    """A refused user still has the identifiers of its customer."""

    @pytest.mark.parametrize(
        ("row", "named"),
        [
            ("1,Ana@b.co,,,,S1,1,1,beyond", ("email:ana@b.co",)),
            ("1,ana@b.co", ("email:ana@b.co",)),
            ("1,NULL", ()),
        ],
    )
    async def test_in_rows_that_cannot_be_read(self, tmp_path: Path, row: str, named: tuple[str, ...]) -> None:
        users = await read(written(tmp_path, row), mapping(tmp_path), Entity.USER)
        assert users[0].refusal is not None
        assert identifiers_of(users[0].raw) == named

    async def test_in_rows_that_the_mapping_leaves_out(self, tmp_path: Path) -> None:
        rules = mapping(tmp_path, user='require = ["Name"]')
        (user,) = await read(written(tmp_path, "1,ana@b.co,,,,S1,1,1"), rules, Entity.USER)
        assert identifiers_of(user.raw) == ("email:ana@b.co",)

    @pytest.mark.parametrize(
        ("raw", "named"),
        [
            (b'{"email": "ana@b.co", "document": 7, "first', ("email:ana@b.co", "document:7")),
            ('{"email": "ana@b.co" "document": "7"}', ("email:ana@b.co", "document:7")),
            (b'{"email": "a\xff@b.co", "telephone": "1"', ("email:a\ufffd@b.co", "telephone:1")),
            (b'{"email": "NULL", "document": ""', ()),
            (b"\x00\xff", ()),
        ],
    )
    def test_in_json_that_is_damaged(self, raw: bytes | str, named: tuple[str, ...]) -> None:
        assert identifiers_of(raw) == named

    @given(st.one_of(st.binary(), st.text(), st.dictionaries(st.text(), st.integers())))
    def test_it_never_raises(self, raw: Any) -> None:
        assert isinstance(identifiers_of(raw), tuple)


class TestSeveralFiles:
    async def chained(self, tmp_path: Path, rules: Mapping, *paths: Path) -> list[Record]:
        return [record async for record in Chain([open_source(path, Entity.PURCHASE, rules) for path in paths])]

    async def test_an_order_that_was_split_is_refused_whole(self, tmp_path: Path) -> None:
        rules = mapping(tmp_path)
        first = written(tmp_path, "1,ana@b.co,,,3,S1,1,1", "2,ana@b.co,,,1,S1,1,1", name="a.csv")
        second = written(tmp_path, "1,ana@b.co,,,3,S2,1,2", "3,ana@b.co,,,1,S1,1,1", name="b.csv")
        records = await self.chained(tmp_path, rules, first, second)
        assert "the order is in a.csv:2 and in b.csv:2, with different rows" in reasons(records[0])
        assert [skus(record) for record in records[1:]] == [["S1"], ["S1"]]
        assert [record.rows for record in records] == [2, 1, 1]

    async def test_the_same_order_in_overlapping_exports_is_one(self, tmp_path: Path) -> None:
        rules, rows = mapping(tmp_path), ("1,ana@b.co,,,3,S1,1,1", "1,ana@b.co,,,3,S2,1,2")
        first = written(tmp_path, *rows, name="a.csv")
        turned = ["Price,Number,Mail,Name,Shop,Total,Sku,Qty", "1,1,ana@b.co,,,3,S1,1", "2,1,ana@b.co,,,3,S2,1"]
        second = written(tmp_path, *turned[1:], name="b.csv", header=turned[0])
        third = written(tmp_path, *rows, "4,ana@b.co,,,1,S1,1,1", name="c.csv")
        one, other = await self.chained(tmp_path, rules, first, second, third)
        assert skus(one) == ["S1", "S2"]
        assert one.rows == 6
        assert [(notice.kind, notice.message) for notice in one.notices] == [
            ("merged_files", "the same rows are in a.csv:2 and in b.csv:2")
        ]
        assert skus(other) == ["S1"]

    async def test_an_order_that_continues_in_the_next_file_is_refused(self, tmp_path: Path) -> None:
        rules = mapping(tmp_path)
        first = written(tmp_path, "1,a@b.co,,,1,S1,1,1", "2,a@b.co,,,3,S1,1,1", name="a.csv")
        second = written(tmp_path, ",,,,,S2,1,2", "3,a@b.co,,,1,S1,1,1", name="b.csv")
        records = await self.chained(tmp_path, rules, first, second)
        assert [record.refusal is None for record in records] == [True, False, False, True]
        assert "the order of a.csv:3 seems to continue at b.csv:2" in reasons(records[1])

    @pytest.mark.slow
    @given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=6), min_size=2, max_size=3))
    async def test_no_row_is_sent_twice_and_no_order_in_part(
        self, tmp_path_factory: Any, files: list[list[tuple[int, int]]]
    ) -> None:
        folder = tmp_path_factory.mktemp("files")
        rules = mapping(folder)
        paths = [
            written(folder, *(f"{order},a@b.co,,,,S{sku},1,1" for order, sku in rows), name=f"{number}.csv")
            for number, rows in enumerate(files)
        ]
        records = await self.chained(folder, rules, *paths)
        keys = [record.raw["invoice_number"] for record in records if record.refusal is None]
        assert len(keys) == len(set(keys))
        for record in records:
            if record.refusal is None:
                order = record.raw["invoice_number"]
                there = [[f"S{sku}" for key, sku in rows if str(key) == order] for rows in files]
                assert all(lines in ([], skus(record)) for lines in there)
        assert sum(record.rows for record in records) == sum(map(len, files))
