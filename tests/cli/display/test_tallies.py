"""The counts of a run while it runs."""

from tests.support.commands import settled
from woowup_async._flow import Entity
from woowup_async.cli.display.tallies import Tallies
from woowup_async.events import ReplyReceived, RequestSent
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released


def test_records_are_counted_by_entity_and_outcome() -> None:
    tallies = Tallies(60.0, started=0.0)
    for outcome in (Accepted("created"), Rejected("client", "invalid"), Released("x"), InDoubt("x")):
        tallies.hear(settled(outcome), 0.0)
    tallies.hear(settled(Accepted("unconfirmed"), Entity.PURCHASE), 0.0)

    users, purchases = tallies.by_entity[Entity.USER], tallies.by_entity[Entity.PURCHASE]
    assert (users.settled, users.accepted, users.rejected) == (4, 1, 1)
    assert (purchases.settled, purchases.accepted, tallies.unconfirmed) == (1, 1, 1)


def test_a_429_is_a_reply_and_is_counted() -> None:
    tallies = Tallies(60.0, started=0.0)
    assert not tallies.has_reply

    for status in (429, 200):
        tallies.hear(ReplyReceived("users.create", 1, status, "", 0.1), 0.0)

    assert (tallies.has_reply, tallies.throttled) == (True, 1)


def test_the_rate_is_that_of_the_last_span_and_unknown_before() -> None:
    tallies = Tallies(30.0, started=100.0)
    for second in range(60):
        tallies.hear(RequestSent("users.create", 1), 100.0 + second)
        assert (tallies.per_minute(100.0 + second) is None) is (second < 30)

    assert tallies.requests == 60
    assert tallies.per_minute(160.0) == 60.0
    assert tallies.per_minute(500.0) == 0.0
