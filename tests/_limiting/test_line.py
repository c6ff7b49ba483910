"""The tasks of one worker that wait."""

from woowup_async._limiting.line import Given, Line, Waiting
from woowup_async._limiting.own_log import Sending
from woowup_async.policies import Lane


async def test_a_permit_goes_to_the_first_task_of_its_lane() -> None:
    line, first, second = Line(), Waiting(Lane.BULK), Waiting(Lane.BULK)
    line.join(first)
    line.join(second)
    assert line.is_first(first)
    assert not line.is_first(second)
    given = Given(Sending(1, Lane.BULK, 0.0), 0.0)
    event, later = first.turn.event, second.turn.event
    assert line.give(given)
    assert event.is_set()
    assert not later.is_set()
    assert (first.given, second.given) == (given, None)
    assert line.wants == {Lane.INTERACTIVE: 0, Lane.BULK: 1}
    line.leave(first)
    line.leave(second)
    assert not line.give(given)


async def test_a_ring_wakes_the_first_of_each_lane() -> None:
    line = Line()
    tasks = [Waiting(Lane.BULK), Waiting(Lane.BULK), Waiting(Lane.INTERACTIVE)]
    for task in tasks:
        line.join(task)
    events = [task.turn.event for task in tasks]
    line.ring()
    assert [event.is_set() for event in events] == [True, False, True]
