"""A process that paused for longer than its lease: it sends nothing more, and replaces nothing that is newer."""

from __future__ import annotations

import asyncio
import logging

import msgspec
import psycopg
import pytest

from tests.support.journals import item, note
from tests.support.ledgers import expire, found, opened, process, taken
from tests.support.postgres import Server
from woowup_async._flow import Entity, Item, Record
from woowup_async._journal.live import Live, Problem
from woowup_async._ledger import connections as module
from woowup_async._ledger import ledger as ledger_module
from woowup_async._ledger.connections import LeaseEnded, Rows, Statement
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Entry, State

QUEUED, BAD = Accepted("queued"), Rejected("server", "bad")
OLD, NEW = item("1", "old"), item("1", "new")


async def settle(ledger: PostgresLedger, one: Item, outcome: Outcome) -> None:
    await ledger.settle([note(one, outcome)], b"")


async def late(ledger: PostgresLedger, one: Item, outcome: Outcome) -> None:
    with pytest.raises(LeaseEnded, match="was not heard for longer than its lease.* Start again"):
        await settle(ledger, one, outcome)


async def known(ledger: PostgresLedger, key: str = "1") -> Entry:
    entry = await found(ledger, key)
    assert entry is not None
    return entry


def settled_in_hour(postgres: Server, url: str) -> int:
    return int(postgres.one(f"SELECT coalesce(sum(records), 0) FROM {url.rpartition('%3D')[2]}.woowup_hour"))


class TestAfterTheLease:
    @pytest.mark.parametrize("is_swept", [False, True])
    async def test_it_claims_and_marks_nothing_more(self, postgres: Server, url: str, is_swept: bool) -> None:
        async with opened(url) as paused, opened(url) as other:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            if is_swept:
                assert not (await known(other)).is_elsewhere
            with pytest.raises(LeaseEnded):
                await taken(paused, item("2"))
            with pytest.raises(LeaseEnded):
                paused.mark(Entity.PURCHASE, [OLD], b"")
            with pytest.raises(LeaseEnded):
                await taken(paused, item("2"))
            assert await found(other, "2") is None

    async def test_a_renewal_does_not_bring_it_back(self, postgres: Server, url: str) -> None:
        async with opened(url) as paused, opened(url) as other:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            with pytest.raises(LeaseEnded):
                await paused._renew()
            with pytest.raises(LeaseEnded):
                paused.mark(Entity.PURCHASE, [OLD], b"")
            assert await taken(other, OLD) == set()

    async def test_its_own_clock_also_counts_sleep(self, url: str) -> None:
        times = [100.0]
        ledger = process(url, now=lambda: times[0])
        await ledger.begin([])
        times[0] = 130.0
        ledger.mark(Entity.PURCHASE, [OLD], b"")
        times[0] = 130.1
        with pytest.raises(JournalError, match="was not reached for 30 s"):
            ledger.mark(Entity.PURCHASE, [OLD], b"")
        await ledger._renew()  # the server kept its claims
        ledger.mark(Entity.PURCHASE, [OLD], b"")
        await ledger.aclose()

    async def test_the_beat_says_it_once_and_ends(
        self, postgres: Server, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ledger_module, "_BEAT", 0.001)
        ledger = process(url)
        with caplog.at_level(logging.WARNING, "woowup_async.journal"):
            await ledger.begin([])
            await expire(postgres, url, ledger)
            assert ledger._beating is not None
            await ledger._beating
            await ledger.aclose()
        assert [record.message.partition(": this ")[2][:27] for record in caplog.records] == [
            "process was not heard for l"
        ]

    async def test_the_beat_says_once_that_the_server_fails(
        self, postgres: Server, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It goes on, and what it could not write waits."""
        monkeypatch.setattr(ledger_module, "_BEAT", 0.001)
        ledger, beats, failing = process(url), asyncio.Semaphore(0), [True]
        step = ledger._step

        async def failing_step(*statements: Statement) -> list[Rows]:
            beats.release()
            if failing[0]:
                raise JournalError("down")
            return await step(*statements)

        with caplog.at_level(logging.WARNING, "woowup_async.journal"):
            await ledger.begin([])
            monkeypatch.setattr(ledger, "_step", failing_step)
            ledger.note("progress", "7")
            ledger.show_live(Live(at=1.0, began=0.5), [Problem(1.0, "outage", None, "down")])
            for _ in range(3):
                await beats.acquire()
            failing[0] = False
            while ledger._pending.noted("progress") is not None:
                await beats.acquire()
            assert await ledger.noted("progress") == "7"
            assert [record.message for record in caplog.records] == ["down; trying again"]
            await ledger.aclose()
        assert postgres.one(f"SELECT count(*) FROM {url.rpartition('%3D')[2]}.woowup_problem") == 1

    async def test_it_finishes_a_run_in_which_it_lost_nothing(self, postgres: Server, url: str) -> None:
        async with opened(url) as paused:
            await taken(paused, OLD)
            await settle(paused, OLD, QUEUED)
            await expire(postgres, url, paused)
            await paused.finish()
        async with opened(url) as later:
            assert later._run > paused._run

    async def test_it_does_not_finish_a_run_in_which_it_lost_something(self, postgres: Server, url: str) -> None:
        async with opened(url) as paused:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            async with opened(url) as other:
                assert other._run == paused._run
            paused.note("progress", "7")
            with pytest.raises(LeaseEnded):
                await paused.finish()
        async with opened(url) as later:
            assert later._run == paused._run
            assert await later.noted("progress") is None


class TestLateAnswers:
    @pytest.mark.parametrize(
        ("outcome", "state", "doubt"),
        [
            (QUEUED, State.ACCEPTED, None),
            (BAD, State.REJECTED, None),
            (InDoubt("lost"), State.IN_FLIGHT, OLD.digest),
            (Released("stopped"), State.IN_FLIGHT, OLD.digest),
        ],
    )
    async def test_an_answer_ends_the_doubt(
        self, postgres: Server, url: str, outcome: Outcome, state: State, doubt: bytes | None
    ) -> None:
        async with opened(url) as paused, opened(url) as other:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            await late(paused, OLD, outcome)
            entry = await known(other)
            assert (entry.state, entry.doubt) == (state, doubt)
            assert entry.outcome == (outcome if doubt is None else None)
            assert settled_in_hour(postgres, url) == (doubt is None)

    @pytest.mark.parametrize("newer", [QUEUED, BAD, InDoubt("lost"), Released("stopped")])
    async def test_what_another_process_settled_since_stays(self, postgres: Server, url: str, newer: Outcome) -> None:
        async with opened(url) as paused, opened(url) as other:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            await taken(other, NEW)
            await settle(other, NEW, newer)
            before = await known(other)
            await late(paused, OLD, QUEUED)
            entry = await known(other)
            if before.doubt == OLD.digest:  # the answer says what was not known
                assert (entry.accepted, entry.doubt) == (OLD.digest, None)
                assert (entry.digest, entry.outcome) == (NEW.digest, newer)
                assert entry.state == (State.RELEASED if isinstance(newer, Released) else State.REJECTED)
            else:
                assert entry == before

    async def test_the_same_content_in_doubt_again_is_answered(self, postgres: Server, url: str) -> None:
        async with opened(url) as paused, opened(url) as other:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            await taken(other, OLD)
            await settle(other, OLD, InDoubt("lost"))
            await late(paused, OLD, QUEUED)
            entry = await known(other)
            assert (entry.state, entry.outcome, entry.doubt) == (State.ACCEPTED, QUEUED, None)

    async def test_what_another_process_has_claimed_stays_claimed(self, postgres: Server, url: str) -> None:
        async with opened(url) as paused, opened(url) as other, opened(url) as third:
            await taken(paused, OLD)
            await expire(postgres, url, paused)
            await taken(other, NEW)
            await late(paused, OLD, BAD)
            entry = await known(third)
            assert (entry.is_elsewhere, entry.digest) == (True, NEW.digest)
            await settle(other, NEW, QUEUED)
            assert (await known(third)).accepted == NEW.digest

    async def test_a_user_keeps_an_open_version(self, postgres: Server, url: str) -> None:
        ana = msgspec.structs.replace(item("email:ana@b.co"), customers=("email:ana@b.co",))
        async with opened(url) as paused, opened(url) as other:
            await paused.claim(Entity.USER, [ana])
            await expire(postgres, url, paused)
            with pytest.raises(LeaseEnded):
                await paused.settle([note(ana, Accepted("created"), Entity.USER)], b"")
            entry = await found(other, ana.key, Entity.USER)
            assert entry is not None
            assert entry.outcome == Accepted("created")
            assert await other.versions(ana.customers) == [None]  # so the next run sends it again

    async def test_refused_records_that_waited_replace_nothing(self, postgres: Server, url: str) -> None:
        one = msgspec.structs.replace(item(""), record=Record(item("").record.position, {}))
        key = f"\0{one.record.position}"
        async with opened(url) as paused, opened(url) as other:
            await expire(postgres, url, paused)
            await settle(other, one, Rejected("client", "newer"))
            paused.defer([note(one, Rejected("client", "older"))])
            with pytest.raises(LeaseEnded):
                await paused._store_deferred()
            assert (await known(other, key)).outcome == Rejected("client", "newer")

    async def test_refused_records_that_waited_are_not_lost(self, postgres: Server, url: str) -> None:
        one = msgspec.structs.replace(item(""), record=Record(item("").record.position, {}))
        async with opened(url) as paused, opened(url) as other:
            await expire(postgres, url, paused)
            paused.defer([note(one, Rejected("client", "older"))])
            await late(paused, OLD, QUEUED)
            assert (await known(other, f"\0{one.record.position}")).outcome == Rejected("client", "older")
            assert await found(other, "1") is None  # it was never claimed


class TestRaces:
    async def test_a_sweep_waits_for_a_step_that_renews(self, postgres: Server, url: str) -> None:
        """The lease ends while a step is under way that the server has allowed. Its claims stay."""
        name = url.rpartition("%3D")[2]
        async with opened(url) as slow, opened(url) as other:
            await taken(slow, OLD)
            await expire(postgres, url, slow)
            async with await psycopg.AsyncConnection.connect(url) as connection:
                renewed = "UPDATE woowup_writer SET until = clock_timestamp() + interval '30 s' WHERE id = %s"
                await connection.execute(renewed, (slow._writer,))
                sweep = asyncio.create_task(other._sweep())
                waits = (
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'woowup_sweep'"
                )
                while not postgres.one(waits):
                    await asyncio.sleep(0)
                await connection.commit()
            await sweep
            assert (await known(other)).is_elsewhere
            assert postgres.one(f"SELECT count(*) FROM {name}.woowup_writer WHERE ended IS NOT NULL") == 0
            await settle(slow, OLD, QUEUED)

    async def test_an_outcome_whose_answer_was_lost_is_stored_once(
        self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The connection is cut after the commit. Before the second try, another process settles newer content."""
        execute, lost = module._rows, [psycopg.OperationalError("lost")]
        monkeypatch.setattr(module, "_PAUSE", 0.0)
        async with opened(url) as ledger, opened(url) as other:

            async def lossy(*arguments: object) -> object:
                rows = await execute(*arguments)  # type: ignore[arg-type]
                if lost and "woowup_settle" in arguments[1][0]:  # type: ignore[index]
                    error = lost.pop()
                    await taken(other, NEW)
                    await settle(other, NEW, QUEUED)
                    raise error
                return rows

            await taken(ledger, OLD, item("2"))
            monkeypatch.setattr(module, "_rows", lossy)
            await settle(ledger, OLD, QUEUED)
            assert not lost
            entry = await known(other)
            assert (entry.digest, entry.accepted) == (NEW.digest, NEW.digest)
            assert settled_in_hour(postgres, url) == 2
            await settle(ledger, item("2"), QUEUED)
            assert settled_in_hour(postgres, url) == 3

    async def test_a_claim_that_a_crash_of_the_server_lost(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            await taken(ledger, OLD)
            postgres.execute(f"DELETE FROM {url.rpartition('%3D')[2]}.woowup_claim")
            await settle(ledger, OLD, QUEUED)
            assert (await known(ledger)).outcome == QUEUED

    @pytest.mark.parametrize("outcome", [Released("stopped"), InDoubt("sent before")])
    async def test_what_another_process_has_sent_is_not_released(self, url: str, outcome: Outcome) -> None:
        """A run that ends releases what it has read and not claimed."""
        async with opened(url) as ledger, opened(url) as other:
            assert await found(ledger, "1") is None
            await taken(other, OLD)
            await settle(other, OLD, QUEUED)
            await settle(ledger, OLD, outcome)
            assert (await known(other)).outcome == QUEUED
            await settle(ledger, NEW, outcome)
            entry = await known(other)
            assert (entry.outcome, entry.accepted) == (outcome, OLD.digest)

    @pytest.mark.parametrize("is_lost", [False, True])
    async def test_a_claim_that_was_interrupted_leaves_nothing(
        self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch, is_lost: bool
    ) -> None:
        execute = module._rows

        async def cancelled(*arguments: object) -> object:
            rows = await execute(*arguments)  # type: ignore[arg-type]
            if "woowup_claims" in arguments[1][0]:  # type: ignore[index]
                raise asyncio.CancelledError if not is_lost else ValueError("odd")
            return rows

        async with opened(url) as other:
            async with opened(url) as ledger:
                with monkeypatch.context() as patch:
                    patch.setattr(module, "_rows", cancelled)
                    with pytest.raises(JournalError if is_lost else asyncio.CancelledError):
                        await taken(ledger, OLD)
                await settle(ledger, OLD, Released("stopped"))
            entry = await known(other)
            assert (entry.state, entry.doubt) == (State.RELEASED, None)
