"""Ledgers on the server of the tests, each in a schema of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import Any

import psycopg
import pytest

from tests.support.postgres import Server
from woowup_async._flow import Entity, Item
from woowup_async._ledger import connections
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async._platform import seconds_since_boot
from woowup_async.budget.dsn import Dsn
from woowup_async.ports import Entry

_numbers = count(1)


@contextmanager
def schema(server: Server) -> Iterator[str]:
    """Yield the address of an empty schema."""
    name = f"ledger_{next(_numbers)}"
    server.execute(f"CREATE SCHEMA {name} AUTHORIZATION shop")
    try:
        yield f"{server.url}&options=-c%20search_path%3D{name}"
    finally:
        server.execute(f"DROP SCHEMA {name} CASCADE")


def process(
    url: str, account: bytes = b"mine", lease: float = 30.0, now: Callable[[], float] = seconds_since_boot
) -> PostgresLedger:
    """Return the ledger of one process that is not open yet."""
    return PostgresLedger(Dsn(url), lambda salt: account, lease=lease, now=now)


@asynccontextmanager
async def opened(url: str, account: bytes = b"mine") -> AsyncIterator[PostgresLedger]:
    """Yield the ledger of one process, in a run."""
    ledger = process(url, account)
    try:
        await ledger.begin([])
        yield ledger
    finally:
        await ledger.aclose()


async def found(ledger: PostgresLedger, key: str, entity: Entity = Entity.PURCHASE) -> Entry | None:
    """Look one record up."""
    (entry,) = await ledger.find(entity, [key])
    return entry


async def taken(ledger: PostgresLedger, *items: Item) -> set[str]:
    """Look items up and claim them. Return the keys that another process has."""
    await ledger.find(Entity.PURCHASE, [each.key for each in items])
    return set(await ledger.claim(Entity.PURCHASE, items))


async def expire(postgres: Server, url: str, ledger: PostgresLedger) -> None:
    """Let the lease of a process end."""
    name = url.rpartition("%3D")[2]
    postgres.execute(
        f"UPDATE {name}.woowup_writer SET until = clock_timestamp() - interval '1 s' WHERE id = {ledger._writer}"
    )


def lose_answer(monkeypatch: pytest.MonkeyPatch, function: str) -> list[Exception]:
    """Lose the next answer to a call of this function of the ledger. What is returned is empty when it was lost."""
    execute, lost = connections._rows, list[Exception]([psycopg.OperationalError("lost")])

    async def lossy(*arguments: Any) -> object:
        rows = await execute(*arguments)
        if lost and function in arguments[1][0]:
            raise lost.pop()
        return rows

    monkeypatch.setattr(connections, "_PAUSE", 0.0)
    monkeypatch.setattr(connections, "_rows", lossy)
    return lost
