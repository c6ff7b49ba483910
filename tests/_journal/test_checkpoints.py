"""The write-ahead log is moved into the file in a thread."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

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
    monkeypatch.setattr(Checkpoints, "_move", move)
    rounds = Checkpoints(tmp_path / "journal")
    rounds.committed()
    assert began.acquire(timeout=30)
    rounds.committed()
    assert not began.acquire(blocking=False)
    may_end.set()
    rounds.finish()
    rounds.committed()  # the one that had to wait
    rounds.finish()
    assert began.acquire(blocking=False)


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
