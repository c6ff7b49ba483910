"""The worst trouble makes the health, and keeps the time at which it began."""

import errno
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.troubles import Trouble, Troubles, trouble_of
from woowup_async.errors import AccountGone, Forbidden, JournalError, ServerError, WoowUpError, without_data
from woowup_async.statistics import Health

WALL = datetime(2026, 5, 1, 12, tzinfo=UTC)
#: Steps of a story: a trouble, whether it begins or ends, and the seconds until then.
STEPS = st.lists(st.tuples(st.sampled_from(Trouble), st.booleans(), st.integers(0, 100)))


def test_no_trouble() -> None:
    assert Troubles(10.0).health(70.0, WALL) == Health("ok", "", WALL - timedelta(seconds=60), "")


def test_the_worst_counts_and_then_the_next() -> None:
    troubles = Troubles(0.0)
    assert troubles.begin(Trouble.OUTAGE, 10.0)
    assert not troubles.begin(Trouble.OUTAGE, 20.0)
    assert troubles.begin(Trouble.DISK, 30.0)
    assert troubles.worst() == (Trouble.DISK, 30.0)
    assert troubles.end(Trouble.DISK, 35.0) == 5.0
    assert troubles.end(Trouble.DISK, 36.0) is None
    health = troubles.health(40.0, WALL)
    assert (health.status, health.reason, health.since) == ("degraded", "outage", WALL - timedelta(seconds=30))
    troubles.end(Trouble.OUTAGE, 50.0)
    assert troubles.worst() == (None, 50.0)


@given(STEPS)
def test_it_equals_a_naive_oracle(steps: list[tuple[Trouble, bool, int]]) -> None:
    troubles, now, since, clear = Troubles(0.0), 0.0, dict[Trouble, float](), 0.0
    for trouble, holds, seconds in steps:
        now += seconds
        troubles.observe(trouble, now, holds=holds)
        if holds:
            since.setdefault(trouble, now)
        elif since.pop(trouble, None) is not None and not since:
            clear = now
    worst = min(since, key=list(Trouble).index, default=None)
    assert troubles.worst() == (worst, since[worst] if worst else clear)
    assert {trouble for trouble in Trouble if troubles.holds(trouble)} == set(since)


@given(STEPS, st.booleans(), st.integers(0, 1_000))
def test_the_health_of_any_story(steps: list[tuple[Trouble, bool, int]], has_ended: bool, later: int) -> None:
    troubles, now = Troubles(0.0), 0.0
    for trouble, holds, seconds in steps:
        now += seconds
        troubles.observe(trouble, now, holds=holds)
    if has_ended:
        troubles.begin(Trouble.CLOSED, now)
    health = troubles.health(now + later, WALL, has_ended=has_ended)
    assert (health.status == "ok") == (health.reason == "") == (health.advice == "")
    assert WALL - timedelta(seconds=now + later) <= health.since <= WALL - timedelta(seconds=later)
    assert health.is_live == (not has_ended)
    assert health.is_ready == (health.status in ("ok", "degraded"))
    assert health.is_live or not health.is_ready


def test_the_wall_clock_may_jump() -> None:
    troubles = Troubles(0.0)
    troubles.begin(Trouble.OUTAGE, 10.0)
    later = WALL + timedelta(days=400)
    assert later - troubles.health(70.0, later).since == timedelta(seconds=60)
    # a clock that goes back never shows a trouble of the future
    assert troubles.health(5.0, WALL).since == WALL


@pytest.mark.parametrize(
    ("status", "has_ended", "is_live", "is_ready"),
    [
        ("starting", False, True, False),
        ("ok", False, True, True),
        ("degraded", False, True, True),
        ("failed", False, True, False),
        ("failed", True, False, False),
    ],
)
def test_live_and_ready(status: object, has_ended: bool, is_live: bool, is_ready: bool) -> None:
    health = Health(status, "", WALL, "", has_ended)  # type: ignore[arg-type]
    assert (health.is_live, health.is_ready) == (is_live, is_ready)


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [
        (Forbidden("e", 403, "forbidden", ""), Trouble.KEY),
        (AccountGone("e", 410, "account_deleted", ""), Trouble.ACCOUNT),
        (JournalError("full"), Trouble.DISK),
        (ServerError("e", 500, "", ""), Trouble.DEFECT),
        (WoowUpError("x"), Trouble.DEFECT),
    ],
)
def test_the_trouble_of_an_error(failure: Exception, trouble: Trouble) -> None:
    assert trouble_of(failure) is trouble


def test_dead_letters_on_a_full_disk_are_a_trouble_of_the_disk() -> None:
    failure = WoowUpError("dead letters cannot be written to d: No space left on device")
    failure.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert trouble_of(failure) is Trouble.DISK
    assert without_data(failure) == "WoowUpError (No space left on device)"


def test_each_trouble_has_its_own_reason_and_advice() -> None:
    assert len({trouble.value.reason for trouble in Trouble}) == len(Trouble)
    assert all(trouble.value.text for trouble in Trouble)
