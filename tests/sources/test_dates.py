"""Days and times in several formats and languages."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from woowup_async.sources.dates import Dates

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "form", "read"),
    [
        ("5 de junio de 2026 17:35 hs.", "%d de %B de %Y %H:%M hs.", "2026-06-05T17:35:00"),
        ("May 5, 2026 3:04:05 PM", "%b %d, %Y %I:%M:%S %p", "2026-05-05T15:04:05"),
        ("10 de março de 2026", "%d de %B de %Y", "2026-03-10"),
        ("3 SETIEMBRE 2026", "%d %B %Y", "2026-09-03"),
        ("3 sept. 2026", "%d %b %Y", "2026-09-03"),
        ("01-ene-26", "%d-%b-%y", "2026-01-01"),
        ("31-dez-26", "%d-%b-%y", "1926-12-31"),  # a year of two digits is never in the future
        ("2017-08-03T01:19:14.6610588+00:00", "iso", "2017-08-03T01:19:14.661058+00:00"),
        ("100%B 2026-01-02", "100%%B %Y-%m-%d", "2026-01-02"),
    ],
)  # fmt: skip
def test_a_text_is_read_by_a_format(text: str, form: str, read: str) -> None:
    assert Dates([form], TODAY).read(text) == datetime.fromisoformat(read)


def test_the_first_format_that_fits_is_used() -> None:
    dates = Dates(["%d/%m/%Y", "%m/%d/%Y"], TODAY)
    assert [dates.read(text).month for text in ("02/03/2026", "02/13/2026")] == [3, 2]


@pytest.mark.parametrize("text", ["31 de febrero de 2026", "5 de xunio de 2026", "", "5 de 2026"])
def test_an_impossible_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Dates(["%d de %B de %Y"], TODAY).read(text)


@pytest.mark.parametrize(
    "names",
    [
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "january february march april may june july august september october november december",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    ],
)
def test_every_month_has_a_name(names: str) -> None:
    dates = Dates(["%d %B %Y"], TODAY)
    assert [dates.read(f"1 {name} 2026").month for name in names.split()] == list(range(1, 13))


def test_a_narrow_blank_before_pm_is_a_blank() -> None:
    dates = Dates(["%b %d, %Y %I:%M:%S %p"], date.max)
    for blank in "\u202f\u00a0\u2009":
        assert dates.read(f"May 5, 2026 3:04:05{blank}PM").isoformat() == "2026-05-05T15:04:05"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("46027", "2026-01-05T00:00:00"),
        ("46027.4270833", "2026-01-05T10:15:00"),
        ("46027,9999999", "2026-01-06T00:00:00"),
        ("61", "1900-03-01T00:00:00"),
        ("2958465", "9999-12-31T00:00:00"),
    ],
)
def test_numbers_of_excel(text: str, time: str) -> None:
    assert Dates(["%d/%m/%Y", "excel"], TODAY).read(text).isoformat() == time


@pytest.mark.parametrize("text", ["60", "0", "-1", "2958466", "1e5", "20260105", "46027.", "x"])
def test_other_numbers_are_no_days(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        Dates(["excel"], TODAY).read(text)


@pytest.mark.parametrize(
    ("text", "form", "read"),
    [
        ("2025-12-31T22:00:00Z", "%Y-%m-%dT%H:%M:%SZ", "2025-12-31T22:00:00+00:00"),
        ("2025-12-31T22:00:00.250Z", "%Y-%m-%dT%H:%M:%S.%fZ", "2025-12-31T22:00:00.250000+00:00"),
        ("31/12/2025 22:00 UTC", "%d/%m/%Y %H:%M UTC", "2025-12-31T22:00:00+00:00"),
        ("31/12/2025 10:00 PM GMT", "%d/%m/%Y %I:%M %p GMT", "2025-12-31T22:00:00+00:00"),
        ("2025-12-31 22:00:00 -0300", "%Y-%m-%d %H:%M:%S -0300", "2025-12-31T22:00:00-03:00"),
        ("2025-12-31T22:00:00.000+05:30", "%Y-%m-%dT%H:%M:%S.000+05:30", "2025-12-31T22:00:00+05:30"),
        ("2025-12-31 22:00:00 GMT-0300", "%Y-%m-%d %H:%M:%S GMT-0300", "2025-12-31T22:00:00-03:00"),
        ("2025-12-31 22:00 UTC-3", "%Y-%m-%d %H:%M UTC-3", "2025-12-31T22:00:00-03:00"),
        ("2025-12-31 22:00 -9900", "%Y-%m-%d %H:%M -9900", "2025-12-31T22:00:00"),
        ("2025-12-31 22:00 HORAZ", "%Y-%m-%d %H:%M HORAZ", "2025-12-31T22:00:00"),
        ("22:00-0300-2025-12-31", "%H:%M-0300-%Y-%m-%d", "2025-12-31T22:00:00"),
    ],
)
def test_a_zone_at_the_end_of_a_format_is_the_zone_of_its_times(text: str, form: str, read: str) -> None:
    assert Dates([form], TODAY).read(text).isoformat() == read


def test_two_digits_are_a_zone_only_behind_the_seconds() -> None:
    read = Dates(["%Y-%m-%d %H:%M:%S-03"], TODAY).read("2025-12-31 22:00:00-03")
    assert read.isoformat() == "2025-12-31T22:00:00-03:00"
    assert Dates(["%d-%m-%Y %H-%M-00"], TODAY).read("31-12-2025 22-00-00").tzinfo is None


@pytest.mark.parametrize(("text", "form"), [("2025-366", "%Y-%j"), ("2025-53-1", "%Y-%W-%w"), ("25/366", "%y/%j")])
def test_a_day_beyond_the_end_of_its_year_is_refused(text: str, form: str) -> None:
    with pytest.raises(ValueError, match="."):
        Dates([form], TODAY).read(text)
    assert Dates([form], TODAY).read(text.replace("366", "365").replace("53", "51")).year == 2025
