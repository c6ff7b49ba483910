"""The watermark of a query: the highest value that was read, or a lower one if rows must be read again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources._watermark import Progress, changed_rows, shown_progress

DAY = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def after(noted: str | None) -> Any:
    progress = Progress("orders.toml", "changed")
    progress.begin(noted)
    return progress.start


@pytest.mark.parametrize(
    "value",
    [
        DAY,
        DAY.replace(tzinfo=None),
        DAY.date(),
        17,
        2.5,
        Decimal("10.50"),
        "2026-01-02 10:00:00",
        "2026-01-02T10:00:00Z",
    ],
)
def test_a_value_survives_the_journal(value: Any) -> None:
    progress = Progress("orders.toml", "changed")
    progress.see([None, value])

    found = after(progress.reached())

    assert found == value
    assert type(found) is type(value)


@given(st.lists(st.lists(st.none() | st.integers(0, 50), max_size=4), max_size=4), st.lists(st.integers(0, 50)))
def test_it_is_the_highest_value_or_the_lowest_to_read_again(blocks: list[list[int | None]], held: list[int]) -> None:
    progress = Progress("q", "n")
    for block in blocks:
        progress.see(block)
    for value in held:
        progress.hold(value)
    seen = [value for block in blocks for value in block if value is not None]

    expected = min(held) if held else max(seen, default=None)

    assert after(progress.reached()) == expected


def test_it_does_not_go_back_if_nothing_was_read() -> None:
    progress = Progress("q", "n")
    progress.see([7])
    noted = progress.reached()
    progress.begin(noted)
    assert after(progress.reached()) == 7
    progress.see([3])  # only a row of an order whose other row has changed
    assert after(progress.reached()) == 7
    progress.hold(None)
    progress.hold(5)
    assert after(progress.reached()) == 5
    progress.begin(None)
    assert progress.reached() is None


@pytest.mark.parametrize("noted", ["", "{}", '{"source":"q","column":"n","kind":"int","value":"x"}', "[]"])
def test_everything_is_read_after_a_damaged_note(noted: str) -> None:
    assert after(noted) is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, DAY], "values of different kinds"),
        ([DAY, DAY.replace(tzinfo=None)], "values of different kinds"),
        ([b"x"], "has times or numbers; this one has bytes"),
        ([True], "has times or numbers; this one has bool"),
        (["yesterday"], "text must have times such as"),
    ],
)
def test_values_without_an_order_are_refused(values: list[object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Progress("q", "n").see(values)


def test_values_are_read_back_from_cells() -> None:
    progress = Progress("q", "n")
    progress.see([Decimal("1.5")])
    assert progress.read("2,25", ",") == Decimal("2.25")
    dated = Progress("q", "n")
    dated.see([date(2026, 1, 2)])
    assert dated.read("2026-01-03", ",") == date(2026, 1, 3)


def test_it_is_shown_as_readable_text() -> None:
    progress = Progress("orders.toml", "changed")
    progress.see([17])
    assert shown_progress(progress.reached() or "") == "orders.toml: the next run reads from changed = 17"
    assert shown_progress("text") is None


def test_statements() -> None:
    assert changed_rows("SELECT 1 ; ", '"u"', ()) == (
        'SELECT * FROM (\nSELECT 1 \n) AS woowup_rows WHERE ("u" >= :watermark OR "u" IS NULL)'
    )
    of_orders = changed_rows("SELECT 1", '"u"', ['"a"', '"b"'])
    assert 'woowup_rows."a" = woowup_keys."a" AND woowup_rows."b" = woowup_keys."b"' in of_orders
    assert of_orders.count("SELECT 1") == 3
