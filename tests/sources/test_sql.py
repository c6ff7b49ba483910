"""Queries of SQLite and of a real PostgreSQL: native types become exact records."""

from __future__ import annotations

import json
import pickle
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import Server
from tests.support.queries import change, mapping, order, purchases, read, sqlite, written
from woowup_async.errors import SourceError
from woowup_async.sources import Chain, CsvFile, Entity, Mapping, SqlQuery, open_source
from woowup_async.testing.contract import check_source

TYPES = """
CREATE TABLE IF NOT EXISTS kinds (
    number int, mail char(30), at timestamptz, local timestamp, born date, total numeric(12, 2), sku text,
    qty smallint, price real, updated_at timestamptz, more jsonb, raw bytea, yes boolean, nothing text
)
"""
ROW = """
INSERT INTO kinds VALUES (
    17, 'Ana@example.com', '2026-01-01 22:30:00-03', '2026-01-01 22:30:00', '1990-05-01', 1234567.10, ' A ',
    2, 9.5, '2026-01-02', '{"a": [1]}', 'caf\\303\\251', true, NULL
)
"""
KINDS = """
[csv]
decimal = ","
[purchase]
key = ["number"]
[purchase.fields]
invoice_number = { column = "number" }
email = { column = "mail" }
createtime = { column = "at", as = "datetime" }
approvedtime = { column = "local", as = "datetime" }
"metadata.born" = { column = "born", as = "date" }
"metadata.yes" = { column = "yes", as = "bool" }
"metadata.raw" = { column = "raw" }
"metadata.more" = { column = "more" }
"metadata.nothing" = { column = "nothing" }
"prices.total" = { column = "total", as = "decimal" }
[purchase.lines]
sku = { column = "sku" }
quantity = { column = "qty", as = "int" }
unit_price = { column = "price", as = "decimal" }
"""


@pytest.fixture
def kinds(postgres: Server) -> Server:
    postgres.execute("DROP TABLE IF EXISTS kinds", TYPES, ROW)
    return postgres


def rules(tmp_path: Path, text: str = KINDS) -> Mapping:
    path = tmp_path / "kinds.toml"
    path.write_text(text, encoding="utf-8")
    return Mapping.load(path)


async def test_native_types_of_postgresql(kinds: Server, tmp_path: Path) -> None:
    query = SqlQuery(kinds.url, "SELECT * FROM kinds", rules(tmp_path), timezone="America/Argentina/Buenos_Aires")
    query.check()

    (record,) = await read(query)

    assert record.refusal is None
    assert record.raw == {
        "invoice_number": "17", "email": "Ana@example.com",
        "createtime": "2026-01-02 01:30:00", "approvedtime": "2026-01-02 01:30:00",
        "metadata": {"born": "1990-05-01", "yes": True, "raw": "café", "more": '{"a":[1]}'},
        "prices": {"total": Decimal("1234567.10")},
        "purchase_detail": [{"sku": "A", "quantity": 2, "unit_price": Decimal("9.5")}],
    }  # fmt: skip
    assert str(record.raw["prices"]["total"]) == "1234567.10"
    assert str(record.position) == "query:1"


async def test_a_time_without_a_zone_needs_a_declared_zone(kinds: Server, tmp_path: Path) -> None:
    plain = SqlQuery(kinds.url, "SELECT * FROM kinds", rules(tmp_path))

    with pytest.raises(SourceError, match=r"column 'local' has times without a time zone: set sql\.timezone"):
        await read(plain)

    zoned = KINDS.replace("[csv]", '[csv]\ntimezone = "America/Argentina/Buenos_Aires"')
    (record,) = await read(SqlQuery(kinds.url, "SELECT * FROM kinds", rules(tmp_path, zoned)))
    assert record.raw["approvedtime"] == "2026-01-02 01:30:00"


async def test_a_time_that_python_cannot_hold_refuses_only_its_record(kinds: Server, tmp_path: Path) -> None:
    kinds.execute("INSERT INTO kinds (number, at) VALUES (18, 'infinity'), (19, '0044-03-15 BC')")

    found = await read(SqlQuery(kinds.url, "SELECT * FROM kinds ORDER BY 1", rules(tmp_path), timezone="UTC"))

    assert [record.refusal is None for record in found] == [True, False, False]
    assert "expected datetime, got 'infinity'" in str(found[1].refusal)


async def test_without_a_mapping_each_row_is_a_record(kinds: Server) -> None:
    text = """
    SELECT number::text AS invoice_number, mail AS email, at AS createtime, total AS "prices.total", nothing AS channel,
        local AS approvedtime, jsonb_build_array(jsonb_build_object('sku', sku, 'quantity', qty)) AS purchase_detail
    FROM kinds
    """
    query = SqlQuery(kinds.url, text, timezone="UTC")
    query.check()

    (record,) = await read(query)

    assert json.loads(record.raw, parse_float=str) == {
        "invoice_number": "17", "email": "Ana@example.com", "createtime": "2026-01-02 01:30:00",
        "approvedtime": "2026-01-01 22:30:00", "prices": {"total": "1234567.10"},
        "purchase_detail": [{"sku": " A ", "quantity": 2}],
    }  # fmt: skip
    with pytest.raises(SourceError, match="column 'approvedtime' has times without a time zone"):
        await read(SqlQuery(kinds.url, text))


async def test_bytes_that_are_not_text_refuse_only_their_record(kinds: Server, tmp_path: Path) -> None:
    kinds.execute("INSERT INTO kinds (number, at, raw) VALUES (20, '2026-01-01', '\\xff')")

    mapped = await read(SqlQuery(kinds.url, "SELECT * FROM kinds ORDER BY 1", rules(tmp_path), timezone="UTC"))
    plain = await read(SqlQuery(kinds.url, "SELECT number AS invoice_number, raw AS channel FROM kinds ORDER BY 1"))

    for found in (mapped, plain):
        assert [record.refusal is None for record in found] == [True, False]
        assert "cannot be read" in str(found[1].refusal)


async def test_rows_of_one_order_are_grouped_at_any_place(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(1), order(2), order(1, sku="BB")])

    found = await read(purchases(url, mapping(tmp_path)))

    assert [(record.raw["invoice_number"], record.rows) for record in found] == [("F-1", 2), ("F-2", 1)]
    assert [line["sku"] for line in found[0].raw["purchase_detail"]] == ["AA", "BB"]


async def test_blanks_nulls_and_zero_dates_are_empty(tmp_path: Path) -> None:
    rows = [
        order(1, mail="ana@example.com      ", at=None),
        order(2, at="0000-00-00 00:00:00"),
        order(3, at="0000-00-00", sku="0000-00-00-1"),
    ]

    found = await read(purchases(sqlite(tmp_path, rows), mapping(tmp_path)))

    assert [record.refusal for record in found] == [None, None, None]
    assert [record.raw.get("createtime") for record in found] == [None, None, None]
    assert found[0].raw["email"] == "ana@example.com"
    assert found[2].raw["purchase_detail"][0]["sku"] == "0000-00-00-1"
    plain = "SELECT number AS invoice_number, at AS createtime FROM orders"
    assert [json.loads(record.raw) for record in await read(SqlQuery(sqlite(tmp_path, []), plain))] == [
        {"invoice_number": f"F-{number}"} for number in (1, 2, 3)
    ]


async def test_text_that_is_not_utf8_refuses_only_its_record(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(1), order(2)])
    change(tmp_path, "UPDATE orders SET sku = CAST(X'61FF' AS TEXT) WHERE number = 'F-2'")

    found = await read(purchases(url, mapping(tmp_path)))

    assert found[0].raw["purchase_detail"][0]["sku"] == "AA"
    assert found[1].raw["purchase_detail"][0]["sku"] == "a\udcff"  # the check of the record refuses it


async def test_users_and_purchases_of_one_query(tmp_path: Path) -> None:
    url, both = sqlite(tmp_path, [order(1), order(2)]), mapping(tmp_path)
    assert both.sql is not None

    users = await read(SqlQuery(url, both.sql.query, both, entity=Entity.USER))

    assert [record.raw for record in users] == [{"email": "ana@example.com"}]
    with pytest.raises(SourceError, match="say which by entity="):
        SqlQuery(url, both.sql.query, both)


async def test_payments_from_another_file(tmp_path: Path) -> None:
    (tmp_path / "pay.csv").write_text("Number,How\nF-1,cash\n", encoding="utf-8")
    joined = """
[purchase.payment_rows]
file = "pay.csv"
key = ["Number"]
[purchase.payment_rows.fields]
type = { column = "How" }
"""
    path = written(tmp_path)
    path.write_text(path.read_text() + joined)

    (record,) = await read(purchases(sqlite(tmp_path, [order(1)]), Mapping.load(path)))

    assert record.raw["payment"] == [{"type": "cash"}]


async def test_an_order_in_a_query_and_in_a_file_is_sent_once(tmp_path: Path) -> None:
    url, both = sqlite(tmp_path, [order(1), order(2)]), mapping(tmp_path)
    path = tmp_path / "more.csv"
    head = "number,mail,at,total,sku,qty,price,updated_at\n"
    path.write_text(f"{head}F-2,ana@example.com,2026-01-01 10:00:00,19.50,AA,2,9.75,2026-01-01 10:00:00\n")

    found = await read(Chain([purchases(url, both), CsvFile(path, both, Entity.PURCHASE)]))

    assert [record.raw["invoice_number"] for record in found] == ["F-1", "F-2"]
    assert [notice.kind for notice in found[1].notices] == ["merged_files"]


async def test_a_query_is_a_source_and_can_be_pickled(postgres: Server, tmp_path: Path) -> None:
    await check_source(purchases(sqlite(tmp_path, [order(1), order(2)]), mapping(tmp_path)))
    await check_source(SqlQuery(postgres.url, "SELECT n::text AS invoice_number FROM generate_series(1, 5000) AS n"))
    query: SqlQuery = pickle.loads(pickle.dumps(purchases(sqlite(tmp_path, []), mapping(tmp_path))))
    assert len(await read(query)) == 2


async def test_colons_and_percent_signs_of_a_query_are_not_parameters(postgres: Server) -> None:
    text = "SELECT 'a:b 100% :c'::text AS invoice_number, to_char(now(), 'HH24:MI') AS channel WHERE 'x' LIKE '%x'"

    (record,) = await read(SqlQuery(postgres.url, text))

    assert json.loads(record.raw)["invoice_number"] == "a:b 100% :c"


async def test_the_query_may_be_a_file_next_to_the_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.sql").write_text("-- all of them\nSELECT * FROM orders;", encoding="utf-8")
    monkeypatch.setenv("SHOP_DB", sqlite(tmp_path, [order(1)]))
    path = written(tmp_path, query="orders.sql")

    (record,) = await read(open_source(f"sql:{path}", Entity.PURCHASE))

    assert str(record.position) == "orders.toml:1"
    (tmp_path / "orders.sql").unlink()
    with pytest.raises(SourceError, match=r"cannot read the query .*orders\.sql"):
        open_source(f"sql:{path}", Entity.PURCHASE)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"sql": "watermark = 'at'", "purchase": "fill_down = true"}, "fill_down needs all rows in their order"),
        ({"sql": "watermark = 'gone'"}, "must have the column 'gone', which is its watermark, once"),
        ({"query": "SELECT number FROM orders"}, "query has no column 'mail', which the mapping names"),
        ({"query": "SELECT number, number FROM orders"}, "has the column 'number' twice"),
        ({"query": "SELECT * FROM nowhere"}, "cannot read query: no such table: nowhere"),
        ({"sql": "timezone = 'Mars'"}, "unknown time zone 'Mars'"),
        ({"sql": "url = 'x'"}, "unknown field `url`"),
    ],
)
def test_a_wrong_query_is_refused_before_anything_is_sent(tmp_path: Path, parts: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        purchases(sqlite(tmp_path, []), mapping(tmp_path, **parts)).check()


def test_a_mapping_for_a_query_needs_its_table_and_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_DB", raising=False)
    with pytest.raises(SourceError, match=r"set SHOP_DB to the URL of the database"):
        open_source(f"sql:{written(tmp_path)}", Entity.PURCHASE)
    with pytest.raises(SourceError, match=r"has no table \[sql\]"):
        rules(tmp_path)
        open_source(f"sql:{tmp_path / 'kinds.toml'}", Entity.PURCHASE)
    with pytest.raises(SourceError, match="a query has a mapping of its own"):
        open_source("sql:orders.toml", Entity.PURCHASE, Mapping())


def test_a_repeated_name_without_a_mapping(postgres: Server) -> None:
    with pytest.raises(SourceError, match="has the column 'a' twice"):
        SqlQuery(postgres.url, "SELECT 1 AS a, 2 AS a").check()


def test_a_mapping_without_a_table_for_the_entity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"the mapping has no table \[user\]"):
        SqlQuery(sqlite(tmp_path, []), "SELECT 1", rules(tmp_path), entity=Entity.USER)


async def test_the_mapping_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "databases.md").read_text(encoding="utf-8")
    toml, code = (re.findall(rf"```{kind}[^\n]*\n(.*?)```", page, re.DOTALL)[0] for kind in ("toml", "python"))
    path = tmp_path / "orders.toml"
    path.write_text(toml, encoding="utf-8")
    columns = "SELECT number, mail, at AS created_at, total, sku, qty AS quantity, price, updated_at FROM orders"
    (tmp_path / "orders.sql").write_text(columns, encoding="utf-8")
    monkeypatch.setenv("SHOP_DB", sqlite(tmp_path, [order(1)]))

    (record,) = await read(open_source(f"sql:{path}", Entity.PURCHASE))

    assert record.raw["createtime"] == "2026-01-01 13:00:00"
    assert "SqlQuery(os.environ" in code
