"""Every outcome reaches all listeners, even if one of them fails."""

import logging

import pytest

from tests.support.items import purchase
from woowup_async._flow import Entity, Settled
from woowup_async._ingest.announcer import Announcer, Listener
from woowup_async.errors import WoowUpError
from woowup_async.events import RunEvent, RunResumed
from woowup_async.outcomes import Accepted, Rejected


def settled(number: int) -> Settled:
    one = purchase(number)
    return Settled(Entity.PURCHASE, one.record, one.key, Accepted("queued") if number % 2 else Rejected("client", "x"))


class Sink:
    """A sink that fails at one key and keeps the others."""

    def __init__(self, failing: str = "", error: Exception | None = None) -> None:
        self.failing, self.error, self.keys = failing, error, list[str]()

    def write(self, one: Settled) -> None:
        if one.key == self.failing and self.error:
            raise self.error
        self.keys.append(one.key)


def test_each_listener_gets_each_outcome_once() -> None:
    heard, taken, sink = list[RunEvent](), list[Settled](), Sink()
    announcer = Announcer(heard.append, Listener(taken.append), sink)
    batch = [settled(number) for number in range(4)]
    assert announcer.file(batch) is None
    announcer.settle(batch)
    assert heard == taken == batch
    assert sink.keys == ["0", "1", "2", "3"]
    assert announcer.counts.report(0.0).submitted == 4


@pytest.mark.parametrize("error", [OSError("no space"), WoowUpError("full")])
def test_a_failing_sink_is_named_and_not_asked_again(error: Exception) -> None:
    sink = Sink("1", error)
    announcer = Announcer(None, None, sink)
    failure = announcer.file([settled(number) for number in range(3)])
    assert isinstance(failure, WoowUpError)
    assert str(failure) in ("full", "the sink of dead letters failed: OSError")
    assert announcer.has_lost_letters
    assert announcer.file([settled(5)]) is None
    assert sink.keys == ["0"]


def test_a_failing_hook_is_logged_once_and_not_called_again(caplog: pytest.LogCaptureFixture) -> None:
    calls = list[RunEvent]()

    def hook(event: RunEvent) -> None:
        calls.append(event)
        raise RuntimeError("a bug of the application")

    announcer = Announcer(hook, None, None)
    with caplog.at_level(logging.ERROR):
        announcer.hear(RunResumed(3))
        announcer.settle([settled(1)])
    assert len(calls) == 1
    assert len(caplog.records) == 1
    assert announcer.counts.report(0.0).accepted == 1
