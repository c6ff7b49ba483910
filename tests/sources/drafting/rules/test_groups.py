"""Rows of one order, and how columns behave in them."""

import pytest

from tests.support.drafts import column
from woowup_async.sources.drafting.rules.groups import Behaviour, behaviour, disagreeing, grouped

_NUMBERS = column("n", "1", "1", "2", "", "3")


def test_rows_without_a_number_continue_the_order_above() -> None:
    groups = grouped([_NUMBERS])
    assert groups.rows == [[0, 1], [2, 3], [4]]
    assert (groups.continued, groups.loose, len(groups.several)) == (1, 0, 2)
    assert grouped([column("n", "", "1")]).loose == 1


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("9", "9", "8", "8", "7"), "constant"), (("9", "", "8", "", "7"), "first_only"),
        (("", "9", "", "8", "7"), "elsewhere"), (("9", "1", "8", "2", "7"), "varying"),
        (("", "", "", "", "7"), "unknown"),
    ],
)  # fmt: skip
def test_behaviour(cells: tuple[str, ...], expected: Behaviour) -> None:
    assert behaviour(column("x", *cells), grouped([_NUMBERS])) == expected


def test_orders_that_disagree_are_counted() -> None:
    assert disagreeing(column("x", "a", "b", "c", "", "d"), grouped([_NUMBERS])) == 1
