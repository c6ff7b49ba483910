"""Times, durations and long lines as text."""

import pytest

from woowup_async.cli.display.words import lasting, moment, span, utc, wrapped
from woowup_async.cli.spend import seconds_for
from woowup_async.policies import RateLimit


@pytest.mark.parametrize(("requests", "shown"), [(70, "30 s"), (700, "5.0 min"), (70_000, "8.3 h")])
def test_spans(requests: int, shown: str) -> None:
    assert span(seconds_for(requests, RateLimit())) == shown


def test_long_lines_are_wrapped_with_their_indent() -> None:
    assert wrapped("  " + "word " * 10, 41) == ["  " + "word " * 6 + "word", "    word word word"]
    assert max(map(len, wrapped("word " * 200, 80))) <= 79
    assert wrapped("- a", 80, "  ") == ["- a"]


NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC


def test_a_moment_has_its_date_if_that_is_not_today() -> None:
    assert utc(NOW).isoformat() == "2027-01-15T08:00:00+00:00"
    assert moment(NOW - 1, NOW) == "07:59:59"
    assert moment(NOW - 86_400, NOW) == "14 Jan 08:00:00"
    assert moment(NOW + 86_400, NOW, "%H:%M") == "16 Jan 08:00"


@pytest.mark.parametrize(
    ("began", "ended", "is_open", "shown"),
    [
        (-60, -30, False, "07:59:00 to 07:59:30"),
        (-30, None, True, "since 07:59:30"),
        (-30, None, False, "07:59:30, its end is not known"),
        (-5, 5, False, "since 07:59:55, until 08:00:05"),
        (-86_400, -86_390, False, "14 Jan 08:00:00 to 08:00:10"),
        (-86_400, -10, False, "14 Jan 08:00:00 to 15 Jan 07:59:50"),
    ],
)
def test_how_long_something_lasts(began: float, ended: float | None, is_open: bool, shown: str) -> None:
    assert lasting(NOW + began, None if ended is None else NOW + ended, NOW, is_open=is_open) == shown
