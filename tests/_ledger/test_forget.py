"""What was forgotten is in no row of a ledger, and a run still recognises the records."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import msgspec
import pytest

from tests.support.journals import item, note
from tests.support.ledgers import opened as opened_plainly
from tests.support.postgres import Server
from woowup_async._flow import Entity, Item, Position, Record
from woowup_async._journal.forget import Forgotten
from woowup_async._journal.live import Live, Problem
from woowup_async._ledger import forget
from woowup_async._ledger.forget import forget_on, people_in
from woowup_async._ledger.opening import opened_reader
from woowup_async._ledger.reader import PostgresReader
from woowup_async._ledger.recognising import RecognisingPostgresLedger
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError, Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.ports import Mark, State

ANA = ("email:Ana.Perez@example.com", "document:20123456")
EVA = ("email:eva@example.com", "document:30999888")
BAD = Rejected("server", "bad", (Reason("email", "Ana.Perez@example.com is taken"),))
CREATED, QUEUED = Accepted("created"), Accepted("queued")


def account(salt: bytes) -> bytes:
    return b"mark" + salt[:12]


def user(names: tuple[str, ...], content: str = "x") -> Item:
    one = item(names[0], names[0] + content, names)
    return msgspec.structs.replace(one, record=Record(Position(f"{names[0]}.jsonl", 1), None))


@asynccontextmanager
async def run(url: str) -> AsyncIterator[RecognisingPostgresLedger]:
    """Yield the ledger of one process in a run, which finishes."""
    ledger = RecognisingPostgresLedger(Dsn(url), account)
    try:
        await ledger.begin([Mark("p.csv", 1, 1.0)])
        yield ledger
        await ledger.finish()
    finally:
        await ledger.aclose()


async def settle(ledger: RecognisingPostgresLedger, one: Item, outcome: Outcome, entity: Entity = Entity.USER) -> None:
    assert await ledger.claim(entity, [one]) == set()
    await ledger.settle([note(one, outcome, entity)], b"")


async def filled(url: str) -> None:
    """Write Ana, Eva, and purchases, one of which was refused with Ana's address in the reason."""
    async with run(url) as ledger:
        for names in (ANA, EVA):
            await settle(ledger, user(names), CREATED)
        await settle(ledger, item("F-1"), QUEUED, Entity.PURCHASE)
        await settle(ledger, item("F-2"), BAD, Entity.PURCHASE)


def forgotten(url: str, *identifiers: str, before: float | None = None, is_trial: bool = False) -> Forgotten:
    return forget_on(Dsn(url), account, identifiers, before, is_trial=is_trial)


class Rows:
    """All rows of a ledger, as text."""

    def __init__(self, server: Server, url: str) -> None:
        name = url.rpartition("%3D")[2]
        tables = ("record", "customer", "person", "problem", "note", "source", "writer", "claim", "run", "account")
        queries = [f"(SELECT json_agg(t) FROM {name}.woowup_{table} AS t)" for table in tables]
        self.text = str(server.one(f"SELECT concat({', '.join(queries)})"))

    def has(self, identifier: str) -> bool:
        return identifier.partition(":")[2].lower() in self.text.lower()


@contextmanager
def reading(url: str) -> Iterator[PostgresReader]:
    reader = opened_reader(Dsn(url), account)
    assert isinstance(reader, PostgresReader)
    try:
        yield reader
    finally:
        reader.close()


class TestOneCustomer:
    async def test_no_row_has_it(self, postgres: Server, url: str) -> None:
        await filled(url)
        assert all(Rows(postgres, url).has(each) for each in (*ANA, *EVA))
        before = Rows(postgres, url).text
        expected = Forgotten(identifiers=2, records=1, texts=2)
        assert forgotten(url, ANA[1], is_trial=True) == expected
        assert Rows(postgres, url).text == before
        assert forgotten(url, ANA[1]) == expected
        rows = Rows(postgres, url)
        assert not any(rows.has(each) for each in ANA)
        assert user(ANA).digest.hex() not in rows.text  # of a short record it could be guessed
        assert all(rows.has(each) for each in EVA)
        assert forgotten(url, *ANA) == Forgotten()

    async def test_an_address_in_another_spelling(self, postgres: Server, url: str) -> None:
        await filled(url)
        async with run(url) as ledger:  # of a refused user with one identifier, only the record has it
            await settle(ledger, user(("email:ÑANDÚ@example.com",)), Rejected("server", "bad"))
        assert people_in(Dsn(url), account, ["email:ANA.PEREZ@EXAMPLE.COM"]) == {"email:ANA.PEREZ@EXAMPLE.COM", *ANA}
        assert forgotten(url, "email:ANA.PEREZ@EXAMPLE.COM", "email:ñandú@Example.com").records == 2
        rows = Rows(postgres, url)
        assert not any(rows.has(each) for each in (*ANA, "email:ñandú@example.com"))

    async def test_two_spellings_become_one(self, postgres: Server, url: str) -> None:
        names = ("email:Ana@example.com", "email:ana@example.com")
        async with run(url) as ledger:
            for name in names:
                await settle(ledger, user((name,)), CREATED)
        assert forgotten(url, names[1]) == Forgotten(identifiers=2, records=2, texts=2)
        rows = Rows(postgres, url)
        assert not rows.has(names[0])
        async with run(url) as ledger:
            assert [entry and entry.state for entry in await ledger.find(Entity.USER, names)] == [State.ACCEPTED] * 2
            assert await ledger.peek(Entity.USER, names) == await ledger.find(Entity.USER, names)

    async def test_texts(self, postgres: Server, url: str) -> None:
        await filled(url)
        async with run(url) as ledger:
            ledger.show_live(Live(at=1.0, began=0.5), [Problem(1.0, "outage", 2.0, "for 20123456.")])
            ledger.note("progress", "100%: 20123456")
            await ledger._renew()
        assert forgotten(url, ANA[1]).texts == 4
        assert not Rows(postgres, url).has(ANA[1])
        with reading(url) as reader:
            assert reader.noted("progress") == "100%: forgotten"

    async def test_another_account_keeps_it(self, postgres: Server, url: str) -> None:
        await filled(url)
        async with opened_plainly(url, b"other") as other:
            await other.settle([note(user(ANA), CREATED, Entity.USER)], b"")
        forgotten(url, *ANA)
        async with opened_plainly(url, b"other") as other:
            assert await other.versions(ANA) == [user(ANA).digest] * 2


class TestWhatIsOld:
    async def test_all_that_old_runs_left(self, postgres: Server, url: str) -> None:
        await filled(url)
        async with run(url) as ledger:
            ledger.show_live(Live(at=1.0, began=0.5), [Problem(1.0, "outage", 2.0, "down")])
            await ledger._renew()
        found = forgotten(url, before=time.time() + 60)
        assert found == Forgotten(identifiers=4, records=4, rows=1)
        rows = Rows(postgres, url)
        assert not any(rows.has(each) for each in (*ANA, *EVA))
        for one in (user(ANA), item("F-1")):
            assert one.digest.hex() not in rows.text
        assert forgotten(url, before=time.time() + 60) == Forgotten()

    async def test_who_came_again_stays(self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        await filled(url)
        moment = time.time()
        async with run(url) as ledger:
            await settle(ledger, user(EVA, "new"), Accepted("updated"))
        monkeypatch.setattr(forget, "_BLOCK", 1)
        assert forgotten(url, before=moment) == Forgotten(identifiers=2, records=3)
        rows = Rows(postgres, url)
        assert (rows.has(ANA[0]), rows.has(EVA[0])) == (False, True)
        async with run(url) as ledger:
            assert await entries(ledger, Entity.PURCHASE, item("F-1")) == [True]

    async def test_nothing_is_old(self, url: str) -> None:
        await filled(url)
        assert forgotten(url, before=1.0) == Forgotten()


BETO = ("email:beto@example.com", "document:40555666")


async def ordered(url: str, *customers: tuple[str, ...], first: int = 100) -> None:
    """Write accepted purchases, which prove customers under all of their identifiers together."""
    async with run(url) as ledger:
        for number, names in enumerate(customers, first):
            one = item(f"F-{number}", customers=("\0".join(names),))
            await settle(ledger, one, CREATED, Entity.PURCHASE)


class TestSeveralTogether:
    """As in a file: an order named Ana, another Eva, and another Beto, who is not among the users."""

    @pytest.mark.parametrize(("names", "records"), [(ANA, 1), (BETO, 0)], ids=["a user", "only orders"])
    async def test_no_row_has_one_and_whoever_orders_again_is_recognised(
        self, postgres: Server, url: str, names: tuple[str, ...], records: int
    ) -> None:
        await filled(url)
        await ordered(url, ANA, EVA, BETO)
        found = forgotten(url, names[0])
        assert (found.identifiers, found.records) == (2, records)
        rows = Rows(postgres, url)
        assert [rows.has(each) for each in names] == [False, False]
        assert all(rows.has(each) for other in {ANA, EVA, BETO} - {names} for each in other)
        assert forgotten(url, *names) == Forgotten()
        async with run(url) as ledger:
            assert await ledger.versions(["\0".join(names)]) == [b""]
        await ordered(url, names, names[:1], names[1:], first=200)
        assert not any(Rows(postgres, url).has(each) for each in names)

    async def test_an_order_after_the_customer_was_forgotten(self, postgres: Server, url: str) -> None:
        await filled(url)
        forgotten(url, ANA[0])
        await ordered(url, ANA)
        assert not any(Rows(postgres, url).has(each) for each in ANA)

    async def test_the_age_of_who_only_ordered_is_not_known(self, postgres: Server, url: str) -> None:
        await filled(url)
        await ordered(url, ANA, BETO)
        assert forgotten(url, before=1.0) == Forgotten(identifiers=2)
        assert not any(Rows(postgres, url).has(each) for each in BETO)
        with reading(url) as reader:
            assert reader.versions(["\0".join(names) for names in (ANA, BETO)]) == [b"", b""]
            assert reader.versions(ANA) == [user(ANA).digest] * 2


async def entries(ledger: RecognisingPostgresLedger, entity: Entity, *items: Item) -> list[bool]:
    """Return whether the ledger knows the content of each item as accepted."""
    found = await ledger.find(entity, [each.key for each in items])
    return [entry is not None and entry.accepted == each.digest for entry, each in zip(found, items)]


class TestTheNextRun:
    async def test_it_recognises_the_record_and_stores_no_identifier(self, postgres: Server, url: str) -> None:
        await filled(url)
        forgotten(url, *ANA)
        async with run(url) as ledger:
            assert await entries(ledger, Entity.USER, user(ANA), user(EVA)) == [True, True]
            assert await entries(ledger, Entity.USER, user(ANA, "new")) == [False]
            assert await entries(ledger, Entity.USER, user(("email:ana.perez@EXAMPLE.com",))) == [False]
            versions = await ledger.versions([*ANA, *EVA])
            assert [each == user(ANA).digest for each in versions[:2]] == [True, True]
            assert versions[2:] == [user(EVA).digest] * 2
            (ana, eva) = await ledger.people([ANA, EVA])
            assert len(ana) == len(eva) == 1
            assert ana != eva
            new = user(ANA, "new")
            assert await ledger.claim(Entity.USER, [new, user(("document:1",))]) == set()
            async with run(url) as other:
                assert await taken(other, new) == {new.key}
            await ledger.settle([note(new, Accepted("updated"), Entity.USER)], b"")
            ledger.defer([note(msgspec.structs.replace(new, key=""), Rejected("client", "invalid"), Entity.USER)])
        assert not any(Rows(postgres, url).has(each) for each in ANA[1:])
        with reading(url) as reader:
            assert reader.find(Entity.USER, ANA[0]) is not None
            assert reader.find(Entity.PURCHASE, "F-1") is not None
            assert reader.versions(ANA) == [new.digest] * 2
            assert len(reader.people(ANA)) == 1

    async def test_what_was_never_forgotten_is_looked_up_once(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        await filled(url)
        forgotten(url, *ANA)
        monkeypatch.setattr("woowup_async._ledger.forgotten._MOST", 2)
        async with run(url) as ledger:
            for _ in range(2):
                assert await entries(ledger, Entity.USER, user(EVA)) == [True]
            assert await ledger.versions(["document:1", "document:2", "document:3"]) == [None] * 3


async def taken(ledger: RecognisingPostgresLedger, *items: Item) -> set[str]:
    await ledger.find(Entity.USER, [each.key for each in items])
    return set(await ledger.claim(Entity.USER, items))


class TestWhenItIsRefused:
    async def test_while_a_process_is_in_a_run(self, url: str) -> None:
        async with run(url):
            with pytest.raises(JournalError, match="a process is in a run of this account"):
                forgotten(url, *ANA)

    async def test_while_records_are_in_doubt(self, url: str) -> None:
        async with run(url) as ledger:
            await settle(ledger, item("F-1"), InDoubt("lost"), Entity.PURCHASE)
        with pytest.raises(JournalError, match="1 records are in doubt"):
            forgotten(url, *ANA)

    async def test_a_key_without_records(self, url: str) -> None:
        await filled(url)
        with pytest.raises(JournalError, match="no records of the account with this key"):
            forget_on(Dsn(url), lambda salt: b"other", ANA, None, is_trial=False)

    async def test_a_server_that_refuses(self, postgres: Server, url: str) -> None:
        await filled(url)
        postgres.execute(f"ALTER TABLE {url.rpartition('%3D')[2]}.woowup_person RENAME TO gone")
        with pytest.raises(JournalError, match="woowup_person"):
            forgotten(url, *ANA)
        postgres.execute(f"ALTER TABLE {url.rpartition('%3D')[2]}.gone RENAME TO woowup_person")
