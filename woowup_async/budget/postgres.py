"""A store in PostgreSQL, for workers on several machines that have a database and no Redis.

Room: budget. psycopg is imported when the first store is made.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from woowup_async.budget._on_server import TIMEOUT, OnServer
from woowup_async.budget.account import check_account, check_blob
from woowup_async.budget.dsn import Dsn, check_escapes
from woowup_async.budget.failures import answered, refused
from woowup_async.budget.store import Snapshot

if TYPE_CHECKING:
    from woowup_async.budget._psycopg import Connections

#: Kinds of addresses, documented by PostgreSQL (libpq).
SCHEMES = ("postgresql://", "postgres://")
#: Most connections of a store (guessed: accounts use one at a time, for a millisecond).
_CONNECTIONS = 2
# clock_timestamp() is read after the row, by a snapshot that was taken before: never earlier than the blob
_READ = """
SELECT extract(epoch FROM clock_timestamp())::float8, budget.version, budget.blob
FROM (VALUES (1)) AS always LEFT JOIN woowup_budget AS budget ON budget.account = %s
"""
# a new history begins above all older ones, so that a version of theirs is not met again
_CREATE = """
INSERT INTO woowup_budget (account, version, blob, changed)
VALUES (%s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, %b, clock_timestamp())
ON CONFLICT (account) DO NOTHING
"""
_SWAP = """
UPDATE woowup_budget SET version = version + 1, blob = %b, changed = clock_timestamp()
WHERE account = %s AND version = %s
"""
# one statement, and so one transaction also through a pooler; two at a time would fail without the lock. Its number is
# random, and must stay the same. Unlogged: blobs are short-lived, and cost the server no log and no backup
_TABLE = """
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(7411598293065136);
    CREATE UNLOGGED TABLE IF NOT EXISTS woowup_budget (
        account text PRIMARY KEY, version bigint NOT NULL, blob bytea NOT NULL, changed timestamptz NOT NULL
    );
END $$
"""


class PostgresStore(OnServer["Connections"]):
    """Keeps blobs in a table of PostgreSQL 12 or newer. It needs the extra `postgres`.

    Each method is one statement on the server, and its clock is the server's (`clock_timestamp()`). The table
    `woowup_budget` has one row for each account. It is made at the first use if it does not exist, in the first schema
    of the search path. It is used inside `async with`, which closes its connections, and connects at the first use. It
    works through PgBouncer, pooled by transaction or by statement.

    Args:
        url: `postgresql://[user:password@]host[:5432]/database`, with the options of libpq. Its password is shown
            nowhere.

    Raises:
        ValueError: the address cannot be read.
        ImportError: the extra is not installed.

    """

    def __init__(self, url: str) -> None:
        if not url.lower().startswith(SCHEMES):
            raise ValueError(f"an address of PostgreSQL begins with {SCHEMES[0]}, got {Dsn(url)}")
        check_escapes(url)
        try:
            psycopg = importlib.import_module("psycopg")
        except ImportError:
            psycopg = None
        if psycopg is None:
            raise ImportError(
                "a budget in PostgreSQL needs an extra: pip install 'woowup_async[postgres]'", name="psycopg"
            )
        super().__init__(Dsn(url))
        refused(lambda: psycopg.conninfo.conninfo_to_dict(url), self._dsn)

    def _connections(self) -> Connections:
        from woowup_async.budget._psycopg import Connections

        return Connections(self._dsn, _CONNECTIONS)

    async def read(self, account: str) -> Snapshot:
        """Return the newest blob of an account.

        Raises:
            BudgetUnavailable: the server does not answer within a second, or refuses.

        """
        check_account(account)
        _, row = await self._run(_READ, account)
        time, version, blob = row or (0.0, None, None)
        return Snapshot(time, version or 0, blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        """Store a blob as the next version, if the newest version is still `version`. Return whether it was.

        Raises:
            BudgetUnavailable: the server does not answer within a second, or refuses. The blob may have been stored.
            ValueError: the blob is larger than `MAX_BLOB_BYTES`.

        """
        check_account(account)
        check_blob(blob)
        work = self._run(_SWAP, blob, account, version) if version else self._run(_CREATE, account, blob)
        count, _ = await work
        return count == 1

    async def _run(self, statement: str, *arguments: object) -> tuple[int, tuple[Any, ...] | None]:
        return await answered(_executed(self._open, statement, arguments), self._dsn, TIMEOUT)


async def _executed(
    connections: Connections, statement: str, arguments: tuple[object, ...]
) -> tuple[int, tuple[Any, ...] | None]:
    from woowup_async.budget._psycopg import CONFLICTS, Missing

    try:
        return await connections.execute(statement, arguments)
    except CONFLICTS:
        if statement is _READ:
            raise
        return 0, None
    except Missing:
        await connections.execute(_TABLE)
        return await connections.execute(statement, arguments)
