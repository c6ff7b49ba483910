"""What a worker sent lately."""

from woowup_async._limiting.own_log import Fate, OwnLog, Sending
from woowup_async.policies import Lane


def log_of(*fates: tuple[Fate, int | None]) -> OwnLog:
    log = OwnLog(90.0)
    for fate, turn in fates:
        number = log.next_number()
        log.add(Sending(number, Lane.BULK, number, fate, number + 0.5, turn=turn))
    return log


def test_a_history_lacks_what_it_has_no_turn_of_and_what_is_in_flight() -> None:
    log = log_of((Fate.ANSWERED, 3), (Fate.ANSWERED, 4), (Fate.LOST, None), (Fate.IN_FLIGHT, None))
    assert [each.number for each in log.missing(4)] == [3, 4]
    assert [each.number for each in log.missing(3)] == [2, 3, 4]
    assert [each.number for each in log.unwritten] == [3]
    assert [each.number for each in log.in_flight] == [4]
    assert len(log.recent) == 4


def test_a_fate_that_came_during_a_transaction_is_not_written() -> None:
    log = log_of((Fate.IN_FLIGHT, None), (Fate.LOST, None))
    log.written(
        [Sending(1, Lane.BULK, 1.0), Sending(2, Lane.BULK, 1.0, Fate.LOST), Sending(9, Lane.BULK, 1.0, Fate.LOST)], 7
    )
    assert [each.turn for each in log.recent] == [None, 7]


def test_old_answers_are_forgotten_and_requests_in_flight_never() -> None:
    log = log_of((Fate.ANSWERED, 1), (Fate.IN_FLIGHT, None))
    log.forget_old(91.4)
    assert len(log.recent) == 2
    log.forget_old(91.6)
    assert [each.fate for each in log.recent] == [Fate.IN_FLIGHT]
