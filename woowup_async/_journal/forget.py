"""Forgets personal data in a journal: of some customers, or what is older than a moment.

Room: _journal. `retention` uses it. Identifiers become names and digests become keyed ones (`pseudonyms`), so that a
run still recognises the records. What waits in an outbox, reasons of rejections and damaged rows go. Afterwards the
file is rewritten, so that its free pages and its log have nothing of it either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from woowup_async._journal.claim import claim
from woowup_async._journal.lock import Lock
from woowup_async._journal.opening import opened
from woowup_async._journal.pseudonyms import is_name, joined, keyed, name_of, parts_of
from woowup_async._journal.quoted import Quoted, bare
from woowup_async._journal.recognising import secret_of
from woowup_async._journal.schema import explained
from woowup_async._journal.wanted import TOGETHER, collected, prepare, waiting_of
from woowup_async._text import in_lower_case
from woowup_async.errors import JournalError

_IN_DOUBT = """
SELECT (SELECT count(*) FROM under_way)
    + (SELECT count(*) FROM records WHERE doubt IS NOT NULL OR state IN ('in_flight', 'in_doubt'))
"""
_PEOPLE = "entity IN ('user', 'member')"
_LAST_ACTIVITY = """
SELECT max(coalesce((SELECT max(max(began, coalesce(finished, 0))) FROM runs), 0),
    coalesce((SELECT at FROM live), 0))
"""
#: A key that begins with NUL is a position (`notes`), and `unicode` of it is NULL.
#: Runs that ended before a moment. One without an end ended with the last activity.
_OLD = "run IN (SELECT id FROM runs WHERE coalesce(finished, :last) < :before)"
#: Identifiers of people of whom an old run has the last user. Of an identifier that only purchases named, the age is
#: not known. It is forgotten too, since it is still recognised.
_OLD_NAMES = f"""
INSERT OR IGNORE INTO wanted
SELECT key FROM records WHERE {_PEOPLE} AND unicode(key) IS NOT NULL AND {_OLD} UNION SELECT identifier FROM customers
"""
_KEEP_RECENT = f"""
DELETE FROM wanted WHERE identifier IN (SELECT key FROM records WHERE {_PEOPLE} AND NOT {_OLD})
    OR identifier IN (
        SELECT identifier FROM customers WHERE person IN (
            SELECT person FROM customers JOIN records ON key = identifier WHERE {_PEOPLE} AND NOT {_OLD}
        )
    )
"""
_WANTED = "IN (SELECT identifier FROM wanted)"
#: A name needs a row by which `recognising` finds that it was forgotten.
_LEAVE_NAMES = f"""
INSERT OR IGNORE INTO customers (identifier, folded, is_known)
SELECT pseudonym(key), nullif(lower_case(pseudonym(key)), pseudonym(key)), 0
FROM records WHERE {_PEOPLE} AND key {_WANTED}
"""
_HIDE_RECORDS = f"""
UPDATE OR REPLACE records SET
    key = pseudonym(key), digest = keyed(digest), accepted = keyed(accepted), position = '', outcome = bare(outcome)
WHERE {_PEOPLE} AND key {_WANTED}
"""
_HIDE_VERSIONS = f"""
UPDATE people SET version = keyed(version)
WHERE person IN (SELECT person FROM customers WHERE identifier {_WANTED})
"""
_HIDE_CUSTOMERS = f"""
UPDATE OR REPLACE customers SET identifier = pseudonym(identifier), folded = pseudonym(folded)
WHERE identifier {_WANTED}
"""
_HIDE_OTHERS = f"""
UPDATE records SET digest = keyed(digest), accepted = keyed(accepted), outcome = bare(outcome)
WHERE {_OLD} AND (entity NOT IN ('user', 'member') OR unicode(key) IS NULL)
    AND (digest <> keyed(digest) OR accepted <> keyed(accepted) OR outcome <> bare(outcome))
"""
#: Texts that may quote an identifier.
_TEXTS = (
    ("records", "outcome"),
    ("records", "position"),
    ("problems", "what"),
    ("notes", "value"),
    ("sources", "path"),
)


class Forgotten(msgspec.Struct, frozen=True):
    """What was found and, if it was not only a trial, is gone.

    Args:
        identifiers: of customers, which became names.
        records: users, and with an age also other records, of which only keyed digests stay.
        waiting: records that waited in an outbox and are not sent.
        texts: reasons and notes that quoted an identifier.
        rows: damaged rows and old problems.
        kept: records that wait in an outbox whose age is not known, since the file was used since.

    """

    identifiers: int = 0
    records: int = 0
    waiting: int = 0
    texts: int = 0
    rows: int = 0
    kept: int = 0


def people_of(path: Path, account: Callable[[bytes], bytes], identifiers: Iterable[str]) -> set[str]:
    """Return these identifiers and the others of the same people, as the journal knows them.

    Raises:
        JournalError: as in `forget_in`.

    """
    with _opened(path, account) as database, explained(path):
        return collected(database, identifiers)


def forget_in(
    path: Path,
    account: Callable[[bytes], bytes],
    identifiers: Iterable[str],
    before: float | None,
    *,
    is_trial: bool,
) -> Forgotten:
    """Forget customers, and what is older than a moment, in one journal.

    Args:
        path: the journal. It must exist.
        account: turns a salt into a mark of the account.
        identifiers: of the customers, as `name:value`.
        before: seconds since 1970; None if nothing is old.
        is_trial: only count, and change nothing.

    Raises:
        JournalError: it cannot be used, a run writes to it, it belongs to another account, or records are in doubt.

    """
    found = Forgotten()
    with _opened(path, account) as database, explained(path):
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        try:
            found = _Journal(database, secret_of(database, account)).forget(identifiers, before)
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("ROLLBACK" if is_trial else "COMMIT")
        if not is_trial:
            _compact(database, path)
    return found


class _Journal:
    """One journal, in a transaction."""

    def __init__(self, database: sqlite3.Connection, secret: bytes) -> None:
        self._database, self._secret = database, secret
        for name, function in (
            ("pseudonym", partial(_pseudonym, secret)), ("keyed", partial(_keyed, secret)), ("bare", bare),
        ):  # fmt: skip
            database.create_function(name, 1, function, deterministic=True)

    def forget(self, identifiers: Iterable[str], before: float | None) -> Forgotten:
        wanted = collected(self._database, identifiers)
        waiting = self._drop_waiting(wanted)
        texts, rows = self._scrub(wanted)
        kept = records = 0
        if before is not None:
            last = self._database.execute(_LAST_ACTIVITY).fetchone()[0]
            if last < before:
                waiting += self._changed("DELETE FROM outbox")
            kept = self._database.execute("SELECT count(*) FROM outbox").fetchone()[0]
            rows += self._changed("DELETE FROM damaged WHERE at < ?", (before,))
            rows += self._changed("DELETE FROM problems WHERE coalesce(ended, began) < ?", (before,))
            moments = {"before": before, "last": last}
            self._changed(_OLD_NAMES, moments)
            self._take_apart()
            self._changed(_KEEP_RECENT, moments)
            records = self._changed(_HIDE_OTHERS, moments)
        self._changed("DELETE FROM wanted WHERE is_name(identifier)")
        self._changed(_LEAVE_NAMES)
        self._changed(_HIDE_VERSIONS)
        records += self._changed(_HIDE_RECORDS)
        count = self._changed(_HIDE_CUSTOMERS) + self._hide_together()
        return Forgotten(count, records, waiting, texts, rows, kept)

    def _take_apart(self) -> None:
        """Want each identifier of a purchase in place of the name for all of them together."""
        together = self._database.execute(TOGETHER).fetchall()
        parts = [(part,) for (name,) in together for part in parts_of(name)]
        self._database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", parts)
        self._database.executemany("DELETE FROM wanted WHERE identifier = ?", together)

    def _hide_together(self) -> int:
        """Hide identifiers in names for several together. Return how many of them had no row of their own.

        Each gets such a row, by which `recognising` finds that it was forgotten.
        """
        count = 0
        for (name,) in self._database.execute(TOGETHER).fetchall():
            parts = parts_of(name)
            hidden = [self._hidden(part) for part in parts]
            if hidden != parts:
                count += sum(self._leave(each) for each, part in zip(hidden, parts) if each != part)
                values = (*_spelled(joined(hidden)), name)
                self._database.execute(
                    "UPDATE OR REPLACE customers SET identifier = ?, folded = ? WHERE identifier = ?", values
                )
        return count

    def _hidden(self, identifier: str) -> str:
        row = self._database.execute("SELECT 1 FROM wanted WHERE identifier = ?", (identifier,)).fetchone()
        return identifier if row is None else name_of(self._secret, identifier)

    def _leave(self, name: str) -> int:
        """Leave a row for a name, unless there is one. Return how many were left."""
        return self._database.execute(
            "INSERT OR IGNORE INTO customers (identifier, folded, is_known) VALUES (?, ?, 0)", _spelled(name)
        ).rowcount

    def _changed(self, statement: str, values: tuple[object, ...] | dict[str, object] = ()) -> int:
        return self._database.execute(statement, values).rowcount

    def _drop_waiting(self, wanted: set[str]) -> int:
        if not wanted:
            return 0
        numbers = [(number,) for number, _ in waiting_of(self._database, wanted)]
        return self._database.executemany("DELETE FROM outbox WHERE id = ?", numbers).rowcount if numbers else 0

    def _scrub(self, wanted: set[str]) -> tuple[int, int]:
        """Remove the identifiers from texts, and damaged rows that have them."""
        quoted = Quoted(wanted)
        if not quoted:
            return 0, 0
        self._database.create_function("quotes", 1, quoted.is_in, deterministic=True)
        self._database.create_function("scrubbed", 1, quoted.removed_from, deterministic=True)
        texts = sum(
            self._changed(f"UPDATE {table} SET {column} = scrubbed({column}) WHERE quotes({column})")
            for table, column in _TEXTS
        )
        return texts, self._changed("DELETE FROM damaged WHERE quotes(what)")


@contextmanager
def _opened(path: Path, account: Callable[[bytes], bytes]) -> Iterator[sqlite3.Connection]:
    """Open a journal as its only writer, if no record is in doubt."""
    if not path.is_file():
        raise JournalError(f"journal {path}: there is no such file")
    lock = Lock(path)
    try:
        database, _ = opened(path)
        try:
            with explained(path):
                claim(database, path, account, adopt=False)
                if count := database.execute(_IN_DOUBT).fetchone()[0]:
                    raise JournalError(
                        f"journal {path}: {count:,} records are in doubt, so it is not known whether the account has "
                        "them; send them again (the same backfill, or the service), and forget then"
                    )
                prepare(database)
                database.create_function("is_name", 1, is_name, deterministic=True)
            yield database
        finally:
            database.close()
    finally:
        lock.release()


def _compact(database: sqlite3.Connection, path: Path) -> None:
    """Rewrite the file without free pages, and empty its log."""
    database.execute("PRAGMA temp_store = DEFAULT")  # `VACUUM` copies the file, and may not fit into memory
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        row = database.execute(statement).fetchone()
        if row and row[0]:
            raise JournalError(
                f"journal {path}: was changed, but another program reads it, so old pages are still in the file; "
                "close dashboards and other readers, and run the same again"
            )


def _spelled(identifier: str) -> tuple[str, str | None]:
    """Return an identifier, and an address also in lower case if that differs."""
    lower = in_lower_case(identifier)
    return identifier, None if lower == identifier else lower


def _pseudonym(secret: bytes, identifier: str | None) -> str | None:
    return None if identifier is None else name_of(secret, identifier)


def _keyed(secret: bytes, digest: bytes | None) -> bytes | None:
    return None if digest is None else keyed(secret, digest)
