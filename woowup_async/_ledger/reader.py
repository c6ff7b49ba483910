"""Reads a ledger in PostgreSQL, as `_journal.reader` reads a file, also while processes write to it.

Room: _ledger. `forget` changes it. Its calls wait for the server: call them outside the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

from woowup_async._flow import Entity
from woowup_async._journal.glance import Glance, Refused, RunTimes
from woowup_async._journal.live import Hour, Live, Problem
from woowup_async._journal.outcomes import decoded
from woowup_async._journal.reader import JournalStatus
from woowup_async._ledger import reading as sql
from woowup_async._ledger import statements
from woowup_async._ledger.address import NoLedger
from woowup_async._ledger.codes import ENTITIES, ENTITY_OF, STATE_OF, key_of, shown, stored
from woowup_async._ledger.connections import newer
from woowup_async._ledger.lives import merged_lives
from woowup_async._ledger.rows import entry_of, spelled
from woowup_async._ledger.schema import VERSION
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError
from woowup_async.outcomes import Rejected
from woowup_async.ports import Entry, Known, Opening, State

#: Runs, hours with outcomes, and problems that are shown (as of a file).
_RUNS, _HOURS, _PROBLEMS = 6, 48, 10
_BLOCK = 5_000


def connected_now(dsn: Dsn, *, autocommit: bool = False) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect, and wait for it.

    Raises:
        JournalError: the server cannot be reached, or refuses. The message shows no password.

    """
    try:
        return psycopg.connect(dsn.reveal(), autocommit=autocommit, connect_timeout=10)
    except psycopg.Error as error:
        why = dsn.explained(error)
    # not inside `except`: the driver's error would stay in its context, with a connection that has the password
    raise JournalError(f"journal {dsn}: {why}")


class PostgresReader:
    """A ledger on a server, only to be read.

    Args:
        dsn: address of the server.
        account: turns a salt into the mark of the account that is shown; None for all accounts together.

    Raises:
        JournalError: the server cannot be reached, or has no ledger, or a newer one.

    """

    def __init__(self, dsn: Dsn, account: Callable[[bytes], bytes] | None = None) -> None:
        self.dsn, self._database = dsn, connected_now(dsn, autocommit=True)
        try:
            self._salt = self._checked()
            self._account = None if account is None else self._number_of(account)
            last = self.rows(sql.LAST_RUN, account=self._account)
            self._run: int = last[0][0] if last else 0
            self._began: datetime | None = last[0][1] if last else None
            self._finished: datetime | None = last[0][2] if last else datetime.now(UTC)
        except BaseException:
            self.close()
            raise

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Return the rows of a query."""
        return self._fetched(query, values or None)

    def execute(self, statement: str, **values: Any) -> int:
        """Execute a statement, and return the number of its rows."""
        try:
            return self._database.execute(statement.encode(), values).rowcount
        except psycopg.Error as error:
            why = self.dsn.explained(error)
        raise JournalError(f"journal {self.dsn}: {why}")

    def changing(self, *, is_trial: bool) -> AbstractContextManager[object]:
        """Return a transaction. A trial is undone at its end."""
        return self._database.transaction(force_rollback=is_trial)

    def stream(self, query: str, **values: Any) -> Iterator[Any]:
        """Yield the rows of a query with many rows, some thousands at a time."""
        why = ""
        try:
            with self._database.transaction(), self._database.cursor("many") as cursor:
                cursor.itersize = _BLOCK
                cursor.execute(query.encode(), values)
                yield from cursor
        except psycopg.Error as error:
            why = self.dsn.explained(error)
        if why:
            raise JournalError(f"journal {self.dsn}: {why}")

    @property
    def account(self) -> int | None:
        """The number of the account that is shown; None for all."""
        return self._account

    def opening(self) -> Opening:
        """Return how a run would begin."""
        return Opening(is_resumed=self._run > 0 and self._finished is None)

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        return self.find_all(entity, (key,))[0]

    def find_all(self, entity: Entity, keys: Sequence[str]) -> list[Entry | None]:
        """Look records up."""
        number, run = ENTITIES[entity], self._run if self._finished is None else 0
        found: list[Entry | None] = [None] * len(keys)
        places = self._account, number
        for row in self._plain(statements.FIND, [key_of(key) for key in keys], *places, 0, *places):
            found[row[0] - 1] = entry_of(row, 0, run)
        return found

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each customer; b"" if it is not known, None if the customer is not known."""
        found: list[bytes | None] = [None] * len(customers)
        for number, version in self._plain(statements.VERSIONS, [key_of(each) for each in customers], self._account):
            found[number - 1] = bytes(version)
        return found

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        names, lowered = spelled(customers)
        rows = self._plain(statements.PEOPLE, [0] * len(names), names, lowered, self._account, self._account)
        return [f"person:{person}" for _, person in rows]

    def known_customers(self) -> Known:
        """Count the identifiers under which a customer is known."""
        return Known(*self._plain(statements.KNOWN, self._account)[0])

    def belongs_to(self, account: Callable[[bytes], bytes]) -> bool | None:
        """Return whether it has records of an account; None if it has none, so that a run adds the account."""
        return True if self.rows(sql.MARKED, mark=account(self._salt)) else None

    def is_sound(self) -> bool:
        """Return True: a server checks its own pages."""
        return True

    def glance(self) -> Glance:
        """Return what the processes show about themselves, without counting the records."""
        lives = [
            msgspec.json.decode(text, type=Live) for (text,) in self.rows(sql.LIVES, account=self._account) if text
        ]
        runs = self.rows(sql.RUNS, account=self._account, most=_RUNS)
        problems = self.rows(sql.PROBLEMS, account=self._account, most=_PROBLEMS)
        hours = self.rows(sql.HOURS, account=self._account, most=_HOURS)
        return Glance(
            is_running=bool(self.rows(sql.WRITERS, account=self._account)),
            runs=tuple(RunTimes(number, began, finished) for number, began, finished in runs),
            live=merged_lives(lives),
            problems=tuple(Problem(*row) for row in problems),
            hours=tuple(Hour(hour, ENTITY_OF[kind], STATE_OF[state], records) for hour, kind, state, records in hours),
            notes={str(name): shown(value) for name, value in self.rows(sql.NOTES, account=self._account)},
        )

    def rejections(self) -> Iterator[Refused]:
        """Yield the rejected records."""
        for kind, key, position, text in self.stream(sql.REJECTED, account=self._account):
            outcome = decoded(State.REJECTED, text)
            if isinstance(outcome, Rejected):
                yield Refused(ENTITY_OF[kind].value, shown(key), position, outcome)

    def noted(self, name: str) -> str | None:
        """Return what was written down under a name."""
        return next((value for each, value in self.rows(sql.NOTES, account=self._account) if each == name), None)

    def note(self, name: str, value: str) -> None:
        """Write a text down under a name, for the account that is shown."""
        self._database.execute(statements.NOTE.encode(), (self._account, stored(name), stored(value)))

    def status(self) -> JournalStatus:
        """Return a summary, for which all records are counted."""
        glance, account = self.glance(), self._account
        counts: dict[str, dict[str, int]] = {}
        for kind, state, count in self.rows(sql.COUNTS, account=account):
            states = counts.setdefault(ENTITY_OF[kind].value, {})
            states[STATE_OF[state]] = states.get(STATE_OF[state], 0) + count
        codes: dict[str, dict[str, int]] = {}
        for kind, code, count in self.rows(sql.CODES, account=account):
            codes.setdefault(ENTITY_OF[kind].value, {})[code] = count
        ((seen, settled),) = self.rows(sql.SEEN, account=account, run=self._run)
        return JournalStatus(
            is_running=glance.is_running,
            began=self._began,
            finished=self._finished if self._run else None,
            seen=seen,
            counts=counts,
            codes=codes,
            doubts=dict(self.rows(sql.DOUBTS, account=account)),
            settled_in_run=settled,
            unconfirmed=self.rows(sql.UNCONFIRMED, account=account)[0][0],
            sources=tuple(path for (path,) in self.rows(sql.PATHS, run=self._run)),
            notes=glance.notes,
            glance=glance,
        )

    def close(self) -> None:
        """Close the connection."""
        with suppress(psycopg.Error):
            self._database.close()

    def _plain(self, query: str, *values: Any) -> list[Any]:
        return self._fetched(query, values, is_binary=True)

    def _fetched(self, query: str, values: Any, *, is_binary: bool = False) -> list[Any]:
        try:
            return self._database.cursor(binary=is_binary).execute(query.encode(), values).fetchall()
        except psycopg.Error as error:
            why = self.dsn.explained(error)
        raise JournalError(f"journal {self.dsn}: {why}")

    def _checked(self) -> bytes:
        if not self.rows("SELECT to_regclass('woowup_ledger') IS NOT NULL")[0][0]:
            raise NoLedger(f"journal {self.dsn}: there is no ledger in this database; a run makes it")
        version, salt = self.rows("SELECT version, salt FROM woowup_ledger ORDER BY version DESC LIMIT 1")[0]
        if version > VERSION:
            raise JournalError(newer(self.dsn, version))
        return bytes(salt)

    def _number_of(self, account: Callable[[bytes], bytes]) -> int:
        rows = self.rows(sql.MARKED, mark=account(self._salt))
        return int(rows[0][0]) if rows else 0  # no account has this number
