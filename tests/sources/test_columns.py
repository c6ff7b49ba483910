"""Names of columns, and the other names that an export may have for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mapped import load, mapped, records
from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources.columns import folded, places, renamed

TEXT = """
[columns]
"Order" = ["Pedido", "Nº de pedido"]
"Total" = ["Total (*)"]
[purchase]
key = ["Order"]
[purchase.fields]
invoice_number = { column = "Order" }
email = { column = "Mail" }
"prices.total" = { column = "Total", as = "decimal" }
"""


@pytest.mark.parametrize(
    "name", ["Order", "ORDER", " order", "Pedido", "pédido", "nº  de pedido", "N\u00ba de Pedido\u200b"]
)
async def test_a_column_may_have_other_names(name: str, tmp_path: Path) -> None:
    (order,) = await mapped(tmp_path, f"Mail,{name},Total (ARS)\na@b.co,7,1.50\n", TEXT)
    assert (order["invoice_number"], str(order["prices"]["total"])) == ("7", "1.50")


def test_the_first_name_that_fits_one_column_counts() -> None:
    others = {"A": ["B", "C*"], "Gone": ["X"]}
    assert renamed(["A", "B"], others) == ["A", "B"]
    assert renamed(["c1", "b"], others) == ["c1", "A"]
    assert renamed(["C1", "C2"], others) == ["C1", "C2"]
    assert renamed(["C[1]?"], {"A": ["c[1]?"]}) == ["A"]
    assert folded(" Ñandú\u00a0 X\u200b") == "nandu x"
    assert places(["E", "E"]) == {"E": 0, "E#1": 0, "E#2": 1}
    assert places(["E"]) == {"E": 0, "E#1": 0}


async def test_a_refusal_names_the_column_as_the_file_does(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Mail,Pedido,Total (ARS)\na@b.co,7,free\n", encoding="utf-8")
    (record,) = await records(path, TEXT)
    assert record.refusal is not None
    assert [str(reason) for reason in record.refusal.reasons] == ["Total (ARS): line 2: expected decimal, got 'free'"]
    assert record.raw["rows"] == [{"Mail": "a@b.co", "Pedido": "7", "Total (ARS)": "free"}]


async def test_the_error_names_the_column_of_the_mapping(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no column 'Order', which the mapping names"):
        await mapped(tmp_path, "Mail,Compra,Total\na@b.co,7,1.50\n", TEXT)


def test_other_names_are_for_columns_that_are_read() -> None:
    with pytest.raises(SourceError, match="columns: no rule reads the column 'Order'"):
        load(TEXT.replace('"Order"]', '"Mail"]').replace('column = "Order"', 'column = "Mail"'))
    with pytest.raises(SourceError, match="columns: a path into JSON has no other names: use first_of"):
        load("[json]\n" + TEXT)
    assert load(TEXT).columns_of(Entity.PURCHASE) == ["Order", "Mail", "Total"]


async def test_accents_may_be_written_in_two_ways(tmp_path: Path) -> None:
    text = '[purchase]\nkey = ["Número"]\n[purchase.fields]\ninvoice_number = { column = "Número" }\n'
    for name in ("N\u00famero", "Nu\u0301mero"):
        (order,) = await mapped(tmp_path, f"{name}\n7\n", text)
        assert order == {"invoice_number": "7"}


@pytest.mark.parametrize("name", ["ORDER", "Órder", " order "])
async def test_a_name_in_another_case_is_proposed(tmp_path: Path, name: str) -> None:
    text = '[purchase]\nkey = ["Order"]\n[purchase.fields]\ninvoice_number = { column = "Order" }\n'
    with pytest.raises(SourceError, match=f"no column 'Order', which the mapping names; did you mean '{name.strip()}'"):
        await mapped(tmp_path, f"Mail,{name}\na@b.co,7\n", text)
