"""Formats of days and times: what they find, they read back."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources.dates import Dates
from woowup_async.sources.drafting.rules.times import candidates, is_day, is_time, times_of

_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y", "%Y%m%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", ", %I:%M:%S %p", " %H:%M hs.", " %H:%M:%S %z", " %H:%M:%S UTC")


@given(
    start=st.datetimes(datetime(1990, 1, 25), datetime(2040, 1, 1)),  # noqa: DTZ001 - formats without a zone
    day=st.sampled_from(_DAYS),
    clock=st.sampled_from(_CLOCKS),
)
def test_forty_days_in_a_row_show_their_format(start: datetime, day: str, clock: str) -> None:
    moments = [(start + timedelta(days=count)).replace(microsecond=0) for count in range(40)]
    texts = [moment.strftime(day + clock.replace("%z", "+0000")) for moment in moments]
    found = times_of(texts)
    assert found.fitting == len(texts)
    assert not found.is_ambiguous
    read = [Dates(found.formats, date(2100, 1, 1)).read(text).replace(tzinfo=None) for text in texts]
    kept = "%M" if "%S" not in clock else "%S"
    expected = [moment if kept == "%S" else moment.replace(second=0) for moment in moments]
    assert read == [each if clock else each.replace(hour=0, minute=0) for each in expected]


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["5 de junio de 2026 17:35 hs."], ("%d de %B de %Y %H:%M hs.",)),
        (["May 5, 2026 3:04:05 PM"], ("%B %d, %Y %I:%M:%S %p",)),
        (["5-jun-26"], ("%d-%B-%y",)),
        (["2017-08-03T01:19:14.6610588+00:00"], ("iso",)),
        (["Fri, 05 Jun 2026 10:00:00 -0300"], ("%a, %d %B %Y %H:%M:%S %z",)),
        (["2026-06-05 10:00", "2026-06-05"], ("%Y-%m-%d %H:%M", "%Y-%m-%d")),
        (["\x012026-06-05T10:00:00"], ()),
        (["not a day"], ()),
    ],
)
def test_formats(texts: list[str], formats: tuple[str, ...]) -> None:
    assert times_of(texts).formats == formats


def test_days_that_may_be_months() -> None:
    assert times_of(["01/02/2026", "03/04/2026"]).formats == ("%d/%m/%Y",)
    assert times_of(["01/02/2026", "03/04/2026"], month_first=True).formats == ("%m/%d/%Y",)
    assert times_of(["01/02/2026"]).is_ambiguous
    mixed = times_of(["25/01/2026", "26/01/2026", "01/27/2026"])
    assert (mixed.formats, mixed.fitting) == (("%d/%m/%Y",), 2)


def test_zones_and_halves_of_the_day() -> None:
    assert times_of(["2026-06-05T10:00:00Z"]).has_zone
    assert times_of(["2026-06-05 10:00:00 UTC"]).has_zone
    assert not times_of(["2026-06-05T10:00:00Z", "2026-06-05T10:00:00"]).has_zone
    spanish = times_of(["25/06/2026 03:04 p. m."])
    assert (spanish.formats, spanish.needs_halves) == (("%d/%m/%Y %I:%M %p",), True)


def test_what_is_a_day() -> None:
    assert is_day("2026-01-02")
    assert is_day("\x012026-01-02")
    assert not is_day("20-30000000-3")
    assert not is_day("99999999")
    assert candidates("31/02/2026") == ()
    assert is_time("10:30")
    assert not is_time("2026-01-02 10:30")
