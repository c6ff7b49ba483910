"""Fields of records: identifiers that say nothing, and rows of an order that must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.mapped import mapped

TEXT = """
[purchase]
key = ["Nr"]
[purchase.fields]
invoice_number = {{ column = "Nr" }}
{field}
"""


async def orders(tmp_path: Path, field: str, *rows: str) -> list[Any]:
    return await mapped(tmp_path, "\n".join(["Nr,A,B", *rows, ""]), TEXT.format(field=field))


@pytest.mark.parametrize("word", ["NULL", "nan", "\\N", "None"])
async def test_the_first_that_is_an_identifier_counts(tmp_path: Path, word: str) -> None:
    (order,) = await orders(tmp_path, 'email = { first_of = ["A", "B"] }', f"1,{word},ana@b.co")
    assert order["email"] == "ana@b.co"


@pytest.mark.parametrize("word", ["NULL", "nan", "\\N", "None"])
async def test_a_word_for_a_missing_value_is_no_part_of_an_identifier(tmp_path: Path, word: str) -> None:
    field = 'service_uid = { template = "shop-{A}" }\ndocument = { template = "{B}[-{A}]" }'
    (order,) = await orders(tmp_path, field, f"1,{word},7")
    assert order == {"invoice_number": "1", "document": "7"}


async def test_a_default_replaces_it(tmp_path: Path) -> None:
    (order,) = await orders(tmp_path, 'service_uid = { column = "A", default = "counter" }', "1,NULL,7")
    assert order["service_uid"] == "counter"


async def test_a_name_may_have_such_a_word(tmp_path: Path) -> None:
    (order,) = await orders(tmp_path, 'branch_name = { template = "{A} {B}" }', "1,None,7")
    assert order["branch_name"] == "None 7"


@pytest.mark.parametrize("rows", [("1,-,x", "1,ana@b.co,x"), ("1,ana@b.co,x", "1,-,x")])
async def test_a_word_of_null_agrees_with_anything(tmp_path: Path, rows: tuple[str, ...]) -> None:
    (order,) = await orders(tmp_path, 'email = { column = "A", null = ["-"] }', *rows)
    assert order["email"] == "ana@b.co"


async def test_a_value_that_cannot_be_read_does_not_agree(tmp_path: Path) -> None:
    field = 'createtime = { column = "A", as = "datetime" }'
    (reasons,) = await orders(tmp_path, field, "1,2026-01-01 10:00:00,x", "1,yesterday,x")
    assert "disagree" in reasons[0]


@pytest.mark.parametrize("text", ['"9,01381E+12"', "9.01381E+12", "2E+10", "3.0111222E7"])
@pytest.mark.parametrize(
    "field",
    [
        'service_uid = { column = "A" }', 'service_uid = { column = "A", as = "id" }',
        'document = { column = "A", case = "digits" }', 'telephone = { template = "+{A}" }',
        'email = { first_of = ["A", "B"] }', '"metadata.ean" = { column = "A", as = "id" }',
        '"metadata.code" = { column = "A", as = "sku" }',
    ],
)  # fmt: skip
async def test_an_identifier_that_lost_its_digits_is_refused(tmp_path: Path, field: str, text: str) -> None:
    (found,) = await orders(tmp_path, field, f"1,{text},ana@b.co")
    shown = text.strip('"')
    assert found == [
        f"A: line 2: {shown!r} has lost its digits in a spreadsheet or a float: make the column text there"
    ]


@pytest.mark.parametrize("text", ["1E5", "5E10", "E+12", "9.01381E", "7.5", "1E+X", "9.5E27", "1.25E3"])
async def test_other_codes_are_identifiers(tmp_path: Path, text: str) -> None:
    (order,) = await orders(tmp_path, 'service_uid = { column = "A" }', f"1,{text},")
    assert order["service_uid"] == text


@pytest.mark.parametrize("text", ["'0123", '"=""0123"""', "0123"])
@pytest.mark.parametrize("field", ['telephone = { column = "A" }', 'telephone = { template = "{A}" }'])
async def test_guards_of_spreadsheets_are_no_part_of_an_identifier(tmp_path: Path, field: str, text: str) -> None:
    (order,) = await orders(tmp_path, field, f"{text},{text},x")
    assert order == {"invoice_number": "0123", "telephone": "0123"}
    rows = (f"{text},7,", "0123,7,")
    assert len(await orders(tmp_path, field, *rows)) == 1  # the server would take them for one order
