"""What a run shows about itself: requests by minute, and problems with their ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.progress import Progress
from woowup_async._journal.live import Minute, Problem
from woowup_async.events import (
    BatchSealed,
    OutageBegan,
    OutageEnded,
    OutageProbed,
    RateLimited,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
)

NOON = 1_800_000_000.0
SENT = RequestSent("users.create", 1)
ANSWER, REFUSAL = ReplyReceived("users.create", 1, 200, "", 0.1), ReplyReceived("users.create", 1, 429, "", 0.1)


def heard(*events: tuple[float, Any]) -> Progress:
    progress = Progress(30.0)
    for at, event in events:
        progress.hear(event, NOON + at)
    return progress


def problems(progress: Progress) -> list[tuple[str, float, float | None]]:
    return [(one.kind, one.began - NOON, None if one.ended is None else one.ended - NOON) for one in progress.changes()]


def test_requests_refusals_and_outcomes_are_counted_by_minute() -> None:
    progress = heard((0, SENT), (1, ANSWER), (59, SENT), (61, REFUSAL), (61, BatchSealed(1, 1, "items")))
    progress.settle(7, NOON + 130)
    progress.settle(7, NOON + 190)
    progress.settle(9, NOON + 191)
    first = int(NOON // 60)
    assert progress.minutes(NOON + 191) == [
        Minute(first, 2, 0, 0), Minute(first + 1, 0, 1, 0), Minute(first + 2, 0, 0, 7), Minute(first + 3, 0, 0, 2),
    ]  # fmt: skip
    assert (progress.requests, progress.throttled, progress.active) == (2, 1, NOON + 191)
    assert [minute.settled for minute in progress.minutes(NOON + 61 * 60)] == [7, 2]


@given(st.lists(st.tuples(st.floats(0, 7_200), st.sampled_from([SENT, REFUSAL]))))
def test_no_minute_is_counted_twice_and_an_hour_is_kept(events: list[tuple[float, RunEvent]]) -> None:
    events.sort(key=lambda event: event[0])
    minutes = heard(*events).minutes(NOON + 7_200)
    assert [minute.at for minute in minutes] == sorted({minute.at for minute in minutes})
    first = (NOON + 7_200) // 60 - 59
    recent = [event for at, event in events if (NOON + at) // 60 >= first]
    assert sum(minute.requests for minute in minutes) == recent.count(SENT)
    assert sum(minute.throttled for minute in minutes) == recent.count(REFUSAL)


def test_an_outage_has_a_begin_and_an_end() -> None:
    progress = heard((5, OutageBegan("503")), (20, OutageProbed("still 503", 5.0, 15.0)))
    assert problems(progress) == [("outage", 5, None)]
    assert progress.changes()[0].what == "still 503"
    progress.keep()
    assert progress.changes() == []
    progress.hear(OutageEnded(40.0), NOON + 45)
    assert problems(progress) == [("outage", 5, 45)]
    progress.hear(OutageEnded(40.0), NOON + 50)  # a second end changes nothing
    assert problems(progress) == [("outage", 5, 45)]


def test_the_429s_of_one_pause_are_one_problem() -> None:
    first, later = RateLimited("users.create", 10.0), RateLimited("users.create", None)
    assert problems(heard((0, first), (1, first))) == [("cooldown", 0, 11)]
    assert problems(heard((0, first), (9, later))) == [("cooldown", 0, 39)]  # a segment, if the server does not say
    assert problems(heard((0, first), (1, RateLimited("users.create", 2.0)))) == [("cooldown", 0, 10)]
    assert problems(heard((0, first), (11, first))) == [("cooldown", 0, 10), ("cooldown", 11, 21)]


@pytest.mark.parametrize(("has_answer", "expected"), [(False, [("no_answer", 3, 9)]), (True, [])])
def test_only_retries_before_the_first_answer_are_a_problem(
    has_answer: bool, expected: list[tuple[str, float, float | None]]
) -> None:
    events = [(1, ANSWER)] if has_answer else []
    retry = RetryScheduled("users.create", 1, 1.0, "cannot connect")
    progress = heard(*events, (3, retry), (5, retry), (9, ANSWER))
    assert problems(progress) == expected
    if expected:
        assert progress.changes()[0].what == "cannot connect; attempt 2 follows"


def test_troubles_that_no_event_tells() -> None:
    progress = heard((0, OutageBegan("503")))
    progress.keep()
    for at, troubles in ((1, {"outbox_full": "full"}), (2, {"outbox_full": "full"}), (3, {"disk_failed": "no room"})):
        progress.hold(troubles, NOON + at)
    assert problems(progress) == [("outbox_full", 1, 3), ("disk_failed", 3, None)]  # the outage lasts
    progress.keep()
    progress.hold({"disk_failed": "no room"}, NOON + 4)
    assert progress.changes() == []
    progress.hold({"disk_failed": "no room (answered 403)"}, NOON + 5)
    assert problems(progress) == [("disk_failed", 3, None)]


def test_problems_that_cannot_be_written_are_bounded() -> None:
    progress = Progress(1.0)
    for at in range(300):
        progress.hear(RateLimited("users.create", 1.0), NOON + 10 * at)
    assert len(progress.changes()) == 100
    assert progress.changes()[-1] == Problem(NOON + 2_990, "cooldown", NOON + 2_991, "refused by the rate limit (429)")
