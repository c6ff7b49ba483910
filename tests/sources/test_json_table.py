"""JSON documents through a mapping."""

from __future__ import annotations

import gzip
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.mapped import load, outcome, records
from woowup_async._flow import Entity, Record
from woowup_async.errors import SourceError
from woowup_async.sources import json_documents, open_source
from woowup_async.sources.tables import table_file

TEXT = """
[json]
{json}
[csv]
decimal = "{decimal}"
datetime = "iso"
[purchase]
key = ["id"]
first_row_only = ["total"]
[purchase.fields]
invoice_number = {{ column = "id" }}
email = {{ column = "customer.email" }}
createtime = {{ column = "at", as = "datetime" }}
"prices.total" = {{ column = "total", as = "decimal", divide = 100 }}
"prices.shipping" = {{ column = "totals[id=Shipping].value", as = "decimal" }}
[purchase.lines]
sku = {{ first_of = ["items[].sku", "items[].id"] }}
quantity = {{ column = "items[].quantity", as = "int" }}
unit_price = {{ column = "items[].price", as = "decimal" }}
variations = {{ pairs = {{ Color = "items[].attributes[0].value" }} }}
"custom_attributes.gift" = {{ column = "items[].gift", as = "bool" }}
"""


def text(json: str = "", decimal: str = ".") -> str:
    return TEXT.format(json=json, decimal=decimal)


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "customer": {"email": "a@b.co"}, "at": "2026-01-02T03:04:05.1234567-03:00", "total": 106714,
        "totals": [{"id": "Shipping", "value": "0.10"}],
        "items": [
            {"sku": "A1", "quantity": "2", "price": 9.90, "attributes": [{"value": "red"}], "gift": False},
            {"sku": None, "id": 77, "quantity": 1, "price": 0, "attributes": []},
        ],
    } | more  # fmt: skip


async def read(path: Path, mapping: str = "") -> list[Record]:
    return await records(path, mapping or text())


EXPECTED = {
    "invoice_number": "7", "email": "a@b.co", "createtime": "2026-01-02 06:04:05",
    "prices": {"total": Decimal("1067.14"), "shipping": Decimal("0.10")},
    "purchase_detail": [
        {"sku": "A1", "quantity": 2, "unit_price": Decimal("9.9"), "variations": [{"name": "Color", "value": "red"}],
         "custom_attributes": {"gift": False}},
        {"sku": "77", "quantity": 1, "unit_price": Decimal(0)},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("o.jsonl", json.dumps(order(7))),
        ("o.json", json.dumps([order(7)])),
        ("o.json", json.dumps(order(7), indent=1)),
        ("o.json", "\ufeff" + json.dumps([order(7)], indent=2)),
        ("o.json", "\ufeff" + json.dumps(order(7), indent=2)),
        ("o.ndjson", "\n\n" + json.dumps(order(7)) + "\n"),
    ],
)
async def test_every_form_gives_the_same_record(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    (record,) = await read(path)
    assert (record.raw, record.rows, record.refusal) == (EXPECTED, 2, None)


async def test_a_list_inside_a_document(tmp_path: Path) -> None:
    path = tmp_path / "o.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"data": {"orders": [order(7), order(8)]}, "next": None}).encode()))
    found = await read(path, text('records = "data.orders"'))
    assert [(str(record.position), record.raw["invoice_number"]) for record in found] == [
        ("o.json.gz:1", "7"), ("o.json.gz:2", "8"),
    ]  # fmt: skip
    with pytest.raises(SourceError, match="has no list at 'orders', which json.records names"):
        await read(path, text('records = "orders"'))


@pytest.mark.parametrize(
    ("content", "more"), [("", ""), ("\n", ""), ("[]", ""), ('{"orders": [], "n": 0}', 'records = "orders"')]
)
async def test_a_day_without_orders_is_not_an_error(tmp_path: Path, content: str, more: str) -> None:
    path = tmp_path / "o.json"
    path.write_text(content)
    assert await read(path, text(more)) == []


async def test_several_documents_and_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(order(1), indent=1) + "\n" + json.dumps(order(2), indent=1))
    (folder / "b.json").write_text(json.dumps(order(3), indent=1))
    (folder / "notes.md").write_text("no")
    found = await read(folder)
    assert [record.raw["invoice_number"] for record in found] == ["1", "2", "3"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SourceError, match="has no file that can be read"):
        open_source(empty, Entity.PURCHASE, load(text()))


async def test_a_line_that_is_broken_refuses_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(f'{json.dumps(order(1))}\n{{"id": 2\n[1]\n{{"x": 1}}\n{json.dumps(order(5, total="many"))}\n')
    first, *others = await read(path)
    assert first.refusal is None
    assert [outcome(record) for record in others] == [
        ["line 2: is not JSON: Input data was truncated"],
        ["line 3: is not a JSON object"],
        ["line 4: has no value at any path of the mapping"],
        ["total: line 5: expected decimal, got 'many'"],
    ]


async def test_a_line_that_is_too_long_refuses_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_documents, "MAX_LINE_BYTES", 1_000)
    path = tmp_path / "o.jsonl"
    path.write_text("\n".join(map(json.dumps, [order(1), order(2, note="x" * 3_000), order(3)])))
    found = await read(path)
    assert [record.refusal is None for record in found] == [True, False, True]
    assert outcome(found[1]) == ["line 2: the line is longer than 1,000 bytes"]


async def test_an_array_that_is_cut_short_ends_the_run(tmp_path: Path) -> None:
    path = tmp_path / "o.json"
    path.write_text(json.dumps([order(number) for number in range(300)])[:-40])
    with pytest.raises(SourceError, match=r"o\.json is not JSON \(.*\); what was read of it is settled"):
        await read(path)


async def test_a_misspelt_path_is_an_error_at_once(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps(order(1)))
    with pytest.raises(SourceError, match="no document has 'costumer', .*did you mean 'customer'"):
        await read(path, text().replace("customer.email", "costumer.email"))
    with pytest.raises(SourceError, match="no document has 'nothing', .*they have at, customer, id, items"):
        await read(path, text().replace("customer.email", "nothing.email"))
    optional = text().replace('key = ["id"]', 'key = ["id"]\noptional = ["nothing.email"]')
    (record,) = await read(path, optional.replace("customer.email", "nothing.email"))
    assert "email" not in record.raw


async def test_one_order_twice_is_one_record_if_it_is_equal(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    lines = [order(1), order(2), order(1), order(2, total=5)]
    path.write_text("\n".join(map(json.dumps, lines)))
    one, two = await read(path)
    assert len(one.raw["purchase_detail"]) == 2
    assert [notice.message for notice in one.notices if notice.kind == "repeated_document"] == ["line 3 repeats line 1"]
    assert outcome(two) == ["lines 2 and 4 have the same key and different contents"]


async def test_an_order_without_items_has_one_empty_line(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps(order(1, items=[])))
    (record,) = await read(path)
    assert record.raw["purchase_detail"] == [{}]


async def test_numbers_have_the_decimal_mark_of_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps(order(7, totals=[{"id": "Shipping", "value": "1.000,5"}])))
    (record,) = await read(path, text(decimal=","))
    assert record.raw["prices"] == {"total": Decimal("1067.14"), "shipping": Decimal("1000.5")}
    assert record.raw["purchase_detail"][0]["unit_price"] == Decimal("9.9")


async def test_money_keeps_every_digit(tmp_path: Path) -> None:
    for name, wrapped in (("o.jsonl", "{0}"), ("o.json", "[{0}]")):
        path = tmp_path / name
        raw = (
            json.dumps(order(7)).replace("9.9", "0.12345678901234567890").replace('"id": 7,', '"id": 2000016796107272,')
        )
        path.write_text(wrapped.format(raw))
        (record,) = await read(path)
        assert record.raw["invoice_number"] == "2000016796107272"
        assert record.raw["purchase_detail"][0]["unit_price"] == Decimal("0.12345678901234567890")


async def test_users_come_from_the_same_documents(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps(order(7)))
    mapping = text() + '\n[user]\nfrom = "purchase"\n'
    (record,) = await records(path, mapping, Entity.USER)
    assert record.raw == {"email": "a@b.co"}


def test_json_is_only_mapped_if_the_mapping_says_so(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text("{}")
    plain = '[purchase]\nkey = ["id"]\n[purchase.fields]\ninvoice_number = { column = "id" }\n'
    with pytest.raises(SourceError, match=r"add a table \[json\] to it if its columns are paths"):
        open_source(path, Entity.PURCHASE, load(plain))
    with pytest.raises(SourceError, match="cannot come from standard input"):
        open_source("-", Entity.PURCHASE, load(text()))


def test_without_the_extra_an_array_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ijson", None)
    path = tmp_path / "o.json"
    path.write_text("[]")
    with pytest.raises(SourceError, match=r"needs an extra: pip install 'woowup_async\[json\]'"):
        open_source(path, Entity.PURCHASE, load(text()))


def test_a_file_that_is_not_json(tmp_path: Path) -> None:
    path = tmp_path / "o.json"
    path.write_text("id;total")
    with pytest.raises(SourceError, match=r"o\.json is not JSON: it begins with neither { nor \["):
        open_source(path, Entity.PURCHASE, load(text()))


def test_an_array_is_streamed(tmp_path: Path) -> None:
    """The first record comes before the end of the file is read, which is damaged."""
    path = tmp_path / "o.json"
    path.write_text(json.dumps([order(number) for number in range(2_000)])[:-9])
    table = table_file(path, load(text()), Entity.PURCHASE)._table
    rows = table.rows(len(table.header()))
    assert [next(rows).line for _ in range(4)] == [1, 1, 2, 2]
    rows.close()


class TestDocumentsInsideADocument:
    """A mapping that names several places reads the answer of an API as it comes, and its records alone."""

    RECORDS = 'records = ["orders", "data.items", "order", "items", ""]'

    async def ids(self, path: Path, content: str) -> list[str]:
        path.write_text(content, encoding="utf-8")
        found = await read(path, text(self.RECORDS))
        assert all(record.refusal is None for record in found), found
        return [record.raw["invoice_number"] for record in found]

    @pytest.mark.parametrize("indent", [None, 1])
    async def test_each_shape(self, indent: int | None, tmp_path: Path) -> None:
        one, two = order(1), order(2)
        path = tmp_path / "o.json"
        for document, ids in (
            ({"orders": [one, two]}, ["1", "2"]),
            ({"page": {"of": 3}, "orders": [one]}, ["1"]),
            ({"data": {"items": [one, two]}}, ["1", "2"]),
            ({"order": one}, ["1"]),
            ({"items": [one, two], "total_count": 2}, ["1", "2"]),  # an order has items, too
            ({"orders": []}, []),
            ([one, two], ["1", "2"]),
            (one, ["1"]),
        ):
            assert await self.ids(path, json.dumps(document, indent=indent)) == ids
        assert await self.ids(path, f"{json.dumps(one)}\n{json.dumps(two)}\n") == ["1", "2"]
        assert await self.ids(path, f'{{"orders": [{json.dumps(one)}]}}\n{{"orders": [{json.dumps(two)}]}}') == [
            "1",
            "2",
        ]

    async def test_a_member_that_is_no_container_is_none_of_these(self, tmp_path: Path) -> None:
        path = tmp_path / "o.json"
        for indent in (None, 1):
            assert await self.ids(path, json.dumps(order(1, orders=3, order="x"), indent=indent)) == ["1"]

    async def test_documents_that_fit_nowhere(self, tmp_path: Path) -> None:
        path = tmp_path / "o.json"
        path.write_text('{"orders": [{"nr": 1}]}')
        with pytest.raises(SourceError, match="no document has 'id', which the mapping names: they have orders"):
            await read(path, text(self.RECORDS))
        with pytest.raises(SourceError, match="has none of data, orders.list, which json.records names"):
            await read(path, text('records = ["data", "orders.list"]'))

    async def test_what_is_not_json_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "o.json"
        path.write_text('{"orders": [\n{"id": 1}, oops', encoding="utf-8")
        with pytest.raises(SourceError, match="is not JSON"):
            await read(path, text(self.RECORDS))
