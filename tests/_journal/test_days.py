"""The day of a purchase, in whatever form the record came."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import UNSET

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._journal.days import date_of, day_of, number_of
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.tables import VERSION
from woowup_async.outcomes import Accepted, Outcome, Rejected
from woowup_async.ports import Note


class Hostile:
    @property
    def createtime(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        (b'{"a":1,"createtime" : "2024-05-31 23:59:59"}', 20240531),
        (b'{"createtime":"2024-05-31T00:00:00-03:00"}', 20240531),
        (b'{"createtime":null}', None),
        (b"{broken", None),
        ({"createtime": "2024-05-31 10:00:00"}, 20240531),
        ({"createtime": datetime(2024, 5, 31, tzinfo=UTC)}, 20240531),
        ({"createtime": date(2024, 5, 31)}, 20240531),
        ({"createtime": "soon"}, None),
        ({"createtime": 7}, None),
        ({}, None),
        (SimpleNamespace(createtime="2024-05-31 10:00:00"), 20240531),  # as a model has it
        (SimpleNamespace(createtime=UNSET), None),
        (Hostile(), None),
        (None, None),
    ],
)
def test_the_day(raw: object, day: int | None) -> None:
    assert day_of(raw) == day


def test_numbers_and_dates() -> None:
    assert date_of(number_of(date(2024, 2, 29))) == date(2024, 2, 29)
    assert [date_of(number) for number in (0, 20230229, 20241301)] == [None] * 3


def note(number: str, outcome: Outcome, day: str = "2024-05-31") -> Note:
    record = Record(Position("s", 1), f'{{"createtime":"{day}"}}'.encode())
    return Note(Settled(Entity.PURCHASE, record, number, outcome), b"d" * 16)


def test_accepted_purchases_by_branch_and_day(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "j")) as ledger:
        ledger.begin([])
        queued = Accepted("queued")
        ledger.settle([note("1", queued), note("A/2", queued), note("A/3", queued, "2024-06-01")], b"")
        ledger.settle([note("A/4", Rejected("server", "x")), note("A/5", Accepted("unconfirmed"))], b"")
        ledger.settle([note("A/2", Accepted("updated"), "2024-06-02")], b"")  # its day was corrected
        audit = ledger.audit()
        assert audit.days() == {
            date(2024, 5, 31): {"": 1}, date(2024, 6, 1): {"A": 1}, date(2024, 6, 2): {"A": 1},
        }  # fmt: skip
        wanted = {("A", date(2024, 6, 1)), ("", date(2024, 5, 31)), ("B", date(2024, 6, 1))}
        assert audit.keys_on(wanted) == {
            ("A", date(2024, 6, 1)): ["A/3"], ("", date(2024, 5, 31)): ["1"], ("B", date(2024, 6, 1)): [],
        }  # fmt: skip


def test_an_older_journal_and_damaged_days(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with closing(SqliteLedger(path)) as ledger:
        ledger.begin([])
        ledger.settle([note("A/1", Accepted("queued")), note("A/2", Accepted("queued"))], b"")
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE records DROP COLUMN day")
        database.execute("PRAGMA user_version = 4")
    with closing(SqliteLedger(path)) as ledger:
        assert ledger.audit().days() == {}
        assert ledger.audit().branches() == {"A": 2}
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute("PRAGMA user_version").fetchone()[0] == VERSION
        database.execute("UPDATE records SET day = 'x' WHERE key = 'A/1'")
        database.execute("UPDATE records SET day = 99 WHERE key = 'A/2'")
    with closing(SqliteLedger(path)) as ledger:
        assert ledger.audit().days() == {}
        assert ledger.audit().branches() == {"A": 2}
