"""The write-ahead log is moved into the file in a thread."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.journals import item
from woowup_async._flow import Entity
from woowup_async._journal import checkpoints as module
from woowup_async._journal.checkpoints import Checkpoints
from woowup_async._journal.ledger import SqliteLedger


def noted_in_the_file_alone(path: Path, copy: Path) -> list[str]:
    """Return the names of notes that are found without the log."""
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as database:
        return [name for (name,) in database.execute("SELECT name FROM notes ORDER BY name")]


def test_the_log_is_moved_after_some_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "jour nal%"
    with closing(SqliteLedger(path)):
        pass  # its tables are in the file when it is closed
    monkeypatch.setattr(module, "_EACH", 4)
    with closing(SqliteLedger(path)) as ledger:  # one transaction
        for name in "ab":
            ledger.note(name, "x")
        assert noted_in_the_file_alone(path, tmp_path / "before") == []
        for name in "cd":
            ledger.note(name, "x")
        ledger._checkpoints.finish()
        moved = noted_in_the_file_alone(path, tmp_path / "after")
        assert moved[:3] == ["a", "b", "c"]  # d is there too if it came before the thread looked


def test_only_one_round_is_under_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    began, may_end = threading.Semaphore(0), threading.Event()

    def move(self: Checkpoints) -> None:
        began.release()
        may_end.wait(30)

    monkeypatch.setattr(module, "_EACH", 1)
    monkeypatch.setattr(Checkpoints, "_move_alone", move)
    with closing(sqlite3.connect(":memory:")) as database:
        rounds = Checkpoints(database, tmp_path / "journal")
        rounds.committed()
        assert began.acquire(timeout=30)
        rounds.committed()
        assert not began.acquire(blocking=False)
        may_end.set()
        rounds.finish()
        rounds.committed()  # the one that had to wait
        rounds.finish()
        assert began.acquire(blocking=False)


def test_a_long_log_is_moved_by_the_connection_that_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Between two rounds of which the first moved everything there is a transaction, which begins the log anew.

    Otherwise SQLite before 3.51.3 could take the new log for the old one, and lose transactions
    (https://sqlite.org/wal.html#walresetbug).
    """
    rounds = list[str]()

    class Watched(Checkpoints):
        def _move(self, database: sqlite3.Connection) -> None:
            rounds.append("writer" if threading.current_thread() is threading.main_thread() else "thread")
            super()._move(database)

    monkeypatch.setattr(module, "_EACH", 2)
    monkeypatch.setattr(module, "MOST_PAGES", 8)
    monkeypatch.setattr("woowup_async._journal.ledger.Checkpoints", Watched)
    path = tmp_path / "journal"
    seen = list[int]()
    with closing(SqliteLedger(path)) as ledger:
        before = len(rounds)
        for number in range(12):
            ledger.note(f"{number:02}", "x" * 40_000)  # ten pages
            ledger._checkpoints.finish()
            seen.append(len(rounds) - before)
    assert rounds[before:][:4] == ["thread", "writer", "thread", "writer"]
    assert all(later - earlier <= 1 for earlier, later in zip(seen, seen[2:]))


def test_only_the_rounds_move_the_log(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "journal")) as ledger:
        assert ledger._database.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)


def test_records_of_an_outbox_count_as_transactions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_EACH", 4)
    path = tmp_path / "journal"
    with closing(SqliteLedger(path)):
        pass
    with closing(SqliteLedger(path)) as ledger:  # one transaction
        outbox = ledger.outbox()
        outbox.put(Entity.PURCHASE, item("a"))
        outbox.put(Entity.PURCHASE, item("b"))
        outbox.probe()
        ledger._checkpoints.finish()
        shutil.copy(path, tmp_path / "copy")
        with closing(sqlite3.connect(tmp_path / "copy")) as database:
            assert database.execute("SELECT count(*) FROM outbox").fetchone() == (2,)


def test_without_a_thread_the_connection_that_writes_moves_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module, "_EACH", 2)
    monkeypatch.setattr(threading.Thread, "start", start)
    path = tmp_path / "journal"
    with closing(SqliteLedger(path)) as ledger:
        for name in "abcd":
            ledger.note(name, "x")
        assert noted_in_the_file_alone(path, tmp_path / "copy")[:3] == ["a", "b", "c"]


def test_a_round_that_fails_harms_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file was renamed meanwhile. It is not made anew under its old name."""
    monkeypatch.setattr(module, "_EACH", 2)
    path, renamed = tmp_path / "journal", tmp_path / "renamed"
    with closing(SqliteLedger(path)) as ledger:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").rename(f"{renamed}{suffix}")
        ledger.note("a", "x")
        ledger._checkpoints.finish()
        assert not path.exists()
        assert ledger.noted("a") == "x"
        for name in "bc":
            ledger.note(name, "x")
        moved = noted_in_the_file_alone(renamed, tmp_path / "after")
        assert moved == ["a", "b", "c"]  # by the connection that writes: otherwise the log would grow without end
