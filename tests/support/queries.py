"""Mappings with a query, and databases for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from woowup_async._flow import Record
from woowup_async.sources import Entity, Mapping, SqlQuery

RULES = """
[sql]
url_env = "SHOP_DB"
query = "{query}"
{sql}
[user]
key = ["mail"]
[user.fields]
email = {{ column = "mail" }}
[purchase]
key = ["number"]
{purchase}
[purchase.fields]
invoice_number = {{ column = "number" }}
email = {{ column = "mail" }}
createtime = {{ column = "at", as = "datetime" }}
"prices.total" = {{ column = "total", as = "decimal" }}
[purchase.lines]
sku = {{ column = "sku" }}
quantity = {{ column = "qty", as = "int" }}
unit_price = {{ column = "price", as = "decimal" }}
"""
DAY = "2026-01-01 10:00:00"
COLUMNS = "number, mail, at, total, sku, qty, price, updated_at"


def written(tmp_path: Path, query: str = f"SELECT {COLUMNS} FROM orders", sql: str = "", purchase: str = "") -> Path:
    path = tmp_path / "orders.toml"
    path.write_text(RULES.format(query=query, sql=sql, purchase=purchase), encoding="utf-8")
    return path


def mapping(tmp_path: Path, **parts: str) -> Mapping:
    return Mapping.load(written(tmp_path, **parts))


def order(
    number: int, *, updated: str = "2026-01-01 10:00:00", mail: str = "ana@example.com", **more: Any
) -> tuple[Any, ...]:
    """Return one row of an order with the columns of `COLUMNS`."""
    own = {"at": DAY, "total": "19.50", "sku": "AA", "qty": 2, "price": "9.75"} | more
    return (f"F-{number}", mail, *own.values(), updated)


def sqlite(tmp_path: Path, rows: Sequence[tuple[Any, ...]]) -> str:
    """Write a database with one table of orders, and return its URL."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS orders ({COLUMNS})")
        database.executemany(f"INSERT INTO orders VALUES ({', '.join('?' * 8)})", rows)
    return f"sqlite:///{path}"


def change(tmp_path: Path, statement: str, *values: object) -> None:
    """Change the database of `sqlite`."""
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        database.execute(statement, values)


async def read(source: Any) -> list[Record]:
    return [record async for record in source]


def purchases(url: str, rules: Mapping, **options: Any) -> SqlQuery:
    assert rules.sql is not None
    return SqlQuery(url, rules.sql.query, rules, entity=Entity.PURCHASE, **options)
