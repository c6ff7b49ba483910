"""Connections to the ledger's server, for steps of one or a few statements.

Room: _ledger. With `reader`, the only module of this room that imports psycopg. A server that is restarted, or a
connection that was cut, is tried again for a while: each step may be repeated, since it says what is so, and not what
changes.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format, TransactionStatus

from woowup_async._ledger.arrays import Packed
from woowup_async._ledger.functions import HAS_ENDED, WAS_DONE
from woowup_async._ledger.schema import LOCK, MIGRATIONS, VERSION
from woowup_async.budget._psycopg import Connection
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError

#: A statement and its values.
Statement = tuple[str, Sequence[Any]]
Rows = list[tuple[Any, ...]]

#: If the server crashes or loses its power, the last half second may be lost, and these records are sent again. All
#: look-ups are by keys, but the server expects small tables until it has counted them, and would read them whole.
_SETTINGS = """
SELECT set_config(name, value, false) FROM (VALUES
    ('synchronous_commit', 'off'), ('default_transaction_isolation', 'read committed'), ('jit', 'off'),
    ('plan_cache_mode', 'force_generic_plan'),
    ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off')
) AS settings (name, value)
"""
#: Seconds in which a step is tried again if the connection is lost (guessed: longer than a restart takes), and seconds
#: until a server that does not answer is given up.
PATIENCE, TIMEOUT = 10.0, 20.0
_PAUSE = 0.25
#: Connections at a time (guessed: notes, look-ups and claims of a run wait for each other less than for the server).
_MOST = 4
_ENDED = (
    "this process was not heard for longer than its lease, perhaps since it was paused: other processes may send what "
    "it had under way. It sends nothing more. Start again, the run continues where it stopped"
)
_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
#: Two processes touched the same rows in another order. The step was not done.
_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


class LeaseEnded(JournalError):
    """The server has given up what this process had claimed: it was not heard for too long."""


class Connections:
    """Connections that are opened when they are needed.

    Args:
        dsn: address of the server.
        most: connections at a time.

    """

    def __init__(self, dsn: Dsn, most: int = _MOST) -> None:
        self._dsn, self._slots = dsn, anyio.Semaphore(most)
        self._free: list[Connection] = []

    async def step(self, *statements: Statement) -> list[Rows]:
        """Execute statements in one transaction, and return the rows of each; nothing if it was done before.

        Raises:
            LeaseEnded: the lease of the process has ended. Nothing was done.
            JournalError: the server refuses, or cannot be reached. The message shows no password.

        """
        deadline, why, is_again, state = time.monotonic() + PATIENCE, "", False, None
        while True:
            try:
                with anyio.fail_after(TIMEOUT):
                    return await self._once(statements)
            except TimeoutError:
                why = f"no answer within {TIMEOUT:g} s"
                break
            except (*_LOST, *_AGAIN) as error:
                why = self._dsn.explained(error)
                if time.monotonic() > deadline or not _may_pass(error):
                    break
            except Exception as error:
                why, state = self._dsn.explained(error), getattr(error, "sqlstate", None)
                break
            is_again = True
            await anyio.sleep(_PAUSE)
        # not inside `except`: the driver's error would stay in its context, with a connection that has the password
        if state == WAS_DONE and is_again:
            return []
        if state in (HAS_ENDED, WAS_DONE):
            raise LeaseEnded(f"journal {self._dsn}: {_ENDED}")
        raise JournalError(f"journal {self._dsn}: {why}")

    async def aclose(self) -> None:
        """Close all connections."""
        while self._free:
            await self._free.pop().close()

    async def _once(self, statements: Sequence[Statement]) -> list[Rows]:
        async with self._slots, self._one() as connection:
            if len(statements) == 1:
                return [await _rows(connection, statements[0])]
            # sent together: a step costs one way to the server and back
            async with connection.pipeline(), connection.transaction():
                cursors = [await _executed(connection, each) for each in statements]
            return [await _fetched(each) for each in cursors]

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[Connection]:
        connection = self._free.pop() if self._free else await connected(self._dsn)
        try:
            yield connection
        finally:
            # an error of the server leaves it idle; a cancellation or a lost connection does not
            if connection.info.transaction_status == TransactionStatus.IDLE:
                self._free.append(connection)
            else:
                connection.pgconn.finish()


class _PackedDumper(Dumper):
    """Passes arrays on. The statement says their type."""

    format = Format.BINARY

    def dump(self, obj: Packed) -> bytes:
        return obj.data


async def connected(dsn: Dsn) -> Connection:
    """Connect. What a commit promises here is what a journal's file promises: it survives the process."""
    connection = await Connection.connect(dsn.reveal(), autocommit=True, prepare_threshold=1)
    connection.adapters.register_dumper(Packed, _PackedDumper)
    try:
        await connection.execute(_SETTINGS)
    except BaseException:
        connection.pgconn.finish()
        raise
    return connection


async def migrated(connections: Connections) -> bytes:
    """Bring the tables up to date, and return the salt of the ledger.

    Raises:
        JournalError: a newer version of this package has changed them, or they cannot be made.

    """
    made = "SELECT to_regclass('woowup_ledger') IS NOT NULL, current_setting('server_encoding')"
    ((is_made, encoding),) = (await connections.step((made, ())))[0]
    if encoding != "UTF8":
        raise JournalError(f"journal {connections._dsn}: its encoding is {encoding}: use a database with UTF8")
    version = (await connections.step(("SELECT max(version) FROM woowup_ledger", ())))[0][0][0] if is_made else 0
    if version < VERSION:
        await connections.step(*_migrations(version))
        version = (await connections.step(("SELECT max(version) FROM woowup_ledger", ())))[0][0][0]
    if version > VERSION:
        raise JournalError(newer(connections._dsn, version))
    return bytes((await connections.step(("SELECT salt FROM woowup_ledger ORDER BY version LIMIT 1", ())))[0][0][0])


def newer(dsn: Dsn, version: int) -> str:
    """Return what to say of a ledger that this package cannot read."""
    return f"journal {dsn}: was written by a newer version ({version}, this one reads {VERSION}): update woowup_async"


def _migrations(version: int) -> list[Statement]:
    steps: list[Statement] = [("SELECT pg_advisory_xact_lock(%s)", (LOCK,))]
    for number, text in enumerate(MIGRATIONS[version:], version + 1):
        # another process may have done it while this one waited for the lock
        done = (
            "to_regclass('woowup_ledger') IS NOT NULL"
            if number == 1
            else f"(SELECT max(version) FROM woowup_ledger) >= {number}"
        )
        body = f"{text}\nINSERT INTO woowup_ledger VALUES ({number}, gen_random_uuid()::text::bytea);"
        steps.append((f"DO $migration$ BEGIN IF NOT ({done}) THEN {body} END IF; END $migration$", ()))
    return steps


async def _rows(connection: Connection, statement: Statement) -> Rows:
    return await _fetched(await _executed(connection, statement))


async def _fetched(cursor: psycopg.AsyncCursor[tuple[Any, ...]]) -> Rows:
    # not `description`, which makes an object for each column
    result = cursor.pgresult
    return await cursor.fetchall() if result is not None and result.ntuples else []


async def _executed(connection: Connection, statement: Statement) -> psycopg.AsyncCursor[tuple[Any, ...]]:
    text, values = statement
    return await connection.cursor(binary=True).execute(text.encode(), values or None)


def _may_pass(error: BaseException) -> bool:
    """Return whether a connection may succeed later: the server is restarting, or was not reached."""
    state = getattr(error, "sqlstate", None)
    # 28: refused, 3D: no such database; 08, 57P0: lost, restarting; None: not reached
    return state is None or state.startswith(("08", "57P", "40", "53"))
