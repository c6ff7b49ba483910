"""A permit reports its result once."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from woowup_async._limiting.permit import Permit
from woowup_async.policies import Lane
from woowup_async.ports import Headers


class Recording:
    """A keeper that records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def observe(self, spent: object, lane: Lane, status: int, headers: Headers) -> None:
        self.calls.append(("observe", spent, lane, status, headers))

    def forgo(self, spent: object, lane: Lane, *, was_sent: bool) -> None:
        self.calls.append(("forgo", spent, lane, was_sent))


REPORTS: dict[str, Callable[[Permit], None]] = {
    "answered": lambda permit: permit.answered(200, {"date": "today"}),
    "lost": Permit.lost,
    "unused": Permit.unused,
}
CALLS = {
    "answered": ("observe", "spent", Lane.BULK, 200, {"date": "today"}),
    "lost": ("forgo", "spent", Lane.BULK, True),
    "unused": ("forgo", "spent", Lane.BULK, False),
}


@pytest.mark.parametrize(("first", "second"), list(itertools.product(REPORTS, REPORTS)))
def test_only_the_first_report_counts(first: str, second: str) -> None:
    keeper = Recording()
    permit = Permit(keeper, Lane.BULK, "spent")

    REPORTS[first](permit)
    REPORTS[second](permit)

    assert keeper.calls == [CALLS[first]]
