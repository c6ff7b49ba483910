"""Claims of batches: what is settled in parts, said twice, or left by a dead process."""

from __future__ import annotations

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.journals import item, note
from tests.support.ledgers import expire, found, lose_answer, opened, taken
from tests.support.postgres import Server
from woowup_async._flow import Entity
from woowup_async._ledger import arrays
from woowup_async._ledger.claimed import Claimed, Dropped
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, InDoubt, Rejected
from woowup_async.ports import State

QUEUED = Accepted("queued")
ITEMS = [item(str(number), str(number)) for number in range(4)]


def under_way(postgres: Server, url: str) -> list[int]:
    """Return how many records each claim has, in the order in which they were made by each process."""
    name = url.rpartition("%3D")[2]
    query = f"SELECT coalesce(json_agg(cardinality(keys) ORDER BY writer, number), '[]') FROM {name}.woowup_claim"
    return list(postgres.one(query))


async def states(ledger: PostgresLedger) -> list[State | None]:
    entries = await ledger.find(Entity.PURCHASE, [each.key for each in ITEMS])
    return [None if entry is None else entry.state for entry in entries]


class TestParts:
    async def test_a_claim_shrinks_until_it_is_gone(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger, opened(url) as other:
            assert await taken(ledger, *ITEMS) == set()
            assert under_way(postgres, url) == [4]
            await ledger.settle([note(each, QUEUED) for each in ITEMS[:2]], b"")
            assert under_way(postgres, url) == [2]
            assert await states(other) == [State.ACCEPTED] * 2 + [State.IN_FLIGHT] * 2
            assert await taken(other, *ITEMS[2:]) == {"2", "3"}
            await ledger.settle([note(each, QUEUED) for each in ITEMS[2:]], b"")
            assert under_way(postgres, url) == []
            assert await taken(other, *ITEMS) == set()

    async def test_parts_of_two_claims_in_one_step(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            for pair in (ITEMS[:2], ITEMS[2:]):
                await taken(ledger, *pair)
            await ledger.settle([note(ITEMS[1], QUEUED), note(ITEMS[2], QUEUED), note(ITEMS[3], QUEUED)], b"")
            assert under_way(postgres, url) == [1]
            assert await states(ledger) == [State.IN_FLIGHT] + [State.ACCEPTED] * 3

    async def test_two_notes_about_one_record_leave_the_others_claimed(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            await taken(ledger, *ITEMS[:2])
            await ledger.settle([note(ITEMS[0], InDoubt("lost")), note(ITEMS[0], QUEUED)], b"")
            assert under_way(postgres, url) == [1]

    async def test_a_note_about_other_content_leaves_the_claim(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            await taken(ledger, ITEMS[0])
            await ledger.settle([note(item("0", "other"), QUEUED)], b"")
            assert under_way(postgres, url) == [1]

    async def test_what_is_left_of_a_dead_process_is_in_doubt(self, postgres: Server, url: str) -> None:
        ana, bo = (
            msgspec.structs.replace(item(f"email:{name}@b.co"), customers=(f"email:{name}@b.co", f"document:{name}"))
            for name in ("ana", "bo")
        )
        async with opened(url) as dead, opened(url) as alive:
            for one in (ana, bo):
                await dead.settle([note(one, Accepted("created"), Entity.USER)], b"")
            await dead.claim(Entity.USER, [ana, bo])
            await dead.settle([note(ana, Accepted("updated"), Entity.USER)], b"")
            await expire(postgres, url, dead)
            await alive.find(Entity.USER, [bo.key])
            assert await alive.versions([*ana.customers, *bo.customers]) == [ana.digest] * 2 + [b""] * 2
            assert under_way(postgres, url) == []


class TestTwice:
    async def test_a_record_is_claimed_once(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            assert await taken(ledger, *ITEMS[:2]) == set()
            assert await ledger.claim(Entity.PURCHASE, ITEMS[:3]) == set()
            assert under_way(postgres, url) == [2, 1]
            await ledger.settle([note(each, QUEUED) for each in ITEMS[:3]], b"")
            assert under_way(postgres, url) == []

    @pytest.mark.parametrize("is_shared", [False, True])
    async def test_a_claim_whose_answer_was_lost_is_said_again(
        self, postgres: Server, url: str, is_shared: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with opened(url) as other, opened(url) as ledger:
            if is_shared:
                await taken(other, ITEMS[0])
                await ledger.find(Entity.PURCHASE, [ITEMS[1].key])
            lost = lose_answer(monkeypatch, "woowup_claims")
            assert await ledger.claim(Entity.PURCHASE, ITEMS[:2]) == ({"0"} if is_shared else set())
            assert not lost
            assert sum(under_way(postgres, url)) == 2
            await ledger.settle([note(each, QUEUED) for each in ITEMS[is_shared:2]], b"")
            assert under_way(postgres, url) == ([1] if is_shared else [])

    async def test_content_that_is_overtaken_leaves_the_rest_of_its_claim(self, postgres: Server, url: str) -> None:
        newer = item("0", "newer")
        async with opened(url) as ledger:
            await taken(ledger, *ITEMS[:2])
            assert await taken(ledger, newer) == set()
            assert under_way(postgres, url) == [1, 1]
            entry = await found(ledger, "0")
            assert entry is not None
            assert (entry.digest, entry.doubt) == (newer.digest, b"")

    async def test_the_same_record_of_two_dead_processes_is_in_doubt_once(self, postgres: Server, url: str) -> None:
        name = url.rpartition("%3D")[2]
        async with opened(url) as first, opened(url) as second, opened(url) as alive:
            await taken(first, ITEMS[0])
            postgres.execute(  # as if the first had been late
                f"INSERT INTO {name}.woowup_claim SELECT account, {second._writer}, 1, entity, keys, "
                f"ARRAY['other'::bytea], positions FROM {name}.woowup_claim"
            )
            for each in (first, second):
                await expire(postgres, url, each)
            entry = await found(alive, "0")
            assert entry is not None
            assert (entry.state, entry.doubt) == (State.IN_FLIGHT, b"")


class TestNewRecords:
    async def test_one_that_is_there_all_the_same_keeps_what_it_had(self, postgres: Server, url: str) -> None:
        async with opened(url) as ledger:
            await taken(ledger, *ITEMS[:3])
            assert ledger._claimed.are_new([note(each, QUEUED) for each in ITEMS[:3]])
            postgres.execute(  # as if another process had been late
                f"INSERT INTO {url.rpartition('%3D')[2]}.woowup_record "
                f"SELECT {ledger._account}, 5, 1, 20000, {ledger._run}, 1, '1', 'old', 'old', NULL, NULL, ''"
            )
            await ledger.settle([note(each, Rejected("server", "bad")) for each in ITEMS[:3]], b"")
            entry = await found(ledger, "1")
            assert entry is not None
            assert (entry.state, entry.digest, entry.accepted) == (State.REJECTED, ITEMS[1].digest, b"old")
            assert await states(ledger) == [State.REJECTED] * 3 + [None]

    async def test_one_that_was_settled_before_is_not_new(self, url: str) -> None:
        async with opened(url) as ledger:
            for _ in range(2):
                await taken(ledger, *ITEMS[:2])
                await ledger.settle([note(each, QUEUED) for each in ITEMS[:2]], b"")
            await taken(ledger, *ITEMS[:2])
            assert not ledger._claimed.are_new([note(ITEMS[0], QUEUED)])
            assert not ledger._claimed.are_new([note(ITEMS[3], QUEUED)])


def test_what_is_claimed_is_counted_by_claim() -> None:
    claimed = Claimed()
    claimed.add(Entity.PURCHASE, 7, ITEMS[:3], {"2"}, is_new=True)
    assert claimed.of(Entity.PURCHASE) == {"0": (ITEMS[0].digest, 7), "1": (ITEMS[1].digest, 7)}
    settled = claimed.settled([note(ITEMS[0], QUEUED), note(ITEMS[2], QUEUED)])
    assert claimed.dropped(settled) == Dropped([], [7], ["0"])
    claimed.remove(settled)
    settled = claimed.settled([note(ITEMS[1], QUEUED)] * 2)
    assert claimed.dropped(settled) == Dropped([7], [], [])
    claimed.remove(settled)
    assert not claimed.of(Entity.PURCHASE)
    assert not claimed._new


TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9))


@given(TEXTS, st.lists(st.binary(max_size=40)), st.lists(st.none() | st.integers(-(2**31), 2**31 - 1)))
def test_arrays_are_what_the_driver_makes_of_them(
    texts: list[str | None], digests: list[bytes], numbers: list[int | None]
) -> None:
    known = [text for text in texts if text is not None]
    small = [number for number in numbers if number is not None and -(2**15) <= number < 2**15]
    for mine, kind, values in (
        (arrays.texts_or_nulls(texts), "text", texts),
        (arrays.texts(known), "text", known),
        (arrays.digests(digests), "bytea", digests),
        (arrays.integers(numbers), "int4", numbers),
        (arrays.shorts(small), "int2", small),
    ):
        assert loaded(mine.data, kind) == values


def loaded(data: bytes, kind: str) -> list[object]:
    """Return what the driver reads from an array in binary form."""
    info = psycopg.adapters.types[kind]
    transformer = psycopg.adapt.Transformer()
    loader = transformer.get_loader(info.array_oid, psycopg.pq.Format.BINARY)
    return list(loader.load(data))


async def test_a_ledger_that_refuses_a_claim_claims_nothing(postgres: Server, url: str) -> None:
    async with opened(url) as ledger:
        postgres.execute(f"ALTER TABLE {url.rpartition('%3D')[2]}.woowup_claim RENAME TO gone")
        with pytest.raises(JournalError, match="woowup_claim"):
            await ledger.claim(Entity.PURCHASE, ITEMS)
        assert not ledger._claimed.of(Entity.PURCHASE)
        postgres.execute(f"ALTER TABLE {url.rpartition('%3D')[2]}.gone RENAME TO woowup_claim")
