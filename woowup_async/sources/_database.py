"""Reads one query of a database, in blocks through a server-side cursor.

Room: sources. The only module that imports SQLAlchemy. Its errors end here: what leaves is a `SourceError` without the
URL, whose password would otherwise be in the driver's message, its causes or a traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from woowup_async.budget.dsn import Dsn
from woowup_async.errors import SourceError

#: Rows that are fetched at a time (guessed: a few hundred kilobytes).
ROWS = 1_000
#: Seconds until a connection that does not come is given up (guessed), for drivers that have this option.
_CONNECT = 30
_WITH_TIMEOUT = ("psycopg", "psycopg2", "pymysql", "mysqldb")
#: Databases whose drivers read a result to its end before they close it.
_DRAINING = ("mysql", "mariadb")

P = ParamSpec("P")
T = TypeVar("T")


def _safely(method: Callable[Concatenate[Reading, P], T]) -> Callable[Concatenate[Reading, P], T]:
    """Raise a `SourceError` in place of any other error."""

    @wraps(method)
    def call(self: Reading, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except SourceError:
            raise
        except Exception as error:
            failure = self.explained(error)
        raise failure  # not inside `except`: the driver's error would stay in its context

    return call


class Reading:
    """One query while it is read.

    Args:
        url: of the database.
        name: of the query, for messages.

    Attributes:
        names: of its columns, once it is open.

    """

    def __init__(self, url: Dsn, name: str) -> None:
        self.names: list[str] = []
        self._url, self._name = url, name
        self._engine: Any = None
        self._connection: Any = None
        self._result: Any = None
        self._fetched = 0
        self._is_at_end = False
        self._lock = Lock()  # a cancelled task may close it while a thread still reads

    @_safely
    def quoted(self, names: Sequence[str]) -> list[str]:
        """Quote names of columns."""
        preparer = self._engine_now().dialect.identifier_preparer
        return [str(preparer.quote_identifier(name)) for name in names]

    @_safely
    def open(self, statement: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Connect and execute the statement. Only its parameters begin with a colon.

        Raises:
            SourceError: a package is missing, there is no connection, or the database refuses the statement.

        """
        with self._lock:
            sqlalchemy, engine = _sqlalchemy(self._name), self._engine_now()
            self._connection = engine.connect()
            options = {"yield_per": ROWS, "stream_results": True, "postgresql_readonly": True}
            connection = self._connection.execution_options(**options)
            self._result = connection.execute(sqlalchemy.text(statement), dict(parameters or {}))
            self.names = [str(name) for name in self._result.keys()]  # noqa: SIM118 - not a mapping

    @_safely
    def fetch(self) -> Sequence[Sequence[Any]]:
        """Return the next rows; none at the end.

        Raises:
            SourceError: the connection was lost.

        """
        with self._lock:
            result = self._result
            # the driver's own tuples: `result.fetchmany` would make an object of each, for as much time again
            rows: Sequence[Sequence[Any]] = result.cursor_strategy.fetchmany(result, result.cursor, ROWS)
            self._fetched += len(rows)
            self._is_at_end = not rows
        return rows

    def interrupt(self) -> None:
        """Make a call in another thread end soon, if the driver can."""
        with suppress(Exception):
            driver = self._connection.connection.driver_connection
            for name in ("cancel_safe", "cancel", "interrupt"):  # psycopg, older psycopg, sqlite3
                if hasattr(driver, name):
                    getattr(driver, name)()
                    return

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        with self._lock:
            if self._connection is not None:
                with suppress(Exception):
                    if self._engine.dialect.name in _DRAINING and not self._is_at_end:
                        self._connection.invalidate()
                    elif self._result is not None:
                        self._result.close()
                with suppress(Exception):
                    self._connection.close()
            if self._engine is not None:
                self._engine.dispose()

    def explained(self, error: Exception) -> SourceError:
        """Return an error without the URL, and without the driver's error as its cause."""
        if isinstance(error, ModuleNotFoundError):
            return SourceError(f"cannot read {self._name}: it needs the database driver {error.name}: pip install it")
        said = self._url.hidden_in(_first_line(error))
        if self._result is None:
            return SourceError(f"cannot read {self._name}: {said}")
        read = f"after {self._fetched:,} rows, none of which was sent"
        return SourceError(f"{self._name}: the database failed {read}: {said}")

    def _engine_now(self) -> Any:
        if self._engine is None:
            self._engine = _engine(self._url.reveal(), self._name)
        return self._engine


def _sqlalchemy(name: str) -> Any:
    try:
        import sqlalchemy
    except ModuleNotFoundError:
        sqlalchemy = None  # type: ignore[assignment]
    if sqlalchemy is None:
        raise SourceError(f"cannot read {name}: it needs an extra: pip install 'woowup_async[sql]'")
    return sqlalchemy


def address_of(url: Dsn, name: str) -> str:
    """Return the kind, host and name of a database, without user and password.

    Raises:
        SourceError: it is not a URL.

    """
    parsed = _parsed(url.reveal(), name)
    return f"{parsed.drivername} {parsed.host or ''}:{parsed.port or ''}/{parsed.database or ''}"


def _parsed(url: str, name: str) -> Any:
    _sqlalchemy(name)
    from sqlalchemy.engine import make_url

    parsed = None
    with suppress(Exception):  # the message could contain the URL
        parsed = make_url(url)
    if parsed is None:
        form = "postgresql://user:password@host/database, with / and @ as %2F and %40"
        raise SourceError(f"cannot read {name}: its database URL must have the form {form}")
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: str, name: str) -> Any:
    sqlalchemy, parsed = _sqlalchemy(name), _parsed(url, name)
    backend, database = parsed.get_backend_name(), parsed.database or ""
    if backend == "sqlite" and not database.startswith("file:") and not Path(database).is_file():
        raise SourceError(f"cannot read {name}: there is no SQLite file {database!r}")  # SQLite would create it
    engine = sqlalchemy.create_engine(
        parsed, poolclass=sqlalchemy.pool.NullPool, hide_parameters=True, connect_args=_connect_args(parsed)
    )
    prepare = {"psycopg": _read_odd_times, "pysqlite": _read_odd_texts}.get(engine.dialect.driver)
    if prepare is not None:
        sqlalchemy.event.listen(engine, "connect", prepare)
    return engine


def _connect_args(url: Any) -> dict[str, Any]:
    driver = url.get_dialect().driver
    is_free = driver in _WITH_TIMEOUT and "connect_timeout" not in url.query
    return {"connect_timeout": _CONNECT} if is_free else {}


def _read_odd_texts(driver: Any, _: object) -> None:
    """Read text of SQLite that is not UTF-8 as halves of surrogate pairs, so that only its record is refused."""
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


def _read_odd_times(driver: Any, _: object) -> None:
    """Read times of PostgreSQL that Python cannot hold (infinity, before Christ) as text, so that they end no run."""
    from psycopg import DataError
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    for name in ("date", "timestamp", "timestamptz"):
        inner = driver.adapters.get_loader(driver.adapters.types[name].oid, Format.TEXT)

        class Lenient(Loader):
            kind = inner

            def __init__(self, oid: int, context: Any = None) -> None:
                super().__init__(oid, context)
                self._load = self.kind(oid, context).load

            def load(self, data: Any) -> Any:
                try:
                    return self._load(data)
                except DataError:
                    return bytes(data).decode()

        driver.adapters.register_loader(name, Lenient)


def _first_line(error: Exception) -> str:
    """Return the driver's own message. SQLAlchemy adds the statement to it."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
