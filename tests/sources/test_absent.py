"""Cells without a value, and dates and times that do not exist, are empty or refused, never sent as values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from woowup_async._flow import Entity, Record
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import SourceError
from woowup_async.models._absent import is_absent_identifier
from woowup_async.outcomes import Rejected
from woowup_async.sources import Mapping, open_source
from woowup_async.sources.cells import Cells, shown, typed
from woowup_async.sources.mapping import TableFormat

INVISIBLE = ["\u200b", "\u200d", "\u2060", "\ufeff", "\xa0", "\t", " ", "\u200e", "\x00", "\x85"]
USERS = """
[user]
key = ["Doc"]
[user.fields]
document = { column = "Doc" }
email = { column = "Mail", as = "lower" }
first_name = { column = "Name" }
birthdate = { column = "Born", as = "date" }
"""


def mapping(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return Mapping.load(path)


async def rows(tmp_path: Path, text: str, rules: str = USERS) -> list[Record]:
    path = tmp_path / "users.csv"
    path.write_text(text, encoding="utf-8")
    return [record async for record in open_source(path, Entity.USER, mapping(tmp_path, rules))]


class TestIdentifiers:
    @given(
        st.lists(st.sampled_from(INVISIBLE)), st.sampled_from(["", "NULL", "null", "\\N", "\\n", "None", "NaN", "#N/A"])
    )
    def test_words_for_a_missing_value_are_not_identifiers(self, around: list[str], word: str) -> None:
        half = len(around) // 2
        assert is_absent_identifier("".join(around[:half]) + word + "".join(around[half:]))

    @pytest.mark.parametrize(
        "word",
        [
            "-", "--", "—", ".", "...", "?", "/", "[]", "{}", '""', "''", '=""', "(null)", "<null>", "[NULL]", "{null}",
            "'NULL'", '"NULL"', "NaT", "-nan", "undefined", "#DIV/0!", "#¡DIV/0!", "#NUM!", "#¡NUM!", "#NULL!",
            "#¡NULO!", "#NULO!", "00000000-0000-0000-0000-000000000000",
        ],
    )  # fmt: skip
    def test_signs_alone_and_the_words_of_programs_are_not_identifiers(self, word: str) -> None:
        assert is_absent_identifier(word)
        body = b'{"service_uid":%s,"first_name":"Ana"}' % msgspec.json.encode(word)
        assert isinstance(UserShape(1_000).encode(body), Rejected)

    @pytest.mark.parametrize(
        "text",
        ["0", "N", "nil", "nana@b.co", "Nan Goldin", "null@b.co", "ñ", "none1", "#1001", "NA", "<nadia>", "00", "u",
         "undefined1", "(1)", "-7", "Nat", "nat", "???", "+", "$", "00000000-0000-0000-0000-000000000001"],
    )  # fmt: skip
    def test_other_texts_are_identifiers(self, text: str) -> None:
        assert not is_absent_identifier(text)

    @pytest.mark.parametrize(
        "word", ["NULL", "\\N", "None", "nan", "\u200b", "\xa0", "<NA>", "N/A", "#N/A", "#N/D", "#¡REF!", "#VALOR!"]
    )
    async def test_they_never_become_one_customer(self, tmp_path: Path, word: str) -> None:
        text = f"Doc,Mail,Name,Born\n{word},a@b.co,Ana,\n1,{word},Eva,\n{word},{word},Ivo,\n"
        found = [record.raw for record in await rows(tmp_path, text)]
        assert found[0] == {"email": "a@b.co", "first_name": "Ana"}
        assert found[1] == {"document": "1", "first_name": "Eva"}
        assert "document" not in found[2]
        assert "email" not in found[2]

    async def test_in_other_fields_the_mapping_decides(self, tmp_path: Path) -> None:
        text = "Doc,Mail,Name,Born\n1,,NULL,\n2,,Null,\n"
        assert [record.raw["first_name"] for record in await rows(tmp_path, text)] == ["NULL", "Null"]
        listed = '[csv]\nnull = ["NULL", "-"]\n' + USERS
        assert [record.raw.get("first_name") for record in await rows(tmp_path, text, listed)] == [None, "Null"]


class TestDays:
    @pytest.mark.parametrize("text", ["2026-02-30", "0000-00-00", "2026-13-01", "2026-1-32", "x"])
    async def test_a_date_that_does_not_exist_is_refused(self, tmp_path: Path, text: str) -> None:
        (record,) = await rows(tmp_path, f"Doc,Mail,Name,Born\n1,,,{text}\n")
        assert isinstance(record.refusal, Rejected)
        assert "expected date" in str(record.refusal.reasons[0])

    def test_a_zero_date_may_be_listed_as_null(self) -> None:
        assert Cells(TableFormat(null=["0000-00-00"])).text("0000-00-00") == ""

    @pytest.mark.parametrize(
        ("text", "read"), [("31/12/75", "1975-12-31"), ("31/12/26", "1926-12-31"), ("01/11/26", "2026-11-01")]
    )
    def test_a_short_year_is_never_in_the_future(self, text: str, read: str) -> None:
        cells = Cells(TableFormat(date="%d/%m/%y"), date(2026, 11, 26))
        assert cells.convert(text, "date") == read

    def test_a_time_with_a_short_year_is_not_moved_to_another_century(self) -> None:
        cells = Cells(TableFormat(datetime="%d/%m/%y %H:%M"), date(2026, 11, 26))
        assert cells.convert("27/11/26 00:30", "datetime") == "2026-11-27 00:30:00"  # tomorrow, east of UTC
        for text in ("31/12/26 10:00", "31/12/68 10:00"):
            with pytest.raises(ValueError, match="10:00"):
                cells.convert(text, "datetime")

    @pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "0025-12-31 10:00:00", "1899-12-30 00:00:00"])
    def test_a_time_before_1900_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=text):
            Cells(TableFormat(timezone="America/Lima")).convert(text, "datetime")

    def test_a_long_year_may_be_in_the_future(self) -> None:
        assert Cells(TableFormat(), date(2026, 11, 26)).convert("2031-01-01", "date") == "2031-01-01"

    @pytest.mark.parametrize("text", ["2026-01-01 25:00:00", "2026-01-01 10:61:00", "2026-01-01 10:00:00"])
    def test_offsets_and_hours(self, text: str) -> None:
        cells = Cells(TableFormat(datetime="%Y-%m-%d %H:%M:%S%z"))
        for offset in ("+99:99", "+14:30", "-1500"):
            with pytest.raises(ValueError, match="2026"):
                cells.convert(text + offset, "datetime")
        if "10:00" in text:
            assert cells.convert(text + "+14:00", "datetime") == "2025-12-31 20:00:00"
        else:
            with pytest.raises(ValueError, match="2026"):
                cells.convert(text + "+00:00", "datetime")

    @pytest.mark.parametrize(("text", "reason"), [("%Y-%m-%d %H:%M:%S %Z", "%Z"), ("%H:%M", "a year"), ("%Y", "year")])
    def test_formats_that_cannot_work_are_refused(self, tmp_path: Path, text: str, reason: str) -> None:
        with pytest.raises(SourceError, match=reason):
            mapping(tmp_path, f'[csv]\ndatetime = "{text}"\n')


MOMENTS = st.integers(-2_000_000_000, 7_000_000_000).flatmap(
    lambda seconds: st.sampled_from(
        [datetime.fromtimestamp(seconds, zone) for zone in (UTC, timezone(timedelta(hours=-3)))]
    )
)


@given(MOMENTS, st.sampled_from(["%d/%m/%y", "%Y-%m-%d", "%m-%d-%Y %H:%M"]))
def test_a_typed_moment_passes_through_no_format(moment: datetime, text: str) -> None:
    cells = Cells(TableFormat(datetime=text, date=text, timezone="America/Lima"), date(1950, 1, 1))
    expected = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert cells.convert(typed(moment), "datetime") == expected
    assert cells.convert(typed(moment), "text") == expected
    assert cells.convert(typed(moment.date()), "date") == moment.date().isoformat()
    assert cells.convert(typed(moment.date()), "text") == moment.date().isoformat()
    assert shown(typed(moment)) == moment.isoformat()


class TestParquet:
    RULES = """
[csv]
datetime = "%d/%m/%Y"
date = "%d/%m/%Y"
timezone = "America/Argentina/Buenos_Aires"
[user]
key = ["doc"]
[user.fields]
document = { column = "doc", as = "id" }
email = { column = "mail" }
birthdate = { column = "born", as = "date" }
"metadata.at" = { column = "at", as = "datetime" }
"""

    async def read(self, tmp_path: Path, columns: dict[str, Any], rules: str | None) -> list[Record]:
        path = tmp_path / "users.parquet"
        parquet.write_table(pa.table(columns), path)
        known = mapping(tmp_path, rules) if rules else None
        return [record async for record in open_source(path, Entity.USER, known)]

    async def test_not_a_number_is_an_empty_cell(self, tmp_path: Path) -> None:
        nan = float("nan")
        columns: dict[str, Any] = {
            "doc": pa.array([nan, 7.0]), "mail": ["a@b.co", None], "born": pa.array([None, date(1990, 2, 1)]),
            "at": pa.array([None, 1_767_230_145_999_999_999], pa.timestamp("ns")),
        }  # fmt: skip
        first, second = (record.raw for record in await self.read(tmp_path, columns, self.RULES))
        assert first == {"email": "a@b.co"}
        assert second == {"document": "7", "birthdate": "1990-02-01", "metadata": {"at": "2026-01-01 04:15:45"}}

    async def test_without_a_mapping_too(self, tmp_path: Path) -> None:
        columns = {
            "document": pa.array(["1", "2"]), "custom_attributes.score": pa.array([float("nan"), 3.0]),
            "custom_attributes.at": pa.array([1_767_230_145_999_999_999, None], pa.timestamp("ns", "UTC")),
        }  # fmt: skip
        path = tmp_path / "users.parquet"
        parquet.write_table(pa.table(columns), path)
        found = [record.raw async for record in open_source(path, Entity.USER)]
        assert found == [
            {"document": "1", "custom_attributes": {"at": "2026-01-01 01:15:45"}},
            {"document": "2", "custom_attributes": {"score": 3.0}},
        ]

    async def test_an_identifier_that_a_float_cannot_hold_is_refused(self, tmp_path: Path) -> None:
        columns: dict[str, Any] = {
            "doc": pa.array([1152921504606846977.0, 9013808660771.0, None]), "mail": [None, None, "a@b.co"],
            "born": pa.array([None] * 3, pa.date32()), "at": pa.array([None] * 3, pa.timestamp("us")),
        }  # fmt: skip
        first, *others = await self.read(tmp_path, columns, self.RULES)
        assert "has lost its digits" in str(first.refusal)
        assert [record.raw for record in others] == [{"document": "9013808660771"}, {"email": "a@b.co"}]

    async def test_narrow_floats_mean_their_shortest_number(self, tmp_path: Path) -> None:
        narrow = pa.array([10.1, None, 0.5], pa.float32())
        columns: dict[str, Any] = {
            "doc": ["1", "2", "3"], "mail": [None] * 3, "born": pa.array([None] * 3, pa.date32()),
            "at": pa.array([None] * 3, pa.timestamp("us")), "score": narrow,
            "scores": pa.array([[10.1], None, []], pa.list_(pa.float32())),
            "parts": pa.array([{"a": 10.1}, None, {"a": None}], pa.struct([("a", pa.float32())])),
        }  # fmt: skip
        mapped = self.RULES + '"custom_attributes.score" = { column = "score", as = "decimal" }\n'
        found = [record.raw.get("custom_attributes") for record in await self.read(tmp_path, columns, mapped)]
        assert [str(each["score"]) if each else "" for each in found] == ["10.1", "", "0.5"]
        plain = {f"custom_attributes.{name}": columns[name] for name in ("score", "scores", "parts")}
        found = [record.raw.get("custom_attributes") for record in await self.read(tmp_path, plain, None)]
        assert found == [
            {"score": 10.1, "scores": [10.1], "parts": {"a": 10.1}}, None, {"score": 0.5, "scores": [], "parts": {}}
        ]  # fmt: skip

    async def test_a_row_that_python_cannot_hold_is_refused_and_the_others_are_read(self, tmp_path: Path) -> None:
        columns: dict[str, Any] = {
            "doc": ["1", "2", "3"], "mail": [None] * 3, "at": pa.array([0, 2**60, 0], pa.timestamp("us")),
            "born": pa.array([None] * 3, pa.date32()),
        }  # fmt: skip
        for rules in (self.RULES, None):
            found = await self.read(tmp_path, columns, rules)
            assert [record.refusal is None for record in found] == [True, False, True]
            assert "cannot be read" in str(found[1].refusal)

    async def test_two_columns_with_one_name_shift_no_other_column(self, tmp_path: Path) -> None:
        table = pa.Table.from_arrays(
            [pa.array(["x"]), pa.array(["y"]), pa.array(["7"]), pa.array(["a@b.co"]), pa.array([None], pa.date32()),
             pa.array([None], pa.timestamp("us"))],
            names=["note", "note", "doc", "mail", "born", "at"],
        )  # fmt: skip
        path = tmp_path / "users.parquet"
        parquet.write_table(table, path)
        (record,) = [each async for each in open_source(path, Entity.USER, mapping(tmp_path, self.RULES))]
        assert record.raw == {"document": "7", "email": "a@b.co"}
        with pytest.raises(SourceError, match="has the column 'note' twice"):
            open_source(path, Entity.USER)
