"""A few connections of psycopg, for single statements.

Room: budget. The only module of this room that imports psycopg. A ledger uses its `Connection`, too.
"""

from __future__ import annotations

import select
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import psycopg
from psycopg import waiting
from psycopg.pq import TransactionStatus

from woowup_async.budget.dsn import Dsn

__all__ = ["CONFLICTS", "Connection", "Connections", "Missing"]

#: A server whose default isolation is stricter says so if another swap was faster.
CONFLICTS = (psycopg.errors.SerializationFailure,)
Missing = psycopg.errors.UndefinedTable


class Connection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """A connection that is given up at once when its caller is cancelled."""

    async def wait(self, gen: Any, interval: float = 1.0, *arguments: Any, **options: Any) -> Any:
        """Wait without asking the server to cancel, which takes up to ten seconds if it does not answer."""
        # 0, the default of that function, is a busy wait
        return await waiting.wait_async(gen, self.pgconn.socket, interval, *arguments, **options)


class Connections:
    """Connections that are opened when they are needed, and used for one statement at a time.

    Args:
        dsn: address of the server.
        most: connections at a time.

    """

    __slots__ = ("_dsn", "_free", "_is_closed", "_slots")

    def __init__(self, dsn: Dsn, most: int) -> None:
        self._dsn = dsn
        self._slots = anyio.Semaphore(most)
        self._free: list[Connection] = []
        self._is_closed = False

    async def execute(self, statement: str, arguments: Sequence[object] = ()) -> tuple[int, tuple[Any, ...] | None]:
        """Execute a statement, and return the count of its rows and the first of them, if it has any.

        Raises:
            psycopg.Error: the statement, or the connection to the server, failed.

        """
        async with self._one() as connection, connection.cursor(binary=True) as cursor:
            await cursor.execute(statement.encode(), arguments)
            return cursor.rowcount, await cursor.fetchone() if cursor.description else None

    async def aclose(self) -> None:
        """Close all connections."""
        self._is_closed = True
        while self._free:
            await self._free.pop().close()

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[Connection]:
        async with self._slots:
            connection = await self._next()
            try:
                yield connection
            finally:
                # an error of the server leaves it idle; a cancellation or a lost connection does not
                if self._is_closed or connection.info.transaction_status != TransactionStatus.IDLE:
                    connection.pgconn.finish()
                else:
                    self._free.append(connection)

    async def _next(self) -> Connection:
        while self._free:
            connection = self._free.pop()
            if _is_alive(connection):
                return connection
            connection.pgconn.finish()
        # a pooler between us and the server may give each statement another session: nothing is prepared
        return await Connection.connect(self._dsn.reveal(), autocommit=True, prepare_threshold=None)


def _is_alive(connection: Connection) -> bool:
    """Return whether an idle connection can still be used. The server may have closed it long ago."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        return False
    readable = select.poll()
    readable.register(connection.pgconn.socket, select.POLLIN)
    # what a server sends without being asked is the end, or a message that it ends
    return not readable.poll(0)
