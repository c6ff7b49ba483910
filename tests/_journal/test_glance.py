"""A quick look at a journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.journals import item, note, opened
from woowup_async._journal.glance import Glance
from woowup_async._journal.live import Live
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.tables import VERSION
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, Rejected


def glance(path: Path) -> Glance:
    with closing(JournalReader(path)) as reader:
        return reader.glance()


def make_older(path: Path) -> None:
    """Give a journal the tables of version 4."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("DROP TABLE live; DROP TABLE problems; DROP TABLE hours; PRAGMA user_version = 4")


def test_runs_and_the_writer(tmp_path: Path) -> None:
    for _ in range(8):
        with opened(tmp_path / "j") as ledger:
            ledger.finish()
    with opened(tmp_path / "j") as ledger:
        ledger.note("left", "1")
        seen = glance(tmp_path / "j")
    assert [run.number for run in seen.runs] == [9, 8, 7, 6, 5, 4]
    assert [run.finished is None for run in seen.runs] == [True] + [False] * 5
    assert (seen.is_running, seen.notes) == (True, {"left": "1"})
    assert not glance(tmp_path / "j").is_running


def test_a_journal_of_version_4_is_read_and_gets_the_new_tables_from_the_next_run(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
    make_older(tmp_path / "j")
    before = glance(tmp_path / "j")
    assert (before.live, before.hours, before.problems, len(before.runs)) == (None, (), (), 1)
    with opened(tmp_path / "j") as ledger:
        ledger.show_live(Live(1.0, 1.0), [])
        with closing(JournalReader(tmp_path / "j")) as reader:
            status = reader.status()
        assert (status.damaged, status.counts) == (0, {"purchase": {"accepted": 1}})
        assert status.glance.live == Live(1.0, 1.0)
    with closing(sqlite3.connect(tmp_path / "j")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_looking_takes_no_lock_and_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "j"):
        pass
    with closing(JournalReader(tmp_path / "j")) as reader:
        reader.glance()
        with opened(tmp_path / "j") as ledger:  # a run begins beside it
            ledger.settle([note(item("1"), Accepted("queued"))], b"")
        assert reader.glance().hours[0].records == 1


def test_rejected_records_with_their_reasons(tmp_path: Path) -> None:
    refused = Rejected("server", "invalid", (Reason("email", "is odd"),))
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(item("1"), Accepted("queued")), note(item("2"), refused), note(item(""), refused)], b"")
        ledger.settle([note(item("3"), refused), note(item("4"), refused)], b"")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as database:
        database.execute("UPDATE records SET outcome = '{' WHERE key = '3'")
        database.execute("UPDATE records SET outcome = NULL WHERE key = '4'")
    with closing(JournalReader(tmp_path / "j")) as reader:
        found = sorted((one.entity, one.key, one.position, one.outcome) for one in reader.rejections())
    assert found == [("purchase", "", "a.jsonl:1", refused), ("purchase", "2", "a.jsonl:1", refused)]
