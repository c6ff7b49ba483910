"""A database that cannot be read: one clear error, a closed connection, and no password anywhere."""

from __future__ import annotations

import asyncio
import builtins
import logging
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.postgres import PASSWORD, Server
from tests.support.queries import mapping, order, purchases, read, sqlite
from tests.support.secrets import places_of
from woowup_async.errors import SourceError
from woowup_async.sources import SqlQuery

SLOW = "SELECT pg_sleep(30)::text AS invoice_number"


def error_of(query: SqlQuery) -> SourceError:
    with pytest.raises(SourceError) as raised:
        query.check()
    return raised.value


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("?host=", "?port=1&host="),
        lambda url: url.replace("/postgres?", "/nowhere?"),
        lambda url: url.replace("//shop:", "//nobody:"),
        lambda url: url.replace("postgresql:", "nosql:"),
        lambda url: url.replace("postgresql:", "postgresql+nodriver:"),
        lambda url: f"{url}&unknown_option={PASSWORD}",
        lambda url: url.replace("@/", "@localhost:no/"),
        lambda url: url.partition("://")[2],
    ],
)
@pytest.mark.slow
def test_the_password_is_shown_nowhere(
    postgres: Server, change: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SourceError) as raised:
        SqlQuery(change(postgres.url), "SELECT 1 AS a").check()

    error = raised.value
    shown = "".join(traceback.format_exception(error)) + caplog.text
    assert error.__cause__ is None
    assert error.__context__ is None
    assert not any(secret in shown for secret in (PASSWORD, "im@1", "ge%3Ahe", "ge:he"))


async def test_a_source_and_its_records_hide_the_url(postgres: Server, tmp_path: Path) -> None:
    query = SqlQuery(postgres.url, "SELECT 'x' AS invoice_number, 1 AS n", watermark="n")
    found = await read(query)

    assert places_of(PASSWORD, [query, found, query.reached(), query.progress_name]) == []
    assert places_of(postgres.url, [query, found]) == []


def test_the_url_may_be_in_the_environment(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", postgres.url)
    query = "SELECT 1 AS n"
    assert SqlQuery("env:SHOP", query).progress_name == SqlQuery(postgres.url, query).progress_name
    monkeypatch.delenv("SHOP")
    with pytest.raises(SourceError, match="the environment variable SHOP is not set"):
        SqlQuery("env:SHOP", query)


def test_an_error_of_the_database_shows_neither_statement_nor_values(postgres: Server) -> None:
    error = error_of(SqlQuery(postgres.url, "SELECT secret_column FROM pg_class WHERE relname = 'ana@example.com'"))

    assert str(error) == 'cannot read query: column "secret_column" does not exist'


async def test_a_fault_in_the_middle_shows_how_far_the_query_was_read(postgres: Server) -> None:
    text = "SELECT (1 / (n - 5000))::text AS invoice_number FROM generate_series(1, 9000) AS n"

    with pytest.raises(SourceError) as raised:
        await read(SqlQuery(postgres.url, text))

    message = "query: the database failed after 4,000 rows, none of which was sent: division by zero"
    assert str(raised.value) == message
    assert raised.value.__cause__ is None
    assert postgres.are_closed()


async def by_timeout(reading: Awaitable[Any]) -> None:
    with anyio.move_on_after(0.2):
        await reading


async def by_task(reading: Awaitable[Any]) -> None:
    task = asyncio.ensure_future(reading)
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("cancel", [by_timeout, by_task])
async def test_a_cancellation_ends_a_query_that_has_not_answered(
    postgres: Server, cancel: Callable[[Awaitable[Any]], Awaitable[None]]
) -> None:
    with anyio.fail_after(5):
        await cancel(read(SqlQuery(postgres.url, SLOW)))
        while postgres.connections():
            await anyio.sleep(0.01)


async def test_an_iteration_that_is_left_early_has_no_open_connection(postgres: Server) -> None:
    query = SqlQuery(postgres.url, "SELECT n::text AS invoice_number FROM generate_series(1, 50000) AS n")
    records = aiter(query)
    await anext(records)
    assert postgres.are_closed()  # it was closed before the first record
    await records.aclose()
    query.check()
    assert postgres.are_closed()


async def test_a_connection_can_only_read(postgres: Server) -> None:
    postgres.execute(
        "DROP TABLE IF EXISTS precious",
        "CREATE TABLE precious (n int)",
        "CREATE OR REPLACE FUNCTION spoil() RETURNS text LANGUAGE sql AS"
        " $$ INSERT INTO precious VALUES (1) RETURNING n::text $$",
    )

    with pytest.raises(SourceError, match="cannot execute INSERT in a read-only transaction"):
        await read(SqlQuery(postgres.url, "SELECT spoil() AS invoice_number"))


def test_a_missing_sqlite_file_is_not_created(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"

    assert str(error_of(SqlQuery(f"sqlite:///{path}", "SELECT 1"))) == (
        f"cannot read query: there is no SQLite file {str(path)!r}"
    )
    assert not path.exists()


@pytest.mark.parametrize(
    ("package", "message"),
    [("sqlalchemy", r"pip install 'woowup_async\[sql\]'"), ("psycopg", "needs the database driver psycopg")],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, package: str, message: str) -> None:
    whole = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SourceError, match=message):
        SqlQuery("postgresql://ana:secret@host/db", "SELECT 1").check()


async def test_a_full_disk_ends_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(SourceError, match=r"cannot keep the rows of a query in .*: No space left on device"):
        await read(purchases(sqlite(tmp_path, [order(1)]), mapping(tmp_path)))
