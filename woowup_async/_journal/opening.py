"""Opens the journal's file: makes it private, checks its kind, updates its version and sets damaged rows aside.

Room: _journal.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

from woowup_async._journal.damage import set_aside_all, tell_of
from woowup_async._journal.files import Exposed, make_private
from woowup_async._journal.schema import DAMAGED, explained, legible, transaction
from woowup_async._journal.tables import VERSION, bring_up_to_date, tables_in
from woowup_async.errors import JournalError

_log = logging.getLogger("woowup_async.journal")

#: "woow", so that the file of another program is not mistaken for a journal.
_APPLICATION = 0x776F6F77


def opened(path: Path) -> tuple[sqlite3.Connection, int]:
    """Open the file, and check that it is a sound journal. Also return the number of rows that were set aside.

    Raises:
        JournalError: the file is not a journal, or cannot be used.

    """
    _make_all_private(path)
    with explained(path):
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.text_factory = legible
        try:
            damaged = _prepared(database, path)
        except BaseException:
            database.close()
            raise
    return database, damaged


def warn_of(path: Path, damaged: int) -> None:
    """Log that rows were set aside."""
    if damaged:
        _log.warning(
            "journal %s: %d damaged rows were set aside in its table `damaged`; their records are in doubt, and are "
            "sent again in a way that is safe whatever the server has",
            path,
            damaged,
        )


def _make_all_private(path: Path) -> None:
    real = Path(os.path.realpath(path))
    try:
        for suffix in ("", "-wal", "-shm", ".lock"):
            make_private(f"{real}{suffix}", f"{real.name}{suffix}")
    except Exposed as error:
        raise JournalError(f"journal {path}: {error}") from error
    except OSError as error:
        raise JournalError(f"journal {path}: cannot be written here ({error.strerror})") from error


def _prepared(database: sqlite3.Connection, path: Path) -> int:
    application, version = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    tables = tables_in(database)
    if tables and application != _APPLICATION:
        raise JournalError(f"journal {path}: is another program's database; use another file name")
    if version > VERSION:
        raise JournalError(f"journal {path}: was written by a newer version ({version}, this one reads {VERSION})")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA wal_autocheckpoint = 0")  # the log is moved by `Checkpoints`, or at the end of `forget`
    # in WAL mode this keeps all data if the process is killed, and does not damage the file if the power fails
    database.execute("PRAGMA synchronous = NORMAL")
    if tables:
        is_sound = database.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        if not is_sound or "records" not in tables:
            raise JournalError(f"journal {path}: {DAMAGED}")
    with transaction(database):
        lost = bring_up_to_date(database, version)
        damaged = set_aside_all(database) if tables else 0
        damaged += sum(tell_of(database, name, "the table was missing") for name in lost)
        if not tables:
            database.execute(f"PRAGMA application_id = {_APPLICATION}")
    return damaged
