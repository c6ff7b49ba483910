"""The choice of the task that gets the next permit."""

from woowup_async._limiting.lanes import Lanes, Waiter
from woowup_async.policies import Lane

INTERACTIVE, BULK = Lane.INTERACTIVE, Lane.BULK


def joined(lanes: Lanes, lane: Lane) -> Waiter:
    waiter = Waiter(lane)
    lanes.join(waiter)
    return waiter


def test_interactive_calls_take_priority_in_order_of_arrival() -> None:
    lanes = Lanes()
    bulk, first, second = joined(lanes, BULK), joined(lanes, INTERACTIVE), joined(lanes, INTERACTIVE)

    assert lanes.head(has_bulk_slot=True) is first
    lanes.leave(first)
    assert lanes.head(has_bulk_slot=True) is second
    lanes.leave(second)
    assert lanes.head(has_bulk_slot=True) is bulk


def test_bulk_gets_one_permit_in_ten() -> None:
    lanes, order = Lanes(), list[Lane]()
    joined(lanes, INTERACTIVE)
    joined(lanes, BULK)

    for _ in range(20):
        head = lanes.head(has_bulk_slot=True)
        assert head
        order.append(head.lane)
        lanes.served(head.lane)

    assert order == ([INTERACTIVE] * 9 + [BULK]) * 2


def test_without_a_slot_bulk_is_not_next() -> None:
    lanes = Lanes()
    bulk = joined(lanes, BULK)

    assert lanes.head(has_bulk_slot=False) is None
    assert lanes.head(has_bulk_slot=True) is bulk


def test_it_counts_the_tasks_that_wait() -> None:
    lanes = Lanes()
    waiter = joined(lanes, BULK)
    joined(lanes, BULK)

    lanes.leave(waiter)

    assert (lanes.waiting(BULK), lanes.waiting(INTERACTIVE)) == (1, 0)
