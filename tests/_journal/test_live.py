"""What a run shows about itself in its journal."""

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tests.support.journals import item, note, opened
from woowup_async._flow import Entity
from woowup_async._journal import notes
from woowup_async._journal.live import Budget, Hour, Live, Minute, Problem
from woowup_async._journal.reader import JournalReader
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released

NOON = 1_800_000_000.0
HOUR = int(NOON // 3_600)
LIVE = Live(
    at=NOON, began=NOON - 60, active=NOON - 1, counts={"user": {"accepted": 3}}, requests=4, throttled=1,
    minutes=[Minute(int(NOON // 60), 4, 1, 3)], budget=Budget(70, 12.5, 2.5, 10.0, 3.0, 30.0),
)  # fmt: skip


def test_the_row_is_replaced_and_problems_get_their_ends(tmp_path: Path) -> None:
    begun, over = Problem(NOON, "outage", None, "503"), Problem(NOON, "outage", NOON + 9, "503 \ud800")
    with opened(tmp_path / "j") as ledger, closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.glance().live is None
        ledger.show_live(LIVE, [begun])
        assert reader.glance().problems == (begun,)
        ledger.show_live(msgspec.structs.replace(LIVE, requests=5), [over, Problem(NOON + 20, "cooldown", None, "429")])
        seen = reader.glance()
        ledger.show_live(LIVE, [])
        again = reader.glance()
    assert seen.live == msgspec.structs.replace(LIVE, requests=5)
    assert [(one.kind, one.ended) for one in seen.problems] == [("cooldown", None), ("outage", NOON + 9)]
    assert (again.live, again.problems) == (LIVE, seen.problems)


def test_old_problems_are_forgotten(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.show_live(LIVE, [Problem(NOON + at, "cooldown", NOON + at, "429") for at in range(300)])
        with closing(sqlite3.connect(tmp_path / "j")) as database:
            assert database.execute("SELECT count(*), min(began) FROM problems").fetchone() == (200, NOON + 100)


def test_a_new_process_ends_the_problems_of_a_killed_one(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.show_live(LIVE, [Problem(NOON, "outage", None, "503"), Problem(NOON + 5, "cooldown", NOON + 6, "429")])
    with opened(tmp_path / "j"), closing(JournalReader(tmp_path / "j")) as reader:
        cooldown, outage = reader.glance().problems
        assert reader.glance().live is None  # what the killed one showed is not of the new run
    assert outage.ended is not None
    assert cooldown.ended == NOON + 6


def test_outcomes_are_counted_by_hour_in_the_step_that_stores_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [NOON]
    monkeypatch.setattr(notes, "time", SimpleNamespace(time=lambda: now[0]))
    refused = Rejected("client", "invalid")
    with opened(tmp_path / "j") as ledger, closing(JournalReader(tmp_path / "j")) as reader:
        ledger.settle([note(item("1"), Accepted("queued")), note(item("2"), Released("x"))], b"")
        now[0] += 3_600
        ledger.settle([note(item("3"), Accepted("queued")), note(item("4"), InDoubt("x"))], b"")
        ledger.settle([note(item("5"), Accepted("created"), Entity.USER)], b"")
        ledger.settle([note(item("6"), Accepted("queued")), note(item("7"), refused)], b"")
        seen = reader.glance().hours
    assert seen == (
        Hour(HOUR, "purchase", "accepted", 1), Hour(HOUR, "purchase", "released", 1),
        Hour(HOUR + 1, "purchase", "accepted", 2), Hour(HOUR + 1, "purchase", "in_doubt", 1),
        Hour(HOUR + 1, "purchase", "rejected", 1), Hour(HOUR + 1, "user", "accepted", 1),
    )  # fmt: skip


def test_only_the_last_hours_are_read(tmp_path: Path) -> None:
    with opened(tmp_path / "j"), closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as database:
        rows = [(HOUR + 2 * at, "user", "accepted", 1) for at in range(60)]
        database.executemany("INSERT INTO hours VALUES (?, ?, ?, ?)", rows)
        with closing(JournalReader(tmp_path / "j")) as reader:
            hours = reader.glance().hours
    assert [hours[0].hour, len(hours)] == [HOUR + 24, 48]


def test_damage_in_these_tables_is_skipped_and_set_aside_by_the_next_run(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.show_live(LIVE, [Problem(NOON, "outage", NOON, "503")])
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as database:
        database.execute("UPDATE live SET state = '{'")
        database.execute("UPDATE problems SET what = x'ff'")
        database.execute("UPDATE hours SET records = 'many'")
    with closing(JournalReader(tmp_path / "j")) as reader:
        seen = reader.glance()
    assert (seen.live, seen.problems, seen.hours) == (None, (), ())
    with opened(tmp_path / "j"), closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.status().damaged == 2  # text that is not valid JSON is replaced by the next process
