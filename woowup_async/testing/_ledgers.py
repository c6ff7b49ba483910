"""The rules for every ledger, as a part of `contract`.

Room: testing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from woowup_async._flow import Entity, Item, Position, Record, Settled, digest_of
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Entry, Known, Ledger, Mark, Note, State

OUTCOMES: tuple[Outcome, ...] = (Accepted("created"), Rejected("server", "bad_request"), Released("x"), InDoubt("x"))


def rule(holds: object, what: str) -> None:
    """Raise an `AssertionError` with the text of a rule if it does not hold."""
    if not holds:
        raise AssertionError(what)


async def check_ledger(opened: Callable[[], Ledger]) -> None:
    """Check a ledger. Each call of `opened` opens the same store, which is empty at first.

    The check calls `aclose`, if the ledger has it, before it opens the store again. To play a process that is killed,
    it closes the ledger with records under way.
    """
    for check in (
        _check_first_run,
        _check_second_process,
        _check_next_run,
        _check_doubt_stays,
        _check_doubt_ends,
        _check_customers,
        _check_customers_after_a_kill,
        _check_delivered,
    ):
        ledger = opened()
        try:
            await check(ledger)
        finally:
            close = getattr(ledger, "aclose", None)
            if close is not None:
                await close()


async def _check_first_run(ledger: Ledger) -> None:
    opening = await ledger.begin([Mark("a.jsonl", 1, 1.0)])
    rule(not opening.is_resumed, "an empty ledger begins a new run")
    rule(await _found(ledger, Entity.USER, "1") is None, "an unknown record is None")
    rule(await ledger.recall() == b"", "an empty ledger recalls nothing")
    rule(await ledger.known_customers() == Known(), "an empty ledger knows no customer")
    await _mark(ledger, Entity.PURCHASE, [_item(key) for key in "1234"], b"memory")
    entry = await _found(ledger, Entity.PURCHASE, "1")
    rule(entry and entry.state is State.IN_FLIGHT, "a marked record is in flight")
    rule(entry and entry.accepted is None and entry.outcome is None, "a record in flight has no outcome")
    rule(entry and entry.doubt == _item("1").digest, "a record in flight may have been processed: it is in doubt")
    rule(await _found(ledger, Entity.USER, "1") is None, "the same key of another entity is another record")
    rule(await ledger.peek(Entity.PURCHASE, ["0", "1"]) == [None, entry], "`peek` says what `find` says")
    settled = [Note(_settled(key, outcome), _item(key).digest) for key, outcome in zip("123", OUTCOMES, strict=False)]
    await ledger.settle(settled, b"more")


async def _check_second_process(ledger: Ledger) -> None:
    opening = await ledger.begin([Mark("a.jsonl", 2, 2.0)])
    rule(opening.is_resumed, "an unfinished run is resumed")
    rule(opening.changed == ("a.jsonl",), "a source file that changed is reported")
    rule(await ledger.recall() == b"more", "the limiter's last memory is kept")
    for key, outcome in zip("123", OUTCOMES, strict=False):
        entry = await _found(ledger, Entity.PURCHASE, key)
        rule(entry is not None and entry.outcome == outcome, f"the outcome {outcome} is kept unchanged")
        rule(entry is not None and entry.is_this_run, "a record settled by an earlier process of a run is of that run")
        rule(entry is not None and entry.digest == _item(key).digest, "the digest is kept")
        rule(entry is not None and entry.doubt is None, "neither an answer nor a release leaves doubt")
    entry = await _found(ledger, Entity.PURCHASE, "4")
    rule(entry and entry.state is State.IN_FLIGHT, "a record in flight when a process ended is still in flight")
    rule(entry and entry.doubt == _item("4").digest, "a record in flight when a process ended is in doubt")
    changed = _item("1", b"changed")
    await _mark(ledger, Entity.PURCHASE, [changed], b"")
    entry = await _found(ledger, Entity.PURCHASE, "1")
    was = _item("1").digest
    rule(entry and (entry.digest, entry.accepted) == (changed.digest, was), "a new version keeps the accepted content")
    await ledger.settle([Note(_settled("1", Rejected("server", "x")), changed.digest)], b"")
    entry = await _found(ledger, Entity.PURCHASE, "1")
    rule(entry and entry.accepted == was, "a rejected version keeps the accepted content")
    await ledger.settle([Note(_settled("", Rejected("client", "invalid")), b"")], b"")
    await ledger.finish()


async def _check_next_run(ledger: Ledger) -> None:
    rule(not (await ledger.begin([])).is_resumed, "a new run begins after a finished one")
    entry = await _found(ledger, Entity.PURCHASE, "2")
    rule(entry is not None and not entry.is_this_run, "a record settled by an earlier run is not of this run")
    rule(await ledger.recall() == b"more", "an empty memory does not replace the last one")
    unconfirmed = Accepted("unconfirmed")
    await _settle(ledger, "u", unconfirmed)
    entry = await _found(ledger, Entity.PURCHASE, "u")
    rule(entry and entry.outcome == unconfirmed, "an unconfirmed purchase differs from a queued one")
    rule(entry and entry.accepted == _item("u").digest, "the content of an unconfirmed purchase is kept as accepted")


async def _check_doubt_stays(ledger: Ledger) -> None:
    await ledger.begin([])
    lost, other = InDoubt("lost"), b"other"
    doubted = _item("d").digest
    await _settle(ledger, "d", lost)
    rule(await _doubt(ledger, "d") == doubted, "content without an answer is in doubt")
    await _settle(ledger, "d", Released("stopped"))
    rule(
        await _doubt(ledger, "d") == doubted,
        "a later release does not clear doubt: the earlier attempt may have arrived",
    )
    entry = await _found(ledger, Entity.PURCHASE, "d")
    rule(entry and entry.state is State.IN_DOUBT, "a record in doubt that is released stays in doubt")
    await _settle(ledger, "d", Rejected("client", "invalid"))
    rule(
        await _doubt(ledger, "d") == doubted,
        "a refusal by local checks does not clear doubt: the server did not answer",
    )
    await _settle(ledger, "d", Rejected("server", "x"), other)
    rule(await _doubt(ledger, "d") == doubted, "an answer about other content does not clear doubt")
    await _mark(ledger, Entity.PURCHASE, [_item("d", other)], b"")
    rule(await _doubt(ledger, "d") == b"", 'the doubt of two contents that may have been processed is b""')
    await _settle(ledger, "d", Released("stopped"), other)
    rule(await _doubt(ledger, "d") == doubted, "released content was certainly not processed")
    await _settle(ledger, "e", lost)
    await _settle(ledger, "e", lost, other)
    rule(await _doubt(ledger, "e") == b"", 'the doubt of two contents without an answer is b""')
    await _settle(ledger, "e", Rejected("server", "x"), other)
    rule(await _doubt(ledger, "e") == b"", "one answer does not clear the doubt of two contents")
    await _mark(ledger, Entity.PURCHASE, [_item("f"), _item("d", other)], b"")  # then the process is killed


async def _check_doubt_ends(ledger: Ledger) -> None:
    await ledger.begin([])
    rule(await _doubt(ledger, "d") == b"", "content that a process left under way is added to earlier doubt")
    await _settle(ledger, "d", Accepted("queued"))
    rule(await _doubt(ledger, "d") is None, "acceptance clears doubt")
    rule(await _doubt(ledger, "f") == _item("f").digest, "content that a process left under way is in doubt")
    await _settle(ledger, "f", Rejected("server", "x"))
    rule(await _doubt(ledger, "f") is None, "a refusal by the server clears the doubt about the refused content")


async def _check_customers(ledger: Ledger) -> None:
    await ledger.begin([])
    both = ("email:Ana@b.co", "document:1")
    await _settle_user(ledger, Rejected("server", "x"), b"0", both)
    await _settle_user(ledger, Released("x"), b"0", both)
    await _settle_user(ledger, InDoubt("x"), b"0", both)
    rule(await ledger.known_customers() == Known(), "only acceptance makes a customer known")
    await _settle_user(ledger, Accepted("created"), b"1", both)
    rule(await ledger.known_customers() == Known(2), "an accepted user is known by each identifier")
    rule(
        await _versions(ledger, "document:1", "email:c@d.co") == [b"1", None],
        "versions have the order of the identifiers",
    )
    rule(await _versions(ledger, "email:ana@b.co") == [None], "a customer is known by an e-mail only as it was written")
    await ledger.settle([Note(_settled("p", Accepted("created")), b"p", ("document:1", "email:ana@b.co"))], b"")
    rule(await _versions(ledger, "document:1") == [b"1"], "an accepted purchase changes no version")
    await ledger.settle([Note(_settled("q", Accepted("created")), b"p", ("document:8",))], b"")
    rule(
        await _versions(ledger, "document:8") == [b""],
        "an accepted purchase makes its customer known, without a version",
    )
    rule(await ledger.known_customers() == Known(3, 1), "customers that only purchases name are counted apart")
    await _settle_user(ledger, Accepted("updated"), b"2", ("email:ANA@b.co",))
    spellings = ("email:Ana@b.co", "email:ana@b.co", "email:ANA@b.co")
    rule(await _versions(ledger, *spellings) == [b"2"] * 3, "a version counts for every spelling of an e-mail address")
    rule(await _versions(ledger, "document:1") == [b"2"], "a version counts for all identifiers of a person")
    rule(
        await _people(ledger, both) == await _people(ledger, spellings[1:2]),
        "the identifiers of one record belong to one person",
    )
    rule(
        len(await _people(ledger, (*both, "document:8"))) == 1,
        "a customer that only a purchase names is not a person yet",
    )
    await _settle_user(ledger, Accepted("created"), b"5", ("document:9",))
    rule(len(await _people(ledger, (*both, "document:9"))) == 2, "two users without a common identifier are two people")
    await _settle_user(ledger, InDoubt("lost"), b"3", ("document:1", "document:9"))
    rule(len(await _people(ledger, (*both, "document:9"))) == 1, "a user in doubt may have joined two people")
    rule(await _versions(ledger, *spellings, "document:1") == [b""] * 4, "doubt about a user opens the user's version")
    await _settle_user(ledger, Accepted("updated"), b"4", both)
    await _settle_user(ledger, Rejected("server", "x"), b"6", ("document:1", "telephone:7"))
    rule(await _people(ledger, both) == await _people(ledger, ("telephone:7",)), "a refused user joins identifiers too")
    rule(await _versions(ledger, *both) == [b"4"] * 2, "a refused user changes no version")
    missing = Rejected("server", "user_not_found")
    await ledger.settle([Note(_settled("r", missing), b"p", ("document:1",))], b"")
    rule(
        await _versions(ledger, *both) == [None, None],
        "a customer not found by the server is unknown by each identifier",
    )
    await _settle_user(ledger, Accepted("updated"), b"4", both)
    user = msgspec.structs.replace(_item("email:Ana@b.co"), customers=both)
    await _mark(ledger, Entity.USER, [user], b"")  # then the process is killed


async def _check_customers_after_a_kill(ledger: Ledger) -> None:
    await ledger.begin([])
    found = await _versions(ledger, "email:Ana@b.co", "document:1")
    rule(found == [b"", b""], "a user that a process left under way has an open version")


async def _check_delivered(ledger: Ledger) -> None:
    await ledger.begin([])
    await ledger.settle([], b"last", [1_000_000])
    rule(await ledger.recall() == b"last", "a step that only removes delivered records stores the memory too")


def _item(key: str, body: bytes = b"{}") -> Item:
    return Item(Record(Position("contract", 1), None), key, body, digest_of(key.encode() + body))


def _settled(key: str, outcome: Outcome, entity: Entity = Entity.PURCHASE) -> Settled:
    return Settled(entity, Record(Position("contract", 1), None), key, outcome)


async def _settle(ledger: Ledger, key: str, outcome: Outcome, body: bytes = b"{}") -> None:
    item = _item(key, body)
    await _mark(ledger, Entity.PURCHASE, [item], b"")
    await ledger.settle([Note(_settled(key, outcome), item.digest)], b"")


async def _settle_user(ledger: Ledger, outcome: Outcome, version: bytes, customers: tuple[str, ...]) -> None:
    await ledger.settle([Note(_settled(customers[0], outcome, Entity.USER), version, customers)], b"")


async def _doubt(ledger: Ledger, key: str) -> bytes | None:
    entry = await _found(ledger, Entity.PURCHASE, key)
    return None if entry is None else entry.doubt


async def _versions(ledger: Ledger, *customers: str) -> list[bytes | None]:
    return list(await ledger.versions(customers))


async def _found(ledger: Ledger, entity: Entity, key: str) -> Entry | None:
    (entry,) = await ledger.find(entity, [key])
    return entry


async def _mark(ledger: Ledger, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
    rule(not await ledger.claim(entity, items), "a process alone gets all that it claims")
    ledger.mark(entity, items, memory)


async def _people(ledger: Ledger, customers: Sequence[str]) -> Sequence[str]:
    (names,) = await ledger.people([customers])
    return names
