"""Stops of a run: a local time, even if clocks change in between, and signals."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import Shop, sender
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async.cli.signals import received
from woowup_async.cli.stops import Stops, seconds_until
from woowup_async.errors import NotSent
from woowup_async.outcomes import Accepted, Released
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request

ZONES = [ZoneInfo(name) for name in ("America/Santiago", "Australia/Lord_Howe", "Europe/Madrid", "America/Lima", "UTC")]


@pytest.mark.parametrize(("text", "hours"), [("06:00", 3.0), ("02:59", 24 - 1 / 60), ("03:00", 24.0), ("03:30", 0.5)])
def test_the_next_time_that_a_clock_shows_it(text: str, hours: float) -> None:
    zone = ZoneInfo("America/Argentina/Buenos_Aires")
    now = datetime(2026, 1, 1, 3, 0, tzinfo=zone)
    assert seconds_until(text, now, zone) == pytest.approx(hours * 3_600)


@pytest.mark.parametrize(
    ("now", "text", "hours", "what"),
    [
        ((2025, 9, 6, 20, 0), "06:00", 9.0, "the night has 23 hours"),
        ((2025, 4, 5, 20, 0), "06:00", 11.0, "the night has 25 hours"),
        ((2025, 9, 6, 20, 0), "00:30", 4.0, "no clock shows it: at the jump, which is at midnight"),
        ((2025, 4, 5, 20, 0), "23:30", 3.5, "shown twice: the first time"),
    ],
)
def test_a_night_in_which_the_clock_is_changed(
    now: tuple[int, int, int, int, int], text: str, hours: float, what: str
) -> None:
    zone = ZoneInfo("America/Santiago")
    moment = datetime(*now, tzinfo=zone)
    assert seconds_until(text, moment, zone) == pytest.approx(hours * 3_600), what


def test_the_second_showing_is_the_next_one_after_the_first() -> None:
    zone = ZoneInfo("America/Santiago")
    first = datetime(2025, 4, 5, 23, 30, tzinfo=zone)
    assert seconds_until("23:30", first, zone) == pytest.approx(3_600)


@given(
    st.integers(0, 3 * 366 * 24 * 60),
    st.integers(0, 1_439),
    st.sampled_from(ZONES),
)
def test_local_clocks_then_show_the_time_or_skip_it(after: int, minute: int, zone: ZoneInfo) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=after)
    text = f"{minute // 60:02}:{minute % 60:02}"
    seconds = seconds_until(text, now, zone)
    assert 0 < seconds <= 25 * 3_600
    stop = datetime.fromtimestamp(now.timestamp() + seconds, zone)
    before = stop.astimezone(UTC) - timedelta(seconds=1)
    has_jumped = before.astimezone(zone).strftime("%H:%M") < text < stop.strftime("%H:%M")
    has_jumped |= stop.strftime("%H:%M") < before.astimezone(zone).strftime("%H:%M") < text  # past midnight
    is_put_forward = before.astimezone(zone).utcoffset() != stop.utcoffset()
    assert stop.strftime("%H:%M") == text or (is_put_forward and has_jumped)


def test_this_machines_zone_if_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Santiago")
    time.tzset()
    try:
        now = datetime(2025, 9, 6, 20, 0).astimezone()
        assert seconds_until("06:00", now) == pytest.approx(9 * 3_600)
        assert seconds_until("00:30", now) == pytest.approx(4 * 3_600)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("has_handlers", [True, False], ids=["posix", "as on Windows"])
async def test_signals_on_every_event_loop(has_handlers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise NotImplementedError

    if not has_handlers:
        monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuse, raising=False)
    before = signal.getsignal(signal.SIGTERM)
    with anyio.fail_after(2):
        async with received(signal.SIGTERM) as signals:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGTERM)
                assert await anext(aiter(signals)) is signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


class SlowShop(Shop):
    """A shop in which a request gets its permit long before it is sent."""

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        yield


@pytest.mark.parametrize(("most", "cause"), [(1, "reached"), (4, "reached"), (9, "reached"), (10, ""), (11, "")])
@pytest.mark.parametrize("in_flight", [1, 3])
async def test_exactly_the_allowed_requests_are_sent(most: int, cause: str, in_flight: int) -> None:
    """Ten requests are needed. The run stops if one more is needed, and all that were sent have their answers."""
    shop, stops = SlowShop(), Stops(max_requests=most)
    lines = [{"document": str(number)} for number in range(10)]
    async with stops.bind(
        Outcomes(sender(shop), RunPolicy(BatchPolicy(), IngestPolicy(), in_flight), Inputs(users=lines))
    ) as run:
        outcomes = [type(settled.outcome) async for settled in run]
    assert len(shop.requests) == run.report.requests == min(most, 10)
    assert outcomes.count(Accepted) == min(most, 10)
    assert set(outcomes) <= {Accepted, Released}
    assert stops.cause == (cause and f"--max-requests {most} is reached")


async def test_a_request_that_was_not_sent_is_not_counted() -> None:
    shop, stops = Shop(), Stops(max_requests=2)
    shop.faults["users.create"] = [NotSent("users.create", "no route")] * 2
    lines = [{"document": str(number)} for number in range(3)]
    policy = RunPolicy(BatchPolicy(), IngestPolicy(), 2)
    async with stops.bind(Outcomes(sender(shop), policy, Inputs(users=lines))) as run:
        outcomes = [type(settled.outcome) async for settled in run]
    assert (run.report.requests, outcomes.count(Accepted), outcomes.count(Released)) == (2, 2, 1)
