"""The rules for every ledger, as a part of `contract`.

Room: testing.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from woowup_async._flow import Entity, Item, Position, Record, Settled, digest_of
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Known, Ledger, Mark, Note, State

OUTCOMES: tuple[Outcome, ...] = (Accepted("created"), Rejected("server", "bad_request"), Released("x"), InDoubt("x"))


def rule(holds: object, what: str) -> None:
    """Raise an `AssertionError` with the text of a rule if it does not hold."""
    if not holds:
        raise AssertionError(what)


def check_ledger(opened: Callable[[], Ledger]) -> None:
    """Check a ledger. Each call of `opened` opens the same store, which is empty at first.

    The check closes the store before it opens it again. To play a process that is killed, it closes the store with
    records under way.
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
            check(ledger)
        finally:
            close = getattr(ledger, "close", None)
            if close is not None:
                close()


def _check_first_run(ledger: Ledger) -> None:
    opening = ledger.begin([Mark("a.jsonl", 1, 1.0)])
    rule(not opening.is_resumed, "an empty ledger begins a new run")
    rule(ledger.find(Entity.USER, "1") is None, "an unknown record is None")
    rule(ledger.recall() == b"", "an empty ledger recalls nothing")
    rule(ledger.known_customers() == Known(), "an empty ledger knows no customer")
    ledger.mark(Entity.PURCHASE, [_item(key) for key in "1234"], b"memory")
    entry = ledger.find(Entity.PURCHASE, "1")
    rule(entry and entry.state is State.IN_FLIGHT, "a marked record is in flight")
    rule(entry and entry.accepted is None and entry.outcome is None, "a record in flight has no outcome")
    rule(entry and entry.doubt == _item("1").digest, "a record in flight may have been processed: it is in doubt")
    rule(ledger.find(Entity.USER, "1") is None, "the same key of another entity is another record")
    settled = [Note(_settled(key, outcome), _item(key).digest) for key, outcome in zip("123", OUTCOMES, strict=False)]
    ledger.settle(settled, b"more")


def _check_second_process(ledger: Ledger) -> None:
    opening = ledger.begin([Mark("a.jsonl", 2, 2.0)])
    rule(opening.is_resumed, "an unfinished run is resumed")
    rule(opening.changed == ("a.jsonl",), "a source file that changed is reported")
    rule(ledger.recall() == b"more", "the limiter's last memory is kept")
    for key, outcome in zip("123", OUTCOMES, strict=False):
        entry = ledger.find(Entity.PURCHASE, key)
        rule(entry is not None and entry.outcome == outcome, f"the outcome {outcome} is kept unchanged")
        rule(entry is not None and entry.is_this_run, "a record settled by an earlier process of a run is of that run")
        rule(entry is not None and entry.digest == _item(key).digest, "the digest is kept")
        rule(entry is not None and entry.doubt is None, "neither an answer nor a release leaves doubt")
    entry = ledger.find(Entity.PURCHASE, "4")
    rule(entry and entry.state is State.IN_FLIGHT, "a record in flight when a process ended is still in flight")
    rule(entry and entry.doubt == _item("4").digest, "a record in flight when a process ended is in doubt")
    changed = _item("1", b"changed")
    ledger.mark(Entity.PURCHASE, [changed], b"")
    entry = ledger.find(Entity.PURCHASE, "1")
    was = _item("1").digest
    rule(entry and (entry.digest, entry.accepted) == (changed.digest, was), "a new version keeps the accepted content")
    ledger.settle([Note(_settled("1", Rejected("server", "x")), changed.digest)], b"")
    entry = ledger.find(Entity.PURCHASE, "1")
    rule(entry and entry.accepted == was, "a rejected version keeps the accepted content")
    ledger.settle([Note(_settled("", Rejected("client", "invalid")), b"")], b"")
    ledger.finish()


def _check_next_run(ledger: Ledger) -> None:
    rule(not ledger.begin([]).is_resumed, "a new run begins after a finished one")
    entry = ledger.find(Entity.PURCHASE, "2")
    rule(entry is not None and not entry.is_this_run, "a record settled by an earlier run is not of this run")
    rule(ledger.recall() == b"more", "an empty memory does not replace the last one")
    unconfirmed = Accepted("unconfirmed")
    _settle(ledger, "u", unconfirmed)
    entry = ledger.find(Entity.PURCHASE, "u")
    rule(entry and entry.outcome == unconfirmed, "an unconfirmed purchase differs from a queued one")
    rule(entry and entry.accepted == _item("u").digest, "the content of an unconfirmed purchase is kept as accepted")


def _check_doubt_stays(ledger: Ledger) -> None:
    ledger.begin([])
    lost, other = InDoubt("lost"), b"other"
    doubted = _item("d").digest
    _settle(ledger, "d", lost)
    rule(_doubt(ledger, "d") == doubted, "content without an answer is in doubt")
    _settle(ledger, "d", Released("stopped"))
    rule(_doubt(ledger, "d") == doubted, "a later release does not clear doubt: the earlier attempt may have arrived")
    entry = ledger.find(Entity.PURCHASE, "d")
    rule(entry and entry.state is State.IN_DOUBT, "a record in doubt that is released stays in doubt")
    _settle(ledger, "d", Rejected("client", "invalid"))
    rule(_doubt(ledger, "d") == doubted, "a refusal by local checks does not clear doubt: the server did not answer")
    _settle(ledger, "d", Rejected("server", "x"), other)
    rule(_doubt(ledger, "d") == doubted, "an answer about other content does not clear doubt")
    ledger.mark(Entity.PURCHASE, [_item("d", other)], b"")
    rule(_doubt(ledger, "d") == b"", 'the doubt of two contents that may have been processed is b""')
    _settle(ledger, "d", Released("stopped"), other)
    rule(_doubt(ledger, "d") == doubted, "released content was certainly not processed")
    _settle(ledger, "e", lost)
    _settle(ledger, "e", lost, other)
    rule(_doubt(ledger, "e") == b"", 'the doubt of two contents without an answer is b""')
    _settle(ledger, "e", Rejected("server", "x"), other)
    rule(_doubt(ledger, "e") == b"", "one answer does not clear the doubt of two contents")
    ledger.mark(Entity.PURCHASE, [_item("f"), _item("d", other)], b"")  # then the process is killed


def _check_doubt_ends(ledger: Ledger) -> None:
    ledger.begin([])
    rule(_doubt(ledger, "d") == b"", "content that a process left under way is added to earlier doubt")
    _settle(ledger, "d", Accepted("queued"))
    rule(_doubt(ledger, "d") is None, "acceptance clears doubt")
    rule(_doubt(ledger, "f") == _item("f").digest, "content that a process left under way is in doubt")
    _settle(ledger, "f", Rejected("server", "x"))
    rule(_doubt(ledger, "f") is None, "a refusal by the server clears the doubt about the refused content")


def _check_customers(ledger: Ledger) -> None:
    ledger.begin([])
    both = ("email:Ana@b.co", "document:1")
    _settle_user(ledger, Rejected("server", "x"), b"0", both)
    _settle_user(ledger, Released("x"), b"0", both)
    _settle_user(ledger, InDoubt("x"), b"0", both)
    rule(ledger.known_customers() == Known(), "only acceptance makes a customer known")
    _settle_user(ledger, Accepted("created"), b"1", both)
    rule(ledger.known_customers() == Known(2), "an accepted user is known by each identifier")
    rule(_versions(ledger, "document:1", "email:c@d.co") == [b"1", None], "versions have the order of the identifiers")
    rule(_versions(ledger, "email:ana@b.co") == [None], "a customer is known by an e-mail only as it was written")
    ledger.settle([Note(_settled("p", Accepted("created")), b"p", ("document:1", "email:ana@b.co"))], b"")
    rule(_versions(ledger, "document:1") == [b"1"], "an accepted purchase changes no version")
    ledger.settle([Note(_settled("q", Accepted("created")), b"p", ("document:8",))], b"")
    rule(_versions(ledger, "document:8") == [b""], "an accepted purchase makes its customer known, without a version")
    rule(ledger.known_customers() == Known(3, 1), "customers that only purchases name are counted apart")
    _settle_user(ledger, Accepted("updated"), b"2", ("email:ANA@b.co",))
    spellings = ("email:Ana@b.co", "email:ana@b.co", "email:ANA@b.co")
    rule(_versions(ledger, *spellings) == [b"2"] * 3, "a version counts for every spelling of an e-mail address")
    rule(_versions(ledger, "document:1") == [b"2"], "a version counts for all identifiers of a person")
    rule(ledger.people(both) == ledger.people(spellings[1:2]), "the identifiers of one record belong to one person")
    rule(len(ledger.people((*both, "document:8"))) == 1, "a customer that only a purchase names is not a person yet")
    _settle_user(ledger, Accepted("created"), b"5", ("document:9",))
    rule(len(ledger.people((*both, "document:9"))) == 2, "two users without a common identifier are two people")
    _settle_user(ledger, InDoubt("lost"), b"3", ("document:1", "document:9"))
    rule(len(ledger.people((*both, "document:9"))) == 1, "a user in doubt may have joined two people")
    rule(_versions(ledger, *spellings, "document:1") == [b""] * 4, "doubt about a user opens the user's version")
    _settle_user(ledger, Accepted("updated"), b"4", both)
    _settle_user(ledger, Rejected("server", "x"), b"6", ("document:1", "telephone:7"))
    rule(ledger.people(both) == ledger.people(("telephone:7",)), "a refused user joins identifiers too")
    rule(_versions(ledger, *both) == [b"4"] * 2, "a refused user changes no version")
    missing = Rejected("server", "user_not_found")
    ledger.settle([Note(_settled("r", missing), b"p", ("document:1",))], b"")
    rule(_versions(ledger, *both) == [None, None], "a customer not found by the server is unknown by each identifier")
    _settle_user(ledger, Accepted("updated"), b"4", both)
    user = msgspec.structs.replace(_item("email:Ana@b.co"), customers=both)
    ledger.mark(Entity.USER, [user], b"")  # then the process is killed


def _check_customers_after_a_kill(ledger: Ledger) -> None:
    ledger.begin([])
    found = _versions(ledger, "email:Ana@b.co", "document:1")
    rule(found == [b"", b""], "a user that a process left under way has an open version")


def _check_delivered(ledger: Ledger) -> None:
    ledger.begin([])
    ledger.settle([], b"last", [1_000_000])
    rule(ledger.recall() == b"last", "a step that only removes delivered records stores the memory too")


def _item(key: str, body: bytes = b"{}") -> Item:
    return Item(Record(Position("contract", 1), None), key, body, digest_of(key.encode() + body))


def _settled(key: str, outcome: Outcome, entity: Entity = Entity.PURCHASE) -> Settled:
    return Settled(entity, Record(Position("contract", 1), None), key, outcome)


def _settle(ledger: Ledger, key: str, outcome: Outcome, body: bytes = b"{}") -> None:
    item = _item(key, body)
    ledger.mark(Entity.PURCHASE, [item], b"")
    ledger.settle([Note(_settled(key, outcome), item.digest)], b"")


def _settle_user(ledger: Ledger, outcome: Outcome, version: bytes, customers: tuple[str, ...]) -> None:
    ledger.settle([Note(_settled(customers[0], outcome, Entity.USER), version, customers)], b"")


def _doubt(ledger: Ledger, key: str) -> bytes | None:
    entry = ledger.find(Entity.PURCHASE, key)
    return None if entry is None else entry.doubt


def _versions(ledger: Ledger, *customers: str) -> list[bytes | None]:
    return list(ledger.versions(customers))
