"""Journals are read again and again, and all their records only seldom."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.journals import item, note, opened
from woowup_async._journal.glance import Refused
from woowup_async._journal.reader import JournalReader
from woowup_async.cli.dashboard import watch
from woowup_async.cli.dashboard.view import Cause
from woowup_async.cli.dashboard.watch import JournalWatch, causes_of, watches_of
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, Rejected

ODD = Rejected("client", "invalid", (Reason("email", "line 7: expected text, got 'Ana'"),))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list with an element for each time that all records were counted."""
    counted, real = list[int](), JournalReader.status

    def status(self: JournalReader) -> object:
        counted.append(1)
        return real(self)

    monkeypatch.setattr(JournalReader, "status", status)
    return counted


def test_a_journal_with_a_run(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(item("1"), Accepted("unconfirmed")), note(item("2"), ODD)], b"")
        seen = JournalWatch(tmp_path / "j", "shop").look()
    assert seen.name == "shop"
    assert seen.glance is not None
    assert seen.glance.is_running
    assert seen.totals is not None
    assert (seen.totals.counts, seen.totals.unconfirmed) == ({"purchase": {"accepted": 1, "rejected": 1}}, 1)
    assert seen.totals.causes == (Cause("purchase", "invalid", "email: expected text", 1, (("2", "a.jsonl:1"),)),)


def test_all_records_are_counted_only_after_outcomes_and_not_too_often(
    tmp_path: Path, now: list[float], counted: list[int]
) -> None:
    mine = JournalWatch(tmp_path / "j", "j")
    with opened(tmp_path / "j") as ledger:
        for _ in range(3):
            mine.look()
            now[0] += 60
        assert len(counted) == 1  # nothing was settled
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
        mine.look()
        ledger.settle([note(item("2"), Accepted("queued"))], b"")
        now[0] += 1.9
        mine.look()
        assert len(counted) == 2  # too soon
        now[0] += 0.2
        assert mine.look().totals is not None
        assert len(counted) == 3


def test_a_slow_count_is_repeated_seldom(
    tmp_path: Path, now: list[float], counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = watch.causes_of

    def slow(rejected: object) -> object:
        now[0] += 3.0
        return real(rejected)  # type: ignore[arg-type]

    monkeypatch.setattr(watch, "causes_of", slow)
    mine = JournalWatch(tmp_path / "j", "j")
    with opened(tmp_path / "j") as ledger:
        mine.look()
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
        now[0] += 59
        mine.look()
        assert len(counted) == 1
        now[0] += 2
        mine.look()
        assert len(counted) == 2


def test_a_journal_that_does_not_exist_yet(tmp_path: Path) -> None:
    mine = JournalWatch(tmp_path / "j", "j", may_be_absent=True)
    assert (mine.look().glance, mine.look().trouble) == (None, "")
    with opened(tmp_path / "j"):
        assert mine.look().glance is not None
    (tmp_path / "j").unlink()
    assert "there is no such file" in mine.look().trouble


def test_a_damaged_journal_is_said_and_its_last_counts_stay(tmp_path: Path) -> None:
    mine = JournalWatch(tmp_path / "j", "j")
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
        before = mine.look().totals
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 99")
    seen = mine.look()
    assert "newer version" in seen.trouble
    assert seen.totals == before is not None


def test_causes_are_joined_without_the_values_of_records() -> None:
    other = Rejected("server", "invalid", (Reason("email", "line 8: expected text, got 'Eva'"),))
    rejected = [Refused("user", str(number), f"u:{number}", ODD if number % 2 else other) for number in range(7)]
    rejected.append(Refused("purchase", "", "p:1", Rejected("server", "forbidden")))
    first, second = causes_of(rejected)
    assert first == Cause(
        "user", "invalid", "email: expected text", 7, tuple((str(number), f"u:{number}") for number in range(5))
    )
    assert second == Cause("purchase", "forbidden", "", 1, (("", "p:1"),))


def test_many_rejected_records_are_not_all_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_MOST_READ", 3)
    for count, is_partial in ((3, False), (4, True)):
        with opened(tmp_path / f"j{count}") as ledger:
            ledger.settle([note(item(str(number)), ODD) for number in range(count)], b"")
        totals = JournalWatch(tmp_path / f"j{count}", "j").look().totals
        assert totals is not None
        assert (totals.is_partial, totals.causes[0].records) == (is_partial, 3)


def test_journals_with_one_file_name_are_shown_with_their_folders() -> None:
    paths = [Path("a/shop.journal"), Path("b/shop.journal"), Path("c/other.journal")]
    assert [mine.look().name for mine in watches_of(paths, may_be_absent=True)] == [
        "a/shop.journal", "b/shop.journal", "other.journal",
    ]  # fmt: skip
