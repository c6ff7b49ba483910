"""Reading a journal without changing it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.journals import item, note, opened
from woowup_async._flow import Entity
from woowup_async._journal.reader import JournalReader, JournalStatus
from woowup_async._journal.tables import VERSION
from woowup_async._journal.under_way import left_in
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "rate"), [(None, None), (0.5, None), (1.0, 600.0), (60.0, 10.0)])
def test_the_rate_of_a_run_needs_at_least_a_second(seconds: float | None, rate: float | None) -> None:
    seen = None if seconds is None else NOON + timedelta(seconds=seconds)
    assert JournalStatus(False, NOON, None, seen, settled_in_run=10).per_minute == rate


def test_other_databases_are_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as database:
        database.execute("CREATE TABLE customers (id)")
    with pytest.raises(JournalError, match="is another program's database"):
        JournalReader(tmp_path / "other")
    with pytest.raises(JournalError, match="other2"):
        JournalReader(tmp_path / "other2")


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "j"):
        pass
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalError, match=f"was written by a newer version .{VERSION + 1}."):
        JournalReader(tmp_path / "j")


def test_a_reader_sees_records_under_way_and_skips_damaged_rows(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
        ledger.mark(Entity.PURCHASE, [item("2")], b"")
        ledger.mark(Entity.PURCHASE, [item("3")], b"")
        with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as database:
            database.execute("UPDATE under_way SET sent = x'ff' WHERE number = (SELECT max(number) FROM under_way)")
            assert [left.key for left in left_in(database)] == ["2"]
            damaged = list[int]()
            assert [left.key for left in left_in(database, damaged)] == ["2"]
            assert len(damaged) == 1
