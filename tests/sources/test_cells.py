"""Cells are read exactly, or refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources.cells import Cells, shown, typed
from woowup_async.sources.mapping import TableFormat

TODAY = date(2026, 3, 1)
PLAIN = Cells(TableFormat(), TODAY)
COMMA = Cells(TableFormat(decimal=","), TODAY)
ARGENTINE = Cells(
    TableFormat(
        timezone="America/Argentina/Buenos_Aires",
        date="%d/%m/%y",
        datetime=["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M%z"],
    ),
    TODAY,
)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_numbers_are_read_digit_by_digit(number: Decimal) -> None:
    assert PLAIN.decimal(f"{number:f}") == number
    assert COMMA.decimal(f"{number:f}".replace(".", ",")) == number


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (PLAIN, "1,5"), (PLAIN, "1.500,00"), (PLAIN, "٣"), (PLAIN, "1e5"), (PLAIN, ""), (PLAIN, "$ 5"),
        (COMMA, "1.50"), (COMMA, "1.5000"), (COMMA, "1,5,0"), (COMMA, ".5"),
    ],
)  # fmt: skip
def test_numbers_that_could_mean_two_things_are_refused(cells: Cells, text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        cells.decimal(text)


def test_points_group_thousands_only_in_threes() -> None:
    assert COMMA.decimal("1.234.567,89") == Decimal("1234567.89")


@pytest.mark.parametrize(
    ("cells", "text", "conversion", "value"),
    [
        (PLAIN, "ANA@B.CO", "lower", "ana@b.co"),
        (PLAIN, "7.0", "id", "7"), (PLAIN, "007.0", "id", "007.0"), (PLAIN, "7.00", "id", "7.00"),
        (PLAIN, "7.000", "id", "7.000"), (PLAIN, "7.0000000000", "id", "7"), (COMMA, "7,0000", "id", "7"),
        (PLAIN, "7,0", "id", "7,0"), (COMMA, "7,0", "id", "7"),
        (COMMA, "7.0", "id", "7"), (COMMA, "7,00", "id", "7,00"),
        (PLAIN, "2.0", "int", 2), (PLAIN, "Sí", "bool", True), (PLAIN, "0", "bool", False),
        (PLAIN, "2026-02-28", "date", "2026-02-28"),
        (PLAIN, "2026-02-28 10:00:00", "datetime", "2026-02-28 10:00:00"),
        (ARGENTINE, "28/02/2026 10:00", "datetime", "2026-02-28 13:00:00"),
        (ARGENTINE, "2026-02-28T10:00+0200", "datetime", "2026-02-28 08:00:00"),
        (ARGENTINE, "28/02/26", "date", "2026-02-28"),
        (ARGENTINE, "02/03/26", "date", "1926-03-02"),  # a year of two digits is never in the future
    ],
)  # fmt: skip
def test_a_conversion_gives_what_the_api_needs(cells: Cells, text: str, conversion: str, value: Any) -> None:
    assert cells.convert(text, conversion) == value


@pytest.mark.parametrize(
    ("text", "conversion"),
    [("2.5", "int"), ("perhaps", "bool"), ("2026-02-30", "date"), ("28/02/2026", "date"), ("10:00", "datetime")],
)
def test_a_cell_of_another_type_is_refused(text: str, conversion: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        PLAIN.convert(text, conversion)


@given(st.integers(-(2**31), 2**32).map(lambda second: datetime.fromtimestamp(second, timezone(timedelta(hours=-3)))))
def test_a_typed_moment_needs_no_format(moment: datetime) -> None:
    cell = typed(moment)
    assert shown(cell) == moment.isoformat()
    expected = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert ARGENTINE.convert(cell, "datetime") == PLAIN.convert(cell, "datetime") == expected


def test_an_impossible_offset_is_refused() -> None:
    with pytest.raises(ValueError, match=r".*"):
        PLAIN.convert(typed(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=15)))), "datetime")


def test_null_words_of_the_mapping_are_empty() -> None:
    cells = Cells(TableFormat(null=["-"]))
    assert [cells.text(cell) for cell in (" - ", " a ", "--")] == ["", "a", "--"]
