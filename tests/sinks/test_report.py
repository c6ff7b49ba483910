"""Counts of a run: counting the records of one request together equals counting them one by one."""

from __future__ import annotations

import pytest

from woowup_async._flow import Change, Entity, Position, Record, Settled
from woowup_async._ingest.counts import Counts
from woowup_async.outcomes import Accepted, Outcome, Rejected, Released

QUEUED = Accepted("queued")
STREET_LEFT_OUT = Accepted("updated", ("street",))
REFUSED = Rejected("server", "bad_request")
CHANGE = Change("email", "A", "a", "is written small")


def settled(number: int, outcome: Outcome, *changes: Change, entity: Entity = Entity.PURCHASE) -> Settled:
    return Settled(entity, Record(Position("s", number), {}, rows=number + 1, changes=changes), str(number), outcome)


@pytest.mark.parametrize(
    "given",
    [
        [],
        [settled(number, QUEUED) for number in range(3)],
        [settled(number, STREET_LEFT_OUT) for number in range(3)],
        [settled(0, QUEUED), settled(1, QUEUED, CHANGE)],
        [settled(0, QUEUED), settled(1, Accepted("unchanged"))],
        [settled(0, QUEUED), settled(1, QUEUED, entity=Entity.USER)],
        [settled(number, REFUSED) for number in range(2)],
        [settled(number, Released("x")) for number in range(2)],
    ],
)
def test_counting_together_equals_counting_one_by_one(given: list[Settled]) -> None:
    at_once, one_by_one = Counts(), Counts()

    at_once.write_all(given)
    for one in given:
        one_by_one.write(one)

    assert at_once.report(1.0) == one_by_one.report(1.0)
