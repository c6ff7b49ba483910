"""Orders of a query: they have the number that is sent, and the watermark of their own rows."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.support.queries import COLUMNS, order, purchases, read, sqlite, written
from woowup_async._flow import Record
from woowup_async.outcomes import Rejected
from woowup_async.sources import Chain, CsvFile, Entity, Mapping, SqlQuery
from woowup_async.sources._database import Reading
from woowup_async.sources._query import Query
from woowup_async.sources._query_values import MarkedRecord
from woowup_async.sources._spool import Spool

DAY = "2026-01-0{} 10:00:00"


def rules(folder: Path, *changes: tuple[str, str], sql: str = "", purchase: str = "") -> Mapping:
    text = written(folder, sql=sql, purchase=purchase).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Mapping.parse(text, "orders.toml", folder)


def sent(records: list[Record]) -> list[tuple[str, list[str]]]:
    return [
        (record.raw["invoice_number"], [line["sku"] for line in record.raw["purchase_detail"]])
        for record in records
        if record.refusal is None
    ]


async def test_rows_with_one_number_as_it_is_sent_are_one_order(tmp_path: Path) -> None:
    rows = [order(1, sku="AA"), order(2, sku="BB"), ("f-1", *order(1, sku="CC")[1:])]
    mapping = rules(tmp_path, ('{ column = "number" }', '{ column = "number", case = "upper" }'))
    assert sent(await read(purchases(sqlite(tmp_path, rows), mapping))) == [("F-1", ["AA", "CC"]), ("F-2", ["BB"])]


async def test_bytes_that_are_not_text_refuse_their_whole_order(tmp_path: Path) -> None:
    rows = [order(1, sku="AA"), order(1, sku="BB", qty=b"\xff"), order(2, sku="CC")]
    refused, whole = await read(purchases(sqlite(tmp_path, rows), rules(tmp_path)))
    assert isinstance(refused.refusal, Rejected)
    assert str(refused.refusal.reasons[0]).startswith("line 2: cannot be read")
    assert (refused.rows, whole.raw["invoice_number"]) == (2, "F-2")


async def test_two_orders_with_one_number_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woowup_async.sources._spool._BLOCK_BYTES", 200)
    begun: list[str] = []
    begin = Query.begin

    def counted(query: Query, reading: Reading) -> list[str]:
        begun.append(query.path.name)
        return begin(query, reading)

    monkeypatch.setattr(Query, "begin", counted)
    count = 20
    rows = [order(n, mail=f"{n}@example.com", updated=DAY.format(1 + n % 7)) for n in range(count)]
    rows.append(order(1, mail="eva@example.com", updated=DAY.format(9)))
    mapping = rules(tmp_path, ('key = ["number"]', 'key = ["number", "mail"]'), sql="watermark = 'updated_at'")
    records = await read(purchases(sqlite(tmp_path, rows), mapping))

    assert len(sent(records)) == count - 1
    reasons = [str(record.refusal) for record in records if record.refusal is not None]
    assert len(reasons) == 2
    assert all(f"query:2 and query:{count + 1} have one invoice number" in reason for reason in reasons)
    marks = [record.mark for record in records if isinstance(record, MarkedRecord)]
    assert marks == [row[-1] for row in rows]
    assert begun == ["query"]  # the copied rows are read twice, not the database


async def test_a_row_that_was_only_compared_is_read_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    begin = Query.begin

    def changed(query: Query, reading: Reading) -> list[str]:
        begun.append(query.path.name)
        if len(begun) == 2:  # the rows that are sent have been copied
            sqlite(tmp_path, [order(2, updated=DAY.format(4)), order(3, updated=DAY.format(5))])
        return begin(query, reading)

    monkeypatch.setattr(Query, "begin", changed)
    mapping = rules(tmp_path, sql="watermark = 'updated_at'")
    (tmp_path / "more.csv").write_text(COLUMNS.replace(", ", ",") + "\n", encoding="utf-8")
    source = purchases(sqlite(tmp_path, [order(1, updated=DAY.format(3))]), mapping)

    found = await read(Chain([source, CsvFile(tmp_path / "more.csv", mapping, Entity.PURCHASE)]))
    assert sent(found) == [("F-1", ["AA"])]
    assert begun == ["query", "query"]
    source.begin(source.reached())
    assert [number for number, _ in sent(await read(source))] == ["F-1", "F-2", "F-3"]


async def test_users_of_orders_are_read_with_all_rows_of_a_changed_order(tmp_path: Path) -> None:
    own = 'key = ["mail"]\n[user.fields]\nemail = { column = "mail" }'
    made = 'from = "purchase"\n[user.fields]\nemail = { column = "mail" }\nfirst_name = { column = "sku" }'
    rows = [order(1, sku="Ana"), order(1, sku="Eva", updated=DAY.format(5)), order(2, sku="Paz")]
    mapping = rules(tmp_path, (own, made), sql="watermark = 'updated_at'")
    assert mapping.sql is not None
    source = SqlQuery(sqlite(tmp_path, rows), mapping.sql.query, mapping, entity=Entity.USER)
    assert [record.raw["first_name"] for record in await read(source)] == ["Ana", "Paz"]
    source.begin(source.reached())
    assert [record.raw["first_name"] for record in await read(source)] == ["Ana"]


async def test_payments_of_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Ticket", "How"], ["F-1", "credit"], ["F-2", "cash"]):
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    joined = (
        '[purchase.payment_rows]\nfile = "p.xlsx"\nkey = ["Ticket"]\nfields.type = { column = "How" }\n[purchase.lines]'
    )
    (record,) = await read(purchases(sqlite(tmp_path, [order(1)]), rules(tmp_path, ("[purchase.lines]", joined))))
    assert record.raw["payment"] == [{"type": "credit"}]


async def test_rows_that_the_mapping_leaves_out_and_a_missing_column(tmp_path: Path) -> None:
    steps = 'optional = ["channel"]\nleave_out = [{ column = "qty", matches = "^0", reason = "none", by = "row" }]'
    channel = "createtime", 'channel = { column = "channel", default = "web" }\ncreatetime'
    rows: list[tuple[Any, ...]] = [order(1, sku="AA", qty=0), order(1, sku="BB")]
    (record,) = await read(purchases(sqlite(tmp_path, rows), rules(tmp_path, channel, purchase=steps)))
    assert record.raw["channel"] == "web"
    assert [line["sku"] for line in record.raw["purchase_detail"]] == ["BB"]
    assert "left_out_row" in [notice.kind for notice in record.notices]


def test_two_readers_of_the_copied_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woowup_async.sources._spool._BLOCK_BYTES", 5)
    lines = [b"%d" % number for number in range(50)]
    with closing(Spool()) as spool:
        spool.add(lines)
        read = [(one.strip(), [other.strip() for other in spool.lines()]) for one in spool.lines()]
    assert read == [(line, lines) for line in lines]
