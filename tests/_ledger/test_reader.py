"""What commands read of a shared ledger, also while processes write to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from tests.support.journals import item, note
from tests.support.ledgers import opened
from tests.support.postgres import Server
from woowup_async._flow import Entity, Item, Position, Record
from woowup_async._journal.live import Live, Problem
from woowup_async._ledger.audit import PostgresAudit
from woowup_async._ledger.opening import opened_reader
from woowup_async._ledger.reader import PostgresReader
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError, Reason
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released
from woowup_async.ports import Mark, State

QUEUED, ODD = Accepted("queued"), Rejected("server", "bad", (Reason("", "why"),))
ANA = ("email:Ana@b.co", "document:1")


@contextmanager
def reading(url: str, account: bytes | None = b"mine") -> Iterator[PostgresReader]:
    reader = opened_reader(Dsn(url), None if account is None else lambda salt: account or b"")
    assert isinstance(reader, PostgresReader)
    try:
        yield reader
    finally:
        reader.close()


def dated(key: str, day: str) -> Item:
    one = item(key)
    return Item(Record(Position("a", 1), b'{"createtime":"%s"}' % day.encode()), key, one.body, one.digest)


async def test_it_shows_what_processes_wrote(url: str) -> None:
    async with opened(url) as ledger, opened(url, b"other") as other:
        await ledger.begin([Mark("p.csv", 1, 1.0)])
        for key, outcome in (
            ("1", Accepted("unconfirmed")),
            ("2", ODD),
            ("3", InDoubt("lost")),
            ("4", Accepted("queued")),
        ):
            await ledger.claim(Entity.PURCHASE, [item(key)])
            await ledger.settle([note(item(key), outcome)], b"")
        await ledger.settle([note(item("u", customers=ANA), Accepted("created"), Entity.USER)], b"")
        await ledger.claim(Entity.PURCHASE, [item("4"), item("5")])
        await other.settle([note(item("9"), ODD)], b"")
        ledger.show_live(Live(at=1.0, began=0.5, requests=7), [Problem(1.0, "outage", None, "down")])
        ledger.note("progress", "{}")
        await ledger._renew()
        with reading(url) as reader:
            status = reader.status()
            assert status.counts == {
                "user": {"accepted": 1}, "purchase": {"in_flight": 2, "accepted": 1, "rejected": 1, "in_doubt": 1},
            }  # fmt: skip
            assert (status.codes, status.doubts) == ({"purchase": {"bad": 1}}, {"lost": 1})
            assert (status.unconfirmed, status.is_running, status.settled_in_run) == (1, True, 4)
            assert (status.sources, status.notes) == (("p.csv",), {"progress": "{}"})
            assert (status.finished, status.began is None, status.seen is None) == (None, False, False)
            assert status.glance.live == Live(at=1.0, began=0.5, requests=7)
            assert [each.what for each in status.glance.problems] == ["down"]
            assert sum(hour.records for hour in status.glance.hours) == 5
            assert [each.key for each in reader.rejections()] == ["2"]
            assert reader.find(Entity.PURCHASE, "7") is None
            entry = reader.find(Entity.PURCHASE, "5")
            assert entry is not None
            assert entry.state is State.IN_FLIGHT
            assert reader.versions(ANA) == [item("u").digest] * 2
            assert len(reader.people(ANA)) == 1
            assert reader.known_customers() == (2, 0)
            assert (reader.noted("progress"), reader.noted("other")) == ("{}", None)
            assert (reader.opening().is_resumed, reader.is_sound()) == (True, True)
            assert (reader.belongs_to(lambda salt: b"mine"), reader.belongs_to(lambda salt: b"new")) == (True, None)
        with reading(url, None) as reader:  # all accounts
            assert reader.status().counts["purchase"]["rejected"] == 2
        with reading(url, b"unknown") as reader:
            assert (reader.status().counts, reader.status().began) == ({}, None)


async def test_an_audit_samples_counts_and_releases(url: str) -> None:
    async with opened(url) as ledger:
        for key, outcome in (
            ("Centro/1", Accepted("queued")),
            ("2", Accepted("queued")),
            ("3", Accepted("unconfirmed")),
        ):
            await ledger.settle([note(dated(key, "2024-05-31"), outcome)], b"")
        await ledger.finish()
    with reading(url) as reader:
        audit = PostgresAudit(reader)
        assert set(audit.sample(5, Random(1))) == {"Centro/1", "2"}
        assert audit.branches() == {"Centro": 1, "": 1}
        assert [(f"{day}", dict(counts)) for day, counts in audit.days().items()] == [
            ("2024-05-31", {"Centro": 1, "": 1})
        ]
        assert audit.settled_at() > 0
        audit.release(["2"])
        reader.note("reading", "{}")
        assert reader.noted("reading") == "{}"
    async with opened(url) as ledger:
        (entry,) = await ledger.find(Entity.PURCHASE, ["2"])
        assert entry is not None
        assert (entry.state, entry.accepted) == (State.RELEASED, None)


async def test_purchases_under_way_are_not_missing(postgres: Server, url: str) -> None:
    name = url.rpartition("%3D")[2]
    async with opened(url) as ledger:
        for key in "12345":
            await ledger.settle([note(dated(key, "2024-05-31"), QUEUED)], b"")
        postgres.execute(f"UPDATE {name}.woowup_record SET at = at - 1000 WHERE key <> '2'")
        await ledger.find(Entity.PURCHASE, ["3"])
        await ledger.claim(Entity.PURCHASE, [item("3", "new")])
        await ledger.settle([note(item("4", "new"), Released("stopped"))], b"")
        with reading(url) as reader:
            audit = PostgresAudit(reader)
            assert audit.under_way(list("12345"), 300.0) == {"2", "3", "4"}
            assert audit.under_way([], 300.0) == set()
            audit.release(["1", "3", "4"])
        states = [entry and entry.state for entry in await ledger.find(Entity.PURCHASE, list("134"))]
        assert states == [State.RELEASED, State.IN_FLIGHT, State.RELEASED]


async def test_no_ledger_no_server_and_a_newer_one(postgres: Server, url: str) -> None:
    with pytest.raises(JournalError, match="there is no ledger in this database"), reading(url):
        pass
    with (
        pytest.raises(JournalError, match="journal postgresql://127.0.0.1:1/x: "),
        reading("postgresql://127.0.0.1:1/x"),
    ):
        pass
    async with opened(url):
        pass
    name = url.rpartition("%3D")[2]
    with reading(url) as reader:
        postgres.execute(f"ALTER TABLE {name}.woowup_record RENAME TO gone")
        for read in (reader.status, lambda: reader.find(Entity.USER, "1"), lambda: list(reader.rejections())):
            with pytest.raises(JournalError, match="woowup_record"):
                read()
    postgres.execute(f"UPDATE {name}.woowup_ledger SET version = 99")
    with pytest.raises(JournalError, match="newer version"), reading(url):
        pass
