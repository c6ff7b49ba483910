"""A query with a watermark: the next run reads only changed rows and loses none."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import Server
from tests.support.queries import change, mapping, order, purchases, read, sqlite
from woowup_async import IngestPolicy, RateLimit, Report, WoowUp, WoowUpError
from woowup_async.cleaning import Cleaner
from woowup_async.sources import CleanedSource, Entity, SqlQuery
from woowup_async.testing import Simulator

TRUSTING = IngestPolicy(unknown_users="trust")
MARKED = {"sql": "watermark = 'updated_at'"}


@asynccontextmanager
async def account(ingest: IngestPolicy = IngestPolicy()) -> AsyncGenerator[tuple[Simulator, WoowUp]]:
    limit = RateLimit(limit=10_000)
    async with (
        Simulator(rate_limit=limit) as simulator,
        WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit, ingest=ingest) as woowup,
    ):
        yield simulator, woowup


def users() -> list[dict[str, str]]:
    return [{"email": "ana@example.com"}]


async def test_the_next_run_reads_from_the_watermark_on(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(n, updated=f"2026-01-0{n} 10:00:00") for n in (1, 2, 3)])
    rules, journal = mapping(tmp_path, **MARKED), tmp_path / "j"
    async with account() as (simulator, woowup):
        first = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)
        sqlite(tmp_path, [order(4, updated="2026-01-03 10:00:00"), order(5, updated="2026-01-05 10:00:00")])
        second = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)
        third = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)

    assert first.purchases.submitted == 3
    assert second.purchases.submitted == 3  # 3 has the same value as the boundary, and is unchanged
    assert second.purchases.effects["unchanged"] == 1
    assert third.purchases.submitted == 1
    assert len(simulator.purchases) == 5


async def test_all_rows_of_a_changed_order_are_read(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(1, sku="AA"), order(1, sku="BB"), order(2), order(3, updated="2026-01-02 10:00:00")])
    rules, journal = mapping(tmp_path, **MARKED), tmp_path / "j"
    async with account() as (simulator, woowup):
        await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)
        change(tmp_path, "UPDATE orders SET qty = 5, updated_at = '2026-01-04 10:00:00' WHERE sku = 'BB'")
        report = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)

    assert report.purchases.submitted == 2
    stored = {purchase["invoice_number"]: purchase for purchase in simulator.purchases.values()}
    assert [(line["sku"], line["quantity"]) for line in stored["F-1"]["purchase_detail"]] == [("AA", 2), ("BB", 5)]


async def test_rows_without_a_value_or_a_number_are_read_each_time(tmp_path: Path) -> None:
    rows: list[tuple[Any, ...]] = [order(1), order(2, updated="2026-01-05 10:00:00"), (*order(3)[:-1], None)]
    source = purchases(sqlite(tmp_path, rows), mapping(tmp_path, **MARKED))
    await read(source)
    source.begin(source.reached())
    change(tmp_path, "INSERT INTO orders (number, updated_at) VALUES (NULL, '2026-01-06 10:00:00')")

    found = await read(source)

    names = [record.raw.get("invoice_number") if record.refusal is None else None for record in found]
    assert names == ["F-2", "F-3", None]
    assert 'has no "number"' in str(found[2].refusal)  # it shows nothing about the order before it


async def test_a_run_that_did_not_finish_does_not_move_the_watermark(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(n, updated=f"2026-01-0{n} 10:00:00") for n in (1, 2, 3)])
    rules, journal = mapping(tmp_path, **MARKED), tmp_path / "j"
    async with account() as (simulator, woowup):
        async with woowup.outcomes(users=users(), purchases=purchases(url, rules), journal=journal) as outcomes:
            async for _ in outcomes:
                outcomes.drain()
        assert notes(journal) == {}
        report = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)

    assert report.purchases.submitted == 3
    assert len(simulator.purchases) == 3
    assert list(notes(journal).values()) == [
        '{"source":"query","column":"updated_at","kind":"str","value":"2026-01-03 10:00:00"}'
    ]


async def test_an_unconfirmed_purchase_is_read_again(tmp_path: Path) -> None:
    """Its row does not change when its customer is created later."""
    rows = [
        order(1),
        order(2, updated="2026-01-02 10:00:00", mail="leo@example.com"),
        order(3, updated="2026-01-03 10:00:00"),
    ]
    url, journal, rules = sqlite(tmp_path, rows), tmp_path / "j", mapping(tmp_path, **MARKED)
    async with account(TRUSTING) as (simulator, woowup):
        first = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)
        everyone = [*users(), {"email": "leo@example.com"}]
        second = await woowup.ingest(users=everyone, purchases=purchases(url, rules), journal=journal)
        third = await woowup.ingest(users=everyone, purchases=purchases(url, rules), journal=journal)

    assert first.unconfirmed == 1
    assert second.purchases.submitted == 2
    assert second.unconfirmed == 0
    assert third.purchases.submitted == 1
    assert len(simulator.purchases) == 3


async def test_a_rejected_row_does_not_hold_it_back(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(1, qty="x"), order(2, updated="2026-01-02 10:00:00")])
    rules, journal = mapping(tmp_path, **MARKED), tmp_path / "j"
    async with account() as (_, woowup):
        first = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)
        second = await woowup.ingest(users=users(), purchases=purchases(url, rules), journal=journal)
        other = mapping(tmp_path, **MARKED, purchase="require = ['mail']")
        third = await woowup.ingest(users=users(), purchases=purchases(url, other), journal=journal)

    assert [report.purchases.submitted for report in (first, second, third)] == [2, 1, 2]  # another mapping reads all
    assert first.purchases.rejected == third.purchases.rejected == 1


async def test_without_a_journal_everything_is_read(tmp_path: Path) -> None:
    source = purchases(sqlite(tmp_path, [order(1), order(2)]), mapping(tmp_path, **MARKED))
    async with account() as (_, woowup):
        found = [await woowup.ingest(users=users(), purchases=source) for _ in range(2)]

    assert [report.purchases.submitted for report in found] == [2, 2]


async def test_cleaning_keeps_the_watermark(tmp_path: Path) -> None:
    unknown = order(2, mail="LEO@example.com", updated="2026-01-02")
    url = sqlite(tmp_path, [order(1), unknown, order(3, updated="2026-01-03")])
    journal, rules = tmp_path / "j", mapping(tmp_path, **MARKED)
    async with account(TRUSTING) as (_, woowup):
        found: list[Report] = []
        for _ in range(2):
            source = CleanedSource(purchases(url, rules), Cleaner({"email"}, region=None, today=date(2026, 1, 1)))
            found.append(await woowup.ingest(users=users(), purchases=source, journal=journal))

    assert [(report.purchases.submitted, report.unconfirmed) for report in found] == [(3, 1), (2, 1)]


async def test_records_without_a_mapping(tmp_path: Path) -> None:
    url = sqlite(tmp_path, [order(1), order(2, updated="2026-01-02 10:00:00")])
    source = SqlQuery(url, "SELECT number AS invoice_number, updated_at FROM orders", watermark="updated_at")
    assert len(await read(source)) == 2
    source.begin(source.reached())

    (record,) = await read(source)

    assert b"F-2" in record.raw
    source.hold(record)
    assert "2026-01-02 10:00:00" in (source.reached() or "")


async def test_times_and_numbers_of_postgresql(postgres: Server) -> None:
    postgres.execute(
        "DROP TABLE IF EXISTS moves",
        "CREATE TABLE moves AS SELECT n::text AS invoice_number, n, n::numeric / 4 AS share,"
        " now() + n * interval '1 day' AS at, (now() + n * interval '1 day')::timestamp AS \"Local At\""
        " FROM generate_series(1, 9) AS n",
    )
    for column in ("n", "share", "at", "Local At"):
        source = SqlQuery(postgres.url, "SELECT * FROM moves", watermark=column, timezone="UTC")
        assert len(await read(source)) == 9
        source.begin(source.reached())
        (record,) = await read(source)
        assert b'"invoice_number":"9"' in record.raw


@pytest.mark.slow
async def test_a_lost_connection_ends_the_run_and_the_next_one_continues(postgres: Server, tmp_path: Path) -> None:
    """The server ends the connection in the middle of the purchases, once."""
    lost = "CASE WHEN n = 1500 AND (SELECT is_broken FROM state) THEN pg_terminate_backend(pg_backend_pid()) END"
    postgres.execute(
        "DROP TABLE IF EXISTS state",
        "CREATE TABLE state AS SELECT true AS is_broken",
        f"CREATE OR REPLACE VIEW fragile AS SELECT n, {lost} FROM generate_series(1, 3000) n",
    )
    journal = tmp_path / "j"
    text = """
    SELECT 'F-' || n AS invoice_number, n AS "metadata.n", 'ana@example.com' AS email, 9.5 AS "prices.total",
        '[{"sku": "AA", "quantity": 1, "unit_price": 9.5}]'::jsonb AS purchase_detail
    FROM fragile
    """

    def source() -> SqlQuery:
        return SqlQuery(postgres.url, text, watermark="metadata.n", entity=Entity.PURCHASE)

    async with account() as (simulator, woowup):
        with pytest.raises(
            WoowUpError, match=r"query: the database failed after 1,000 rows, none of which was sent"
        ) as raised:
            await woowup.ingest(users=users(), purchases=source(), journal=journal)
        assert raised.value.__cause__ is None
        assert raised.value.report.users.accepted == 1  # type: ignore[attr-defined]
        assert notes(journal) == {}
        assert postgres.are_closed()
        postgres.execute("UPDATE state SET is_broken = false")
        report = await woowup.ingest(users=users(), purchases=source(), journal=journal)

    assert report.purchases.accepted == 3_000
    assert len(simulator.purchases) == 3_000
    assert '"value":"3000"' in next(iter(notes(journal).values()))


def notes(journal: Path) -> dict[str, str]:
    with closing(sqlite3.connect(journal)) as database:
        return dict(database.execute("SELECT name, value FROM notes"))
