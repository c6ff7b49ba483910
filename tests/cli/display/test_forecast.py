"""The forecast is right after a tenth of a run, for any data that the account already has."""

from __future__ import annotations

import pytest

from tests.support.commands import settled
from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from woowup_async._flow import Entity
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async.cli.display.forecast import Forecast, Left, Needed
from woowup_async.cli.display.words import left_text
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit
from woowup_async.testing import FakeClock

USERS = 600


async def forecasts(users: int, orders: int, *, known: float) -> tuple[list[tuple[float, Left]], float]:
    """Run in virtual time. Return each forecast with its time, and the time of the end."""
    shop, clock = Shop(), FakeClock()
    people = [{"email": "ana@example.com"}, *({"document": str(number)} for number in range(users))]
    for number, person in enumerate(people):
        if number % 6 < 6 * known:  # several in a row: with single ones, the route would learn the pattern
            shop.account.create_user(person)
    forecast = Forecast(RateLimit().limit * 2, 30.0)
    count, bulks = {Entity.USER: users + 1, Entity.PURCHASE: orders}, -(-orders // 100)
    forecast.needed = Needed(count, {Entity.USER: users + 1, Entity.PURCHASE: bulks}, count)
    seen: list[tuple[float, Left]] = []

    def hear(event: RunEvent) -> None:
        forecast.hear(event, clock.now())
        if left := forecast.left(clock.now()):
            seen.append((clock.now(), left))

    lines = [purchase_line(number) for number in range(orders)]
    began = clock.now()
    policy = RunPolicy(BatchPolicy(), IngestPolicy(), 8)
    report = await ingest(sender(shop, clock), policy, Inputs(people, lines, on_event=hear))
    assert report.accepted == users + 1 + orders
    return [(at - began, left) for at, left in seen], clock.now() - began


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("users", "orders", "known"),
    [
        (USERS // 2, 0, 0),
        (USERS // 2, 4_500, 0.5),
        pytest.param(USERS, 0, 0, marks=pytest.mark.long),
        *(pytest.param(USERS, 9_000, known, marks=pytest.mark.long) for known in (0, 0.25, 0.5, 0.75, 1)),
    ],
)
@pytest.mark.slow
async def test_after_a_tenth_of_a_run_its_end_is_known_within_five_percent(
    users: int, orders: int, known: float
) -> None:
    seen, end = await forecasts(users, orders, known=known)

    at, left = next((at, left) for at, left in seen if at >= end / 10)
    assert at + left.seconds == pytest.approx(end, rel=0.05)
    assert left.low <= left.seconds <= left.high


@pytest.mark.untraced
async def test_the_time_left_falls_to_zero_at_the_end() -> None:
    seen, end = await forecasts(150, 2_000, known=0)

    last = [left for at, left in seen if at >= end][-1]
    assert last.seconds == pytest.approx(0, abs=1)


def test_there_is_no_forecast_before_a_dry_run() -> None:
    assert Forecast(140, 30.0).left(9.0) is None


def test_records_that_cost_nothing_do_not_make_the_rest_look_cheap() -> None:
    forecast = Forecast(140, 30.0)
    for outcome in (Accepted("unchanged"), Rejected("client", "invalid")):
        for _ in range(50):
            forecast.hear(settled(outcome), 0.0)
    forecast.needed = Needed(*[{Entity.USER: 100, Entity.PURCHASE: 0}] * 3)

    left = forecast.left(0.0)

    assert left is not None
    assert left.seconds == pytest.approx(100 * 60 / 140)
    assert left_text(*left) == "about 43 s left (43 s to 43 s)"


def test_a_dry_run_with_a_journal_leaves_out_records_settled_before_it_began() -> None:
    forecast = Forecast(140, 30.0)
    for _ in range(10):
        forecast.hear(settled(Accepted("created")), 1.0)
    forecast.counting()
    for _ in range(5):
        forecast.hear(settled(Accepted("created")), 2.0)
    forecast.needed = Needed(*[{Entity.USER: 90, Entity.PURCHASE: 0}] * 3)

    left = forecast.left(2.0)

    assert left is not None
    assert left.seconds == pytest.approx(85 * 60 / 140)
