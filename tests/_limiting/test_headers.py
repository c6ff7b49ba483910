"""The rate-limit headers are read leniently: no value raises an error or makes the limiter unsafe."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.oracle import http_date
from woowup_async._limiting.headers import MOST_LIMIT, limits_of
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.spending import Limits
from woowup_async._wire.reply import MAX_RETRY_AFTER, retry_after
from woowup_async._wire.reply import http_date as read_date
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing import FakeClock

NAMES = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "date", "retry-after")
#: The time of the tests, by the server's clock.
PRESENT = 1_742_121_640

TEXTS = st.one_of(
    st.sampled_from(
        [
            "", " ", "-1", "-0", "0", "1", "1.0000001", "70", "70.0", "1e308", "5e307", "inf", "-inf", "nan", "1_0",
            "0x46", "٧٧", "７０", "70, 70", "9" * 400, "." * 9, "1e-300", "1000001", "9" * 11,
            f"{PRESENT + 20}", f"{PRESENT + 10**9}",
            "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +2300", ", ,",
            "Mon, 01 Jan 2024 999999999999999999999:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2300",
            "Mon, 01 Jan 2024 00:00:00 +99999999999", "Thu, 01 Jan 1970 00:00:00 GMT", http_date(PRESENT),
        ]
    ),
    st.text(max_size=40),
    st.integers(-10, 10**12).map(str),
    st.floats().map(str),
    st.integers(0, 10**11).map(http_date),
)  # fmt: skip
HEADERS = st.dictionaries(st.sampled_from(NAMES), TEXTS)


def test_reads_what_is_documented() -> None:
    headers = {"x-rate-limit-limit": "70", "x-rate-limit-remaining": "45", "x-rate-limit-reset": "1742121660"}
    assert limits_of(headers | {"date": http_date(1_742_121_640)}) == Limits(70, 45.0, 1_742_121_660.0, 1_742_121_640)
    assert limits_of({"x-rate-limit-limit": " 70.0 "}) == Limits(70)


@pytest.mark.parametrize(
    "text", ["", "x", "nan", "inf", "-1", "1e308", "1_0", "٧٧", "７０", "9" * 400, "999999999999999", "0x46"]
)
def test_an_invalid_value_is_none(text: str) -> None:
    assert limits_of(dict.fromkeys(NAMES, text)) == Limits()


@pytest.mark.parametrize("text", ["0", "0.5", "1.0000001", "69.9", "1000001"])
def test_a_limit_is_a_plausible_whole_number(text: str) -> None:
    assert limits_of({"x-rate-limit-limit": text}).limit is None


def test_a_date_without_zone() -> None:
    assert limits_of({"date": "Thu, 01 Jan 1970 00:00:10 -0000"}).date == 10


@given(HEADERS, st.floats(0, 1e10))
@example({"date": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 0.0)
def test_no_header_breaks_the_reading(headers: dict[str, str], now: float) -> None:
    seen = limits_of(headers)
    assert seen.limit is None or 1 <= seen.limit <= MOST_LIMIT
    assert all(value is None or 0 <= value <= 1e11 for value in (seen.remaining, seen.reset))
    read_date(headers.get("date"))
    wait = retry_after(headers, now)
    assert wait is None or 0 <= wait <= MAX_RETRY_AFTER


def good(limit: int, now: float) -> dict[str, str]:
    """Return the headers of an honest server, whose segments begin at multiples of 30 on its clock."""
    server = PRESENT + now
    reset = (server // 30 + 1) * 30
    words = {"x-rate-limit-limit": str(limit), "x-rate-limit-remaining": str(limit - 1), "date": http_date(int(server))}
    return words | {"x-rate-limit-reset": str(int(reset))}


@pytest.mark.untraced
@settings(max_examples=some(40), deadline=None)
@example([({"x-rate-limit-reset": "16"}, 200)], False)  # an end of segments that are not the server's
@example([({"x-rate-limit-reset": "16"}, 200)], True)
@given(st.lists(st.tuples(HEADERS, st.sampled_from([200, 200, 429, 500])), max_size=12), st.booleans())
@pytest.mark.slow
@pytest.mark.untraced
def test_no_answers_block_the_limiter_or_let_it_spend_without_limit(
    answers: list[tuple[dict[str, str], int]], begins_well: bool
) -> None:
    async def scenario() -> None:
        clock = FakeClock(0.0)
        limiter = AccountLimiter(RateLimit(), clock, random=lambda: 0.5)
        if begins_well:
            (await limiter.admit(Lane.BULK)).answered(200, good(70, clock.now()))
        for headers, status in answers:
            began = clock.now()
            permit = await limiter.admit(Lane.BULK)
            # a cooldown, and the rest of a window whose limit may have become 1
            assert clock.now() - began <= MAX_RETRY_AFTER + 3 * 30
            permit.answered(status, headers)
            limiter.statistics()
            assert limiter.statistics().in_flight == 0
        for _ in range(3):  # honest answers correct any wrong state
            await clock.sleep_until(clock.now() + 61)
            (await limiter.admit(Lane.BULK)).answered(200, good(70, clock.now()))
        assert limiter.statistics().limit == 70
        began = clock.now()
        for _ in range(140):
            (await limiter.admit(Lane.BULK)).answered(200, good(70, clock.now()))
        assert 25 <= clock.now() - began <= 120

    anyio.run(scenario)
