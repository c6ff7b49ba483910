"""The journal's tables, and opening the file that holds them.

Room: _journal. Used by `ledger`. Foreign errors end here: what leaves is a `JournalError` with the file and what to do.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from woowup_async.errors import JournalError

#: "woow", so that no other program's file is taken for a journal.
_APPLICATION = 0x776F6F77
VERSION = 2

_TABLES = """
CREATE TABLE account (mark BLOB, salt BLOB);
CREATE TABLE runs (id INTEGER PRIMARY KEY, began REAL NOT NULL, finished REAL);
CREATE TABLE sources (
    run INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified REAL NOT NULL, PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE records (
    entity TEXT NOT NULL,    -- user, purchase
    key TEXT NOT NULL,       -- as the server knows it; its position where it was refused before it had one
    digest BLOB NOT NULL,    -- of the bytes that were last sent
    accepted BLOB,           -- digest of the bytes that the server was last known to have
    state TEXT NOT NULL,     -- in_flight, accepted, rejected, released, in_doubt
    outcome TEXT,            -- JSON
    position TEXT NOT NULL,  -- for messages
    run INTEGER NOT NULL,
    PRIMARY KEY (entity, key)
) WITHOUT ROWID;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX outbox_keys ON outbox (entity, key);
CREATE TABLE limiter (id INTEGER PRIMARY KEY CHECK (id = 1), memory BLOB NOT NULL);
"""
#: For whoever looks at the journal, and what is under way (by request: its records as JSON). Made on opening, so that
#: journals from before them have them, too; version 1 had each record under way as one of `records`.
_LATER = f"""
BEGIN;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS under_way (
    number INTEGER PRIMARY KEY, entity TEXT NOT NULL, run INTEGER NOT NULL, sent BLOB NOT NULL
);
PRAGMA user_version = {VERSION};
COMMIT;
"""

_DAMAGED = "is damaged; restore a copy, or move it away: a new one sends everything again, and doubles nothing"


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
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"cannot be written here ({error}); it needs a directory that this user may write to"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another process writes to it; one run at a time"
        case sqlite3.SQLITE_NOTADB:
            return "is not a journal; give another name"
        case sqlite3.SQLITE_CORRUPT:
            return (
                "is damaged; restore a copy, or move it away: a new one sends everything again, which doubles nothing"
            )
    return f"cannot be used: {error}"


def opened(path: Path) -> sqlite3.Connection:
    """Open or make the file, readable by its owner only, and check that it is a sound journal.

    Raises:
        JournalError: it is none, or cannot be used.

    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise JournalError(f"journal {path}: cannot be written here ({error.strerror})") from error
    with explained(path):
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    application, version = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    is_new = not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not is_new and application != _APPLICATION:
        raise JournalError(f"journal {path}: is another program's database; give another name")
    if version > VERSION:
        raise JournalError(f"journal {path}: was written by a newer version ({version}, this one reads {VERSION})")
    database.execute("PRAGMA journal_mode = WAL")
    # in WAL mode this survives the end of the process at any moment, and of the machine without damage
    database.execute("PRAGMA synchronous = NORMAL")
    if is_new:
        database.executescript(f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION}; COMMIT;")
    elif database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise JournalError(f"journal {path}: {_DAMAGED}")
    if version < VERSION:
        database.executescript(_LATER)


def stored(text: str) -> str:
    """Make of a text what SQLite can store: half a surrogate pair is no UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class Lock:
    """One writer at a time: an empty SQLite file beside the journal, locked as long as this process lives.

    The kernel drops it, so a run that was killed can be started again at once.
    """

    def __init__(self, path: Path) -> None:
        """Take it.

        Raises:
            JournalError: another run has it.

        """
        beside = path.with_name(f"{path.name}.lock")
        try:
            os.close(os.open(beside, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise JournalError(f"journal {path}: cannot be locked ({beside.name}: {error.strerror})") from error
        with explained(path):
            self._database = sqlite3.connect(beside, isolation_level=None, timeout=0, check_same_thread=False)
            try:
                self._database.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written here
                self._database.execute("BEGIN EXCLUSIVE")
            except BaseException:
                self._database.close()
                raise

    def release(self) -> None:
        """Give it back."""
        self._database.close()
