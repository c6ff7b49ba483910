"""Shared by all modules that use a journal's file: its errors, transactions, and texts that SQLite can store.

Room: _journal. SQLite's errors become a `JournalError` that names the file and says what to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from woowup_async._flow import Position
from woowup_async.errors import JournalError

DAMAGED = "is damaged; restore a copy, or move it away: a new journal sends everything again, without duplicates"


#: Decodes texts. It is a C function, since it is called for each text. Invalid UTF-8 in a damaged row must not raise.
legible = partial(str, encoding="utf-8", errors="replace")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into `JournalError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: sqlite3.Error) -> JournalError:
    """Return an error that says what is wrong and what to do."""
    return JournalError(f"journal {path}: {_advice(error)}")


def _advice(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return "the disk is full; make room and start again, the run continues where it stopped"
        case sqlite3.SQLITE_IOERR:
            return f"the disk failed or is full ({error}); fix this and start again, the run continues where it stopped"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"cannot be written here ({error}); it needs a directory that this user can write to"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another process writes to it; one run at a time"
        case sqlite3.SQLITE_NOTADB:
            return "is not a journal; use another file name"
        case sqlite3.SQLITE_CORRUPT:
            return DAMAGED
    return f"cannot be used: {error}"


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Do all of the block or nothing. An error is raised unchanged, even if the rollback also fails."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # if the disk is full, SQLite rolls back by itself
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
        raise


def place_of(position: Position) -> str:
    """Return the place of a record in a form that SQLite can store."""
    place = f"{position.source}:{position.number}"
    return place if place.isascii() else stored(place)


def shown(key: str) -> str:
    """Return a stored key as it was given; "" for a record without one, which is stored under its position."""
    return "" if key.startswith("\0") else key


def stored(text: str) -> str:
    """Return a text in a form that SQLite can store: half of a surrogate pair is not valid UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
