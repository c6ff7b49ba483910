"""Moves a journal's write-ahead log into its file, in a thread.

Room: _journal. SQLite does this by itself in a commit that finds the log long enough, and waits for the disk meanwhile.
All commits of a run are in the event loop, which would stand still. It does not matter when it is done: a process that
is killed loses nothing of either file.

Invariant: after a round that moved everything, a transaction ends before the next round begins, whichever connection
does them. It begins the log anew. If that happened while a round begins, SQLite before 3.51.3 could take the new log
for the old one, and lose transactions (https://sqlite.org/wal.html#walresetbug). So no commit moves the log by itself:
the next round would begin at once.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

#: Transactions after which the log is moved (guessed: about as many as SQLite would wait for).
_EACH = 64
#: Pages of 4 KB after which the event loop waits for a round (guessed: 32 MB). While a run writes at full speed, each
#: round in the thread leaves a rest, so the log begins anew only then; and the rest is small.
MOST_PAGES = 8_000


class Checkpoints:
    """The rounds of one journal. At most one is under way.

    Args:
        database: the connection that writes.
        path: of the journal.

    """

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._name = database, f"{Path(os.path.realpath(path)).as_uri()}?mode=rw"
        self._written = self._pages = 0
        self._thread: Thread | None = None

    def committed(self) -> None:
        """Count a transaction, and begin a round if it is time. This only waits for a round if the log is long."""
        self._written += 1
        if self._written < _EACH or (self._thread is not None and self._thread.is_alive()):
            return
        self._written = 0
        if self._pages >= MOST_PAGES:
            with suppress(sqlite3.Error):
                self._move(self._database)
            self._pages = 0
        else:
            thread = Thread(target=self._move_alone, name="woowup-journal", daemon=True)
            try:
                thread.start()
                self._thread = thread
            except RuntimeError:  # the process has too many
                self._pages = MOST_PAGES

    def finish(self) -> None:
        """Wait for the round that is under way. Call it before the connection that writes is closed."""
        if self._thread is not None:
            self._thread.join()

    def _move_alone(self) -> None:
        self._pages = MOST_PAGES  # if this fails, the connection that writes does the next round
        # an error of the disk comes again in a commit, which raises it
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._name, uri=True)) as database:
            self._move(database)

    def _move(self, database: sqlite3.Connection) -> None:
        _, self._pages, _ = database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
