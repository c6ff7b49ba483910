"""What all that touch a journal's file share: its errors in our words, transactions, and texts that SQLite can store.

Room: _journal. Foreign errors end here: what leaves is a `JournalError` with the file and what to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from woowup_async.errors import JournalError

DAMAGED = "is damaged; restore a copy, or move it away: a new one sends everything again, which doubles nothing"


#: Reads texts as they are; in C, since it is called for each. What is not UTF-8, in a damaged row, must end nothing.
legible = partial(str, encoding="utf-8", errors="replace")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: sqlite3.Error) -> JournalError:
    """Say what is wrong, and what to do."""
    return JournalError(f"journal {path}: {_advice(error)}")


def _advice(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return "the disk is full; make room and start again, the run goes on where it stopped"
        case sqlite3.SQLITE_IOERR:
            return f"the disk failed or is full ({error}); mend it and start again, the run goes on where it stopped"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"cannot be written here ({error}); it needs a directory that this user may write to"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another process writes to it; one run at a time"
        case sqlite3.SQLITE_NOTADB:
            return "is not a journal; give another name"
        case sqlite3.SQLITE_CORRUPT:
            return DAMAGED
    return f"cannot be used: {error}"


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Do all of it or nothing. What fails is raised as it was, even where undoing it fails, too."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # a full disk makes SQLite undo it by itself
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
        raise


def stored(text: str) -> str:
    """Make of a text what SQLite can store: half a surrogate pair is not UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
