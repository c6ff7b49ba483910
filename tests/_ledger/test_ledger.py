"""The ledger on a real server: its contract, processes that share it, and a server that fails."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import anyio
import msgspec
import pytest

from tests.support.journals import item, note
from tests.support.ledgers import expire, found, lose_answer, opened, process, taken
from tests.support.postgres import PASSWORD, Server
from tests.support.secrets import places_of
from woowup_async._flow import Entity, Item, Record
from woowup_async._ledger import connections as module
from woowup_async._ledger.codes import MAX_KEY_BYTES
from woowup_async._ledger.connections import LeaseEnded
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Mark, State
from woowup_async.testing.contract import check_ledger

QUEUED = Accepted("queued")


async def settle(ledger: PostgresLedger, one: Item, outcome: Outcome) -> None:
    await ledger.settle([note(one, outcome)], b"")


@pytest.mark.slow
async def test_it_keeps_the_contract(url: str) -> None:
    await check_ledger(lambda: process(url))


class TestTwoProcesses:
    async def test_a_claimed_record_is_another_ones(self, url: str) -> None:
        one, two = item("1"), item("2")
        async with opened(url) as first, opened(url) as second:
            assert await taken(first, one) == set()
            entry = await found(second, "1")
            assert entry is not None
            assert (entry.is_elsewhere, entry.state, entry.outcome) == (True, State.IN_FLIGHT, None)
            assert await taken(second, one, two) == {"1"}
            assert await taken(first, one, two) == {"2"}
            await settle(first, one, QUEUED)
            entry = await found(second, "1")
            assert entry is not None
            assert (entry.is_elsewhere, entry.outcome, entry.is_this_run) == (False, QUEUED, True)

    async def test_a_record_settled_since_it_was_looked_up_is_not_claimed(self, url: str) -> None:
        one = item("1")
        async with opened(url) as first, opened(url) as second:
            assert await found(second, "1") is None
            assert await taken(first, one) == set()
            await settle(first, one, QUEUED)
            assert await second.claim(Entity.PURCHASE, [one]) == {"1"}
            assert await taken(second, one) == set()  # after another look it can be: to send it again is its decision

    async def test_who_only_asks_does_not_hide_that_it_was_settled(self, url: str) -> None:
        one = item("1")
        async with opened(url) as first, opened(url) as second:
            assert await found(second, "1") is None
            await taken(first, one)
            await settle(first, one, QUEUED)
            assert list(await second.peek(Entity.PURCHASE, [])) == []
            (entry,) = await second.peek(Entity.PURCHASE, ["1"])
            assert entry is not None
            assert entry.outcome == QUEUED
            assert await second.claim(Entity.PURCHASE, [one]) == {"1"}

    async def test_what_a_process_did_not_claim_it_does_not_overwrite(self, url: str) -> None:
        one = item("1")
        async with opened(url) as first, opened(url) as second:
            await taken(first, one)
            await settle(second, one, Released("stopped"))
            await settle(first, one, QUEUED)
            entry = await found(second, "1")
            assert entry is not None
            assert entry.outcome == QUEUED

    async def test_a_late_answer_counts(self, postgres: Server, url: str) -> None:
        """A process paused for longer than its lease. Another one has the record meanwhile, and the truth is kept."""
        one = item("1")
        async with opened(url) as first, opened(url) as second:
            await taken(first, one)
            await expire(postgres, url, first)
            assert await taken(second, one) == set()
            with pytest.raises(LeaseEnded):
                await settle(first, one, QUEUED)
            entry = await found(second, "1")
            assert entry is not None
            assert (entry.state, entry.accepted) == (State.IN_FLIGHT, one.digest)

    async def test_a_run_is_finished_when_all_of_them_are(self, url: str) -> None:
        async with opened(url) as first:
            second = process(url)
            opening = await second.begin([Mark("a", 1, 1.0)])
            assert not opening.is_resumed
            assert second._run == first._run
            await first.finish()
            third = process(url)
            assert (await third.begin([Mark("a", 2, 1.0)])).changed == ("a",)
            assert third._run == first._run
            for each in (second, third):
                await each.finish()
                await each.aclose()
        async with opened(url) as later:
            assert later._run > first._run

    async def test_accounts_do_not_see_each_other(self, url: str) -> None:
        async with opened(url, b"a") as first, opened(url, b"b") as second:
            assert await taken(first, item("1")) == set()
            assert await taken(second, item("1")) == set()
            await settle(first, item("1"), QUEUED)
            assert (await second.find(Entity.PURCHASE, ["1"]))[0] is not None
            entry = await found(second, "1")
            assert entry is not None
            assert entry.outcome is None

    async def test_many_that_begin_at_once_make_the_tables_once(self, url: str) -> None:
        ledgers = [process(url) for _ in range(6)]
        await asyncio.gather(*[each.begin([]) for each in ledgers])
        assert len({each._writer for each in ledgers}) == 6
        assert len({each._run for each in ledgers}) == 1
        for each in ledgers:
            await each.aclose()


class TestBeginAndEnd:
    async def test_a_beginning_whose_answer_was_lost(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second attempt finds the writer of the first. So the run is new, and finished when the process is."""
        lost = lose_answer(monkeypatch, "woowup_begin")
        ledger = process(url)
        assert not (await ledger.begin([])).is_resumed
        assert not lost
        await ledger.finish()
        async with opened(url) as later:
            assert later._run > ledger._run
        await ledger.aclose()

    async def test_a_beginning_that_was_cancelled(
        self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        execute = module._rows

        async def cancelled(*arguments: object) -> object:
            rows = await execute(*arguments)  # type: ignore[arg-type]
            if "woowup_begin" in arguments[1][0]:  # type: ignore[index]
                raise asyncio.CancelledError
            return rows

        ledger = process(url)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_rows", cancelled)
            with pytest.raises(asyncio.CancelledError):
                await ledger.begin([])
        await ledger.aclose()
        left = f"SELECT count(*) FROM {url.rpartition('%3D')[2]}.woowup_writer WHERE ended IS NULL"
        assert postgres.one(left) == 0

    async def test_a_cancelled_process_gives_its_claims_up(self, url: str) -> None:
        ledger = process(url)
        async with opened(url) as other:
            with anyio.CancelScope() as scope:
                await ledger.begin([])
                try:
                    await taken(ledger, item("1"))
                    scope.cancel()
                    await anyio.sleep_forever()
                finally:
                    await ledger.aclose()
            assert await taken(other, item("1")) == set()


class TestDeadProcess:
    async def test_what_it_had_claimed_is_in_doubt_after_its_lease(self, postgres: Server, url: str) -> None:
        one, other = item("1"), item("1", "other")
        async with opened(url) as dead, opened(url) as alive:
            await taken(dead, one)
            await expire(postgres, url, dead)
            entry = await found(alive, "1")
            assert entry is not None
            assert (entry.state, entry.doubt, entry.is_elsewhere) == (State.IN_FLIGHT, one.digest, False)
            assert await taken(alive, other) == set()
            entry = await found(alive, "1")
            assert entry is not None
            assert entry.doubt == b""  # either content may have been processed
            await settle(alive, other, QUEUED)
            entry = await found(alive, "1")
            assert entry is not None
            assert (entry.doubt, entry.accepted) == (None, other.digest)

    async def test_its_users_have_an_open_version(self, postgres: Server, url: str) -> None:
        ana = msgspec.structs.replace(item("email:Ana@b.co"), customers=("email:Ana@b.co", "document:1"))
        async with opened(url) as dead, opened(url) as alive:
            await dead.settle([note(ana, Accepted("created"), Entity.USER)], b"")
            assert await alive.versions(ana.customers) == [ana.digest] * 2
            await dead.claim(Entity.USER, [ana])
            await expire(postgres, url, dead)
            await alive.find(Entity.USER, [ana.key])
            assert await alive.versions(ana.customers) == [b""] * 2

    async def test_its_users_stay_open_if_the_answer_to_the_sweep_is_lost(
        self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = msgspec.structs.replace(item("email:Ana@b.co"), customers=("email:Ana@b.co", "document:1"))
        async with opened(url) as dead, opened(url) as alive:
            await dead.settle([note(ana, Accepted("created"), Entity.USER)], b"")
            await dead.claim(Entity.USER, [ana])
            await expire(postgres, url, dead)
            lost = lose_answer(monkeypatch, "woowup_sweep")
            await alive.find(Entity.USER, [ana.key])
            assert not lost
            assert await alive.versions([*ana.customers, "email:ana@b.co"]) == [b"", b"", None]
            assert len((await alive.people([["email:ana@b.co", "document:1"]]))[0]) == 1

    async def test_one_that_was_not_reached_for_too_long_sends_nothing(self, url: str) -> None:
        ledger = process(url, lease=-1.0)
        await ledger.begin([])
        with pytest.raises(JournalError, match="was not reached for -1 s"):
            ledger.mark(Entity.PURCHASE, [item("1")], b"")
        await ledger.aclose()


class TestWhatIsStored:
    @pytest.mark.parametrize("key", ["a\0b", "\ud800", "ñ" * MAX_KEY_BYTES, "x" * 5 * MAX_KEY_BYTES, "a\nb\\"])
    async def test_any_key(self, url: str, key: str) -> None:
        one = item(key)
        async with opened(url) as ledger:
            assert await taken(ledger, one) == set()
            await settle(ledger, one, QUEUED)
            entry = await found(ledger, key)
            assert entry is not None
            assert entry.outcome == QUEUED
            assert await found(ledger, key + "x") is None

    async def test_similar_keys_are_different_records(self, url: str) -> None:
        keys = [
            "a", "A", "a ", " a", "a\t", "\u00e1", "a\u0301", "a\0", "a\ufdd0", "a\0\0", "\0a", "a\ud800", "a\\ud800",
            "\u00df", "ss", "\u0130", "i\u0307", "\uff41", "x" * 3_000, "x" * 3_001, "\u00f1" * 3_000, "\u00f1" * 3_001,
        ]  # fmt: skip
        items = [item(key, str(number)) for number, key in enumerate(keys)]
        async with opened(url) as ledger, opened(url) as other:
            assert await taken(ledger, *items) == set()
            assert await taken(other, *items) == set(keys)
            await ledger.settle([note(one, QUEUED) for one in items], b"")
            entries = await other.find(Entity.PURCHASE, keys)
            assert [entry and entry.digest for entry in entries] == [one.digest for one in items]

    async def test_refused_records_and_notes_wait_for_the_next_step(self, url: str) -> None:
        refused = [msgspec.structs.replace(item(""), record=Record(item("").record.position, {}))] * 2
        async with opened(url) as ledger:
            ledger.defer([note(each, Rejected("client", "invalid")) for each in refused])
            ledger.note("progress", "7")
            assert await ledger.noted("progress") == "7"
            await ledger.finish()
        async with opened(url) as later:
            assert await later.noted("progress") == "7"
            assert await later.noted("other") is None
            entry = await found(later, f"\0{item('').record.position}")
            assert entry is not None
            assert entry.state is State.REJECTED

    async def test_two_notes_about_one_record_are_both_written(self, url: str) -> None:
        one = item("1")
        async with opened(url) as ledger:
            await taken(ledger, one)
            await ledger.settle([note(one, InDoubt("lost")), note(one, QUEUED)], b"memory")
            entry = await found(ledger, "1")
            assert entry is not None
            assert (entry.outcome, entry.doubt) == (QUEUED, None)
            assert await ledger.recall() == b"memory"


class TestFailingServer:
    async def test_connections_that_are_cut_are_made_again(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            await taken(ledger, item("1"))
            cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'shop'"
            assert postgres.one(cut) >= 1
            await settle(ledger, item("1"), QUEUED)
            entry = await found(ledger, "1")
            assert entry is not None
            assert entry.outcome == QUEUED

    async def test_no_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "PATIENCE", 0.0)
        secret = quote(PASSWORD, safe="")
        ledger = process(f"postgresql://shop:{secret}@127.0.0.1:1/shop")
        with pytest.raises(JournalError, match=r"journal postgresql://shop:\*\*\*@127\.0\.0\.1:1/shop: ") as caught:
            await ledger.begin([])
        for hidden in (PASSWORD, secret):
            assert places_of(hidden, caught.value) == []
            assert hidden not in repr(ledger._dsn)
        await ledger.aclose()

    async def test_a_newer_ledger_is_refused(self, postgres: Server, url: str) -> None:
        async with opened(url):
            pass
        postgres.execute(f"UPDATE {url.rpartition('%3D')[2]}.woowup_ledger SET version = 99")
        ledger = process(url)
        with pytest.raises(JournalError, match=r"was written by a newer version \(99, this one reads 1\)"):
            await ledger.begin([])
        await ledger.aclose()
