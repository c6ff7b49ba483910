"""Drafts of whole files: the exports of the shop systems, and files that are odd in other ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources.drafting import draft_of
from woowup_async.sources.drafting.trial import tried
from woowup_async.sources.mapping import Mapping

SAMPLES = Path(__file__).parents[2] / "samples" / "exports"
EXPORTS = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md")


def _draft(path: Path, text: str) -> Any:
    path.write_text(text, encoding="utf-8")
    return draft_of(path, None, 1_000)


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_every_record_of_an_export_fits_its_draft(path: Path) -> None:
    found = draft_of(path, None, 1_000)
    assert found.contents == ("customers" if "customers" in path.stem else "orders")
    for tally in found.tallies:
        assert tally.records == tally.fitting > 0, tally.misfits


#: Of the first order of each export: number, time, total, and the lines.
_ORDERS = {
    "nuvemshop": ("801", "2026-02-28 21:15:00", "102.00", [("SAB-1", 2, "45.05")]),
    "tiendanube": ("501", "2025-12-31 22:45:10", "13000.00",
                   [("REM-A-L", 1, "12300.50"), ("Bolsa-nandu", 2, "0.00")]),
    "shopify": ("#2001", "2026-03-02 02:30:05", "54.50", [("GOR-R", 1, "20.00"), ("Media-larga", 3, "10.00")]),
    "woocommerce": ("9001", "2026-03-01 20:15:00", "2060.00", [("SIL-1", 2, "1000.00"), ("Cojin-azul", 1, "50.00")]),
    "mercadolibre": ("2000099900000001", "2026-03-09 08:05:00", "29970", [("Cuaderno-A5", 3, "9990")]),
    "magento": ("000000071", "2026-03-01 23:05:07", "220.0000", [("order", 1, "220.0000")]),
    "vtex-json": ("v900001-01", "2026-03-01 23:30:05", "230.1", [("CAD-1", 2, "110")]),
    "prestashop-json": ("41", "2026-03-01 23:30:05", "107.350000", [("20", 2, "49.999999")]),
}  # fmt: skip


@pytest.mark.parametrize("name", _ORDERS)
def test_the_first_order_of_an_export(name: str) -> None:
    path = next(path for path in EXPORTS if path.stem == name)
    mapping = Mapping.parse(draft_of(path, None, 1_000).text, "draft")
    first = next(tried(path, mapping, Entity.PURCHASE, 100)).sent
    assert first is not None
    lines = [(line["sku"], line["quantity"], str(line["unit_price"])) for line in first["purchase_detail"]]
    assert (first["invoice_number"], first["createtime"], str(first["prices"]["total"]), lines) == _ORDERS[name]


def test_amounts_in_cents_and_an_envelope(tmp_path: Path) -> None:
    order = {"orderId": "v-1", "creationDate": "2026-03-01T23:30:05Z", "value": 23_010,
             "client": {"email": "ana@example.com"}, "items": [{"id": "7", "name": "Silla", "quantity": 2,
             "price": 11_505}]}  # fmt: skip
    found = _draft(tmp_path / "f.json", json.dumps({"list": [order], "paging": {"total": 1}}))
    assert any("are read as cents" in problem for problem in found.problems)
    mapping = Mapping.parse(found.text, "draft")
    assert mapping.json is not None
    assert mapping.json.records == "list"
    (only,) = tried(tmp_path / "f.json", mapping, Entity.PURCHASE, 10)
    assert only.sent is not None
    assert (str(only.sent["prices"]["total"]), str(only.sent["purchase_detail"][0]["unit_price"])) == (
        "230.1",
        "115.05",
    )


def test_a_field_that_the_sample_disproves_is_commented_out(tmp_path: Path) -> None:
    rows = [f"{n},c{n}@x.co,{'31/12/2090' if n < 3 else '25/01/1990'}" for n in range(9)]
    found = _draft(tmp_path / "f.csv", "\n".join(("Código,Mail,Fecha de nacimiento", *rows)))
    assert [(tally.records, tally.fitting) for tally in found.tallies] == [(9, 9)]
    assert "# birthdate = " in found.text
    assert "3 of 9 records could not be sent with it" in found.text


def test_what_does_not_fit_is_counted_in_the_text(tmp_path: Path) -> None:
    rows = ["Pedido,Fecha,Mail,SKU,Cantidad,Precio", *(f"{n},2026-01-02,c{n}@x.co,A-{n},1,9.50" for n in range(9))]
    found = _draft(tmp_path / "f.csv", "\n".join((*rows, "10,2026-01-32,x@x.co,A-1,1,9.50")))
    assert "# 9 of 10 orders of the sample fit:\n#   1 does not: Fecha: expected datetime" in found.text
    assert "from the whole file, 10 rows" in found.text


def test_a_missing_identifier_is_commented_out(tmp_path: Path) -> None:
    found = _draft(tmp_path / "f.csv", "Ticket,Fecha,SKU,Cantidad,Precio\n1,2026-01-02,A-1,1,9.50\n")
    assert '# email = { column = "MAIL", case = "lower" }' in found.text
    assert found.tallies[0].fitting == 0
    assert found.problems[0].startswith("no column identifies customers: write one")


def test_files_that_do_not_show_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"not clear if these are orders or customers \(a, b\): add --purchases"):
        _draft(tmp_path / "f.csv", "a,b\n1,2\n")
    with pytest.raises(SourceError, match="no column looks like a field of orders"):
        draft_of(tmp_path / "f.csv", "orders", 10)
    with pytest.raises(SourceError, match="no column looks like a field of customers"):
        draft_of(tmp_path / "f.csv", "customers", 10)
