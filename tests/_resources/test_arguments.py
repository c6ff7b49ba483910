"""Arguments are checked before anything is sent."""

from decimal import Decimal
from typing import Any

import pytest

from woowup_async._resources.arguments import (
    Paging,
    address_of,
    paging_of,
    query_of,
    segment_of,
    text_of,
    whole_of,
)
from woowup_async.errors import InvalidRecord


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, 0, None), Paging(None, 0, 100)),
        ((5, 0, None), Paging(5, 0, 5)),
        ((500, 0, None), Paging(500, 0, 100)),
        ((5, 2, 20), Paging(5, 2, 20)),
        ((None, 3, 100), Paging(None, 3, 100)),
    ],
)
def test_the_size_of_a_page_is_at_most_the_limit(given: Any, expected: Paging) -> None:
    assert paging_of(*given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((0, 0, None), "limit must be 1 or more"),
        ((None, -1, None), "page must be 0 or more"),
        ((None, "1", None), "page must be 0 or more"),
        ((None, True, None), "page must be 0 or more"),
        ((None, 0, 0), "page_size must be between 1 and 100, got 0"),
        ((None, 0, 101), "page_size must be between 1 and 100, got 101"),
    ],
)
def test_paging_has_bounds(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        paging_of(*given)


def test_the_connectors_host_has_other_bounds() -> None:
    """Q20: the largest page is unknown."""
    assert paging_of(None, 0, None, default=25, most=None).size == 25
    assert paging_of(None, 0, 500, default=25, most=None).size == 500
    with pytest.raises(ValueError, match="page_size must be 1 or more, got 0"):
        paging_of(None, 0, 0, most=None)
    with pytest.raises(TypeError, match="page_size must be an int"):
        paging_of(None, 0, "5")  # type: ignore[arg-type]


def test_a_query_takes_texts_and_numbers() -> None:
    assert query_of(from_="2026-01-01", branch=None, page=3) == (("from", "2026-01-01"), ("page", "3"))
    for wrong in (["a"], {"a": 1}, True):
        with pytest.raises(TypeError, match="branch must be a str"):
            query_of(branch=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="description must be a str"):
        text_of(5, "description")  # type: ignore[arg-type]


@pytest.mark.parametrize("segment", [7, "7", "007"])
def test_a_segment_id_is_a_number_or_its_digits(segment: Any) -> None:
    """Q80."""
    assert segment_of(segment) == 7


@pytest.mark.parametrize("segment", [0, -1, True, "", "0", "seven", "\u0667", 7.0, None])
def test_invalid_segment_ids(segment: Any) -> None:
    with pytest.raises(ValueError, match="segment_id must be a whole number above 0"):
        segment_of(segment)


@pytest.mark.parametrize("address", ["nobody", "a@b c", "", 5])
def test_invalid_addresses_are_not_sent(address: Any) -> None:
    """Q50."""
    with pytest.raises(InvalidRecord, match="notify_to: expected an e-mail address"):
        address_of(address, "notify_to")
    assert address_of("a@b.co", "notify_to") == "a@b.co"
    assert address_of(None, "notify_to") is None


@pytest.mark.parametrize("points", [2, 2.0, Decimal("2.00")])
def test_2_and_2_0_are_whole_numbers(points: Any) -> None:
    found = whole_of(points)
    assert (found, type(found)) == (2, int)


@pytest.mark.parametrize("points", [2.5, "2", True, float("nan"), float("inf"), None])
def test_points_that_are_not_whole(points: Any) -> None:
    with pytest.raises(TypeError, match="points must be an int"):
        whole_of(points)
