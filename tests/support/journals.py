"""Helpers for the tests of the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from woowup_async._flow import Entity, Item, Position, Record, Settled, digest_of
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.outcomes import Outcome
from woowup_async.ports import Note


@contextmanager
def opened(path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(path)
    try:
        ledger.begin([])
        yield ledger
    finally:
        ledger.close()


def item(key: str, content: str = "x", customers: tuple[str, ...] = ()) -> Item:
    body = content.encode()
    return Item(Record(Position("a.jsonl", 1), None), key, body, digest_of(body), customers=customers)


def note(one: Item, outcome: Outcome, entity: Entity = Entity.PURCHASE) -> Note:
    return Note(Settled(entity, one.record, one.key, outcome), one.digest, one.customers)
