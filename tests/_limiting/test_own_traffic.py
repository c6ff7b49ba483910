"""Our own requests by segment."""

import pytest

from tests.support.observations import observation
from woowup_async._limiting.own_traffic import OwnTraffic
from woowup_async._limiting.reading import OwnCounts, Reading
from woowup_async._limiting.spending import Spent


def answered(*counts: int) -> OwnTraffic:
    """Return traffic with these accepted requests in segment 0, 1, and so on, answered at second 1, 2, and so on."""
    own = OwnTraffic()
    for segment, count in enumerate(counts):
        for number in range(count):
            own.note_answer(segment, number + 1.0, refused=False)
    return own


def test_an_answer_is_counted_in_its_segment() -> None:
    own = answered(3, 4)
    own.note_answer(1, 9.0, refused=True)
    own.in_flight[Spent(8.0)] = None

    assert own.counts(1, sent=2.5, received=8.5) == OwnCounts(
        previous=3, previous_accepted=3, before=3, accepted=4, answered=5, in_flight=1
    )


def test_a_refused_request_is_not_among_the_accepted_ones() -> None:
    own = OwnTraffic()
    own.note_answer(0, 1.0, refused=True)

    assert own.counts(1, sent=2.0, received=2.5) == OwnCounts(
        previous=1, previous_accepted=0, before=1, accepted=0, answered=0, in_flight=0
    )


def test_a_request_that_leaves_after_an_answer_came_is_not_in_it() -> None:
    """A permit of another worker may be for a later time."""
    own = answered(1)
    own.in_flight.update({Spent(at): None for at in (4.0, 4.5, 5.0)})

    assert own.counts(0, sent=4.1, received=4.5).in_flight == 2


def test_old_segments_are_forgotten() -> None:
    own = answered(1, 1, 1, 1)

    assert dict(own.answered) == {1: 1, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("total", "sent", "landed"),
    [
        (5, [5.0, 6.0], 0),  # the answered requests make up the total
        (6, [5.0, 6.0], 1),
        (9, [5.0, 6.0], 2),  # no more than are in flight
        (9, [5.0, 60.0], 1),  # the second left after the total was seen
    ],
)
def test_a_surplus_of_the_total_shows_which_requests_landed(total: int, sent: list[float], landed: int) -> None:
    own = answered(5)
    own.in_flight.update({Spent(at): None for at in sent})
    own.note_total(observation(70 - total, sent=10.0), Reading.CURRENT)

    assert own.landed_before(1) == landed


def test_only_the_largest_total_counts() -> None:
    own = answered(5)
    own.in_flight.update({Spent(5.0): None, Spent(6.0): None})
    own.note_total(observation(63, sent=10.0), Reading.CURRENT)
    own.note_total(observation(65, sent=11.0), Reading.CURRENT)

    assert own.landed_before(1) == 2


def test_without_a_total_nothing_is_known_to_have_landed() -> None:
    own = answered(5)
    own.in_flight[Spent(5.0)] = None

    assert own.landed_before(1) == 0
