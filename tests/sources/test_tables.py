"""Mappings: computed fields, lists, pairs and payments, and the formats of files."""

from __future__ import annotations

import codecs
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from woowup_async._flow import Record
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.errors import SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources import CsvFile, Entity, Mapping, grouping

HEADER = "Store,Ticket,Mail,Day,Code,Qty,Price,Off,Group,Kind,Size,Colour,Card,CardSum,Cash,Gift"
RULES = """
[csv]
date = ["%d/%m/%Y", "%Y-%m-%d"]
[purchase]
key = ["Store", "Ticket"]
[purchase.fields]
invoice_number = { template = "{Store}-{Ticket}" }
email = { column = "Mail", as = "lower" }
"metadata.day" = { column = "Day", as = "date" }
"metadata.gift" = { column = "Gift", as = "bool" }
"prices.total" = { sum = ["Qty", "Price"], minus = ["Off"], absolute = true }
[purchase.lines]
sku = { column = "Code" }
quantity = { column = "Qty", as = "int" }
unit_price = { column = "Price", as = "decimal" }
category = { column = "Group", split = "/" }
specifications = { pairs = { Kind = "Kind" } }
variations = { pairs = { Talle = "Size", Color = "Colour" } }
"custom_attributes.paths" = { columns = ["Group", "Kind"] }
[[purchase.payments]]
type = { constant = "credit" }
brand = { column = "Card" }
total = { column = "CardSum", as = "decimal" }
[[purchase.payments]]
type = { constant = "cash" }
total = { column = "Cash", as = "decimal" }
"""
ROW = "S,1,Ana@X.com,02/03/2020,AB,-2,1.50,0.25,Ropa / Remera,Top,M,,visa,2.75,,Sí"
JOINED = """
[purchase]
key = ["Store", "Ticket"]
[purchase.fields]
invoice_number = { column = "Ticket" }
branch_name = { column = "Store" }
[purchase.payment_rows]
file = "pay.csv"
key = ["Shop", "Number"]
[purchase.payment_rows.fields]
type = { column = "How", as = "lower" }
total = { column = "Sum", as = "decimal" }
"""


def rules(tmp_path: Path, text: str = RULES) -> Mapping:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return Mapping.load(path)


async def read(tmp_path: Path, data: str | bytes, text: str = RULES) -> list[Record]:
    path = tmp_path / "t.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    source = CsvFile(path, rules(tmp_path, text), Entity.PURCHASE)
    source.check()
    return [record async for record in source]


async def one(tmp_path: Path, row: str, text: str = RULES) -> Any:
    (record,) = await read(tmp_path, f"{HEADER}\n{row}\n", text)
    return record.refusal or record.raw


async def test_every_kind_of_origin(tmp_path: Path) -> None:
    found = await one(tmp_path, ROW)

    assert found == {
        "invoice_number": "S-1", "email": "ana@x.com", "metadata": {"day": "2020-03-02", "gift": True},
        "prices": {"total": Decimal("2.75")},
        "purchase_detail": [{
            "sku": "AB", "quantity": -2, "unit_price": Decimal("1.50"), "category": ["Ropa", "Remera"],
            "specifications": [{"name": "Kind", "value": "Top"}], "variations": [{"name": "Talle", "value": "M"}],
            "custom_attributes": {"paths": ["Ropa / Remera", "Top"]},
        }],
        "payment": [{"type": "credit", "brand": "visa", "total": Decimal("2.75")}],
    }  # fmt: skip
    assert isinstance(PurchaseShape(262_144).encode(found), Encoded)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (("02/03/2020", "31/02/2020"), "Day", "line 2: expected date, got '31/02/2020'"),
        ((",Sí", ",perhaps"), "Gift", "line 2: expected bool, got 'perhaps'"),
        (("0.25", ""), "Off", "line 2: is empty, but a sum needs it"),
        (("1.50", "1." + "5" * 80), "Qty", "line 2: has more digits than can be added exactly"),
    ],
)
async def test_a_cell_that_cannot_be_read_names_column_and_line(
    tmp_path: Path, change: tuple[str, str], field: str, said: str
) -> None:
    refusal = await one(tmp_path, ROW.replace(*change, 1))

    assert isinstance(refusal, Rejected)
    assert any(reason.path == field and reason.message.startswith(said) for reason in refusal.reasons)


async def test_a_template_with_an_empty_cell_is_absent(tmp_path: Path) -> None:
    assert "invoice_number" not in await one(tmp_path, ROW.replace("S,1", ",1"))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
     (codecs.BOM_UTF32_LE, "utf-32-le")],
)  # fmt: skip
async def test_a_byte_order_mark_overrides_the_encoding_of_the_mapping(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    data = mark + f"{HEADER}\n{ROW.replace('Ropa', 'Niños')}\n".encode(encoding)

    (record,) = await read(tmp_path, data, RULES.replace("[csv]", '[csv]\nencoding = "latin-1"'))

    assert record.raw["purchase_detail"][0]["category"][0] == "Niños"


async def test_utf_16_without_a_mark_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"t\.csv has NUL bytes, so it is not text in utf-8-sig: set csv\.encoding"):
        await read(tmp_path, f"{HEADER}\n{ROW}\n".encode("utf-16-le"))


async def test_an_early_nul_refuses_its_group_only(tmp_path: Path) -> None:
    found = await read(tmp_path, f"{HEADER}\n" + ROW.replace("AB", "A\0B") + "\n" + ROW.replace("S,1", "S,2"))

    assert [record.refusal is None for record in found] == [False, True]


async def test_a_late_nul_refuses_its_group_only(tmp_path: Path) -> None:
    rows = "\n".join(ROW.replace("S,1", f"S,{number}") for number in range(2, 90))
    found = await read(tmp_path, f"{HEADER}\n{rows}\n" + ROW.replace("AB", "A\0B"))

    assert [record.refusal is None for record in found] == [True] * 88 + [False]
    assert found[-1].refusal is not None
    assert "has a NUL character" in str(found[-1].refusal.reasons[0])


async def test_another_quote_and_none_at_all(tmp_path: Path) -> None:
    quoted = RULES.replace("[csv]", '[csv]\nquote = "\'"')
    assert (await one(tmp_path, ROW.replace("Top", "'Top, \"A\"'"), quoted))["purchase_detail"][0][
        "specifications"
    ] == [{"name": "Kind", "value": 'Top, "A"'}]
    none = RULES.replace("[csv]", '[csv]\nquote = ""')
    assert (await one(tmp_path, ROW.replace("Top", '"Top'), none))["purchase_detail"][0]["specifications"] == [
        {"name": "Kind", "value": '"Top'}
    ]


async def test_a_wrong_delimiter_is_recognized(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="its columns are separated by ';': set csv.delimiter"):
        await read(tmp_path, f"{HEADER}\n{ROW}\n".replace(",", ";"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('{ column = "Store", sum = ["Qty"] }', "exactly one of"),
        ('{ constant = 1, split = "/" }', "split can only be used with column"),
        ('{ column = "Store", minus = ["Off"] }', "minus and absolute can only be used with sum"),
        ('{ template = "{Store" }', "expected '}'"),
        ('{ column = "Store", lookup = "none" }', r"no table \[lookups.none\]"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(tmp_path: Path, rule: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        rules(tmp_path, RULES.replace('{ column = "Code" }', rule, 1))


def test_payments_come_from_one_place(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="payment is in fields and in payments"):
        rules(tmp_path, RULES.replace("email =", '"payment.type" = { constant = "cash" }\nemail ='))


class TestPaymentsOfAnotherFile:
    async def read(self, tmp_path: Path, *rows: str) -> list[Record]:
        (tmp_path / "pay.csv").write_text("\n".join(["Shop,Number,How,Sum", *rows]) + "\n")
        return await read(tmp_path, "Store,Ticket\nS,1\nS,2\nT,1\n", JOINED)

    async def test_each_row_with_the_key_is_one_payment(self, tmp_path: Path) -> None:
        found = await self.read(tmp_path, "S,1,Credit,5", "T,1,Cash,1", "S,1,Cash,2.5", "S,9,Cash,1")

        assert [record.raw.get("payment") for record in found] == [
            [{"type": "credit", "total": Decimal(5)}, {"type": "cash", "total": Decimal("2.5")}],
            None,
            [{"type": "cash", "total": Decimal(1)}],
        ]

    async def test_a_bad_row_refuses_its_purchase_only(self, tmp_path: Path) -> None:
        found = await self.read(tmp_path, "S,1,Credit,five", "S,2,Cash", "T,1,Cash,1")

        assert [[str(reason) for reason in record.refusal.reasons] if record.refusal else [] for record in found] == [
            ["payment.Sum: pay.csv: line 2: expected decimal, got 'five'"],
            ["payment: pay.csv:3 has 3 columns, the header has 4"],
            [],
        ]

    async def test_a_missing_column_or_file_is_an_error_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"cannot read .*pay\.csv"):
            await read(tmp_path, "Store,Ticket\nS,1\n", JOINED)
        (tmp_path / "pay.csv").write_text("Shop,Number,How\n")
        with pytest.raises(SourceError, match=r"pay\.csv has no column 'Sum'"):
            await read(tmp_path, "Store,Ticket\nS,1\n", JOINED)

    def test_its_key_has_as_many_columns_as_that_of_the_purchase(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="payment_rows.key: needs 2 columns"):
            rules(tmp_path, JOINED.replace('["Shop", "Number"]', '["Shop"]'))


async def test_a_file_of_more_groups_than_are_remembered_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "_MOST_GROUPS", 50)
    keys = [number for number in range(100) for _ in range(3)]
    random.Random(7).shuffle(keys)
    data = "\n".join([HEADER, *(ROW.replace("S,1", f"S,{key}") for key in keys)])

    found = await read(tmp_path, data)

    assert {record.raw["invoice_number"]: record.rows for record in found} == {f"S-{key}": 3 for key in range(100)}


def test_the_mappings_of_the_page_are_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    blocks = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]

    assert len([rules(tmp_path, block) for block in blocks if "[purchase]" in block]) == 5
