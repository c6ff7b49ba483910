"""Dead letters by cause: parts that always differ do not make another cause."""

from __future__ import annotations

import pytest

from woowup_async.cli.display import causes
from woowup_async.cli.display.causes import Causes, Fault, cause_of


def fault(message: str, path: str = "", number: int = 1) -> Fault:
    return Fault("purchase malformed", path, message, f"o.csv:{number}", f"F-{number}")


@pytest.mark.parametrize(
    ("one", "other", "cause"),
    [
        (("line 2: expected int, got 'x'", "Qty"), ("line 93: expected int, got \"it's\"", "Qty"),
         "Qty: expected int, got …"),
        (("is empty", "purchase_detail[0].sku"), ("is empty", "purchase_detail[17].sku"),
         "purchase_detail[].sku: is empty"),
        (("has 5 columns, the header has 8", "line 4"), ("has 6 columns, the header has 8", "line 9"),
         "has … columns, the header has …"),
        (("the rows of one order disagree: line 1 says 'a', line 2 says 'b'", "email"),
         ("the rows of one order disagree: line 5 says 'c d', line 9 says \"e\"", "email"),
         "email: the rows of one order disagree: line … says …, line … says …"),
        (("user ana@example.com not found", ""), ("user leo+x@example.com not found", ""), "user … not found"),
        (("the order is in a.csv:1 and in b2.csv:7", ""), ("the order is in a.csv:9 and in b2.csv:8", ""),
         "the order is in … and in …"),
    ],
)  # fmt: skip
def test_one_cause(one: tuple[str, str], other: tuple[str, str], cause: str) -> None:
    assert cause_of(fault(*one)) == cause_of(fault(*other)) == cause


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("line 2: expected int, got 'x'", "Qty"), ("line 2: expected int, got 'x'", "Price")),
        (("expected int, got 'x'", "Qty"), ("expected decimal, got 'x'", "Qty")),
        (('has no "Ticket"', ""), ('has no "Number"', "")),
        (("unknown field 'color'", ""), ("unknown field 'size'", "")),
    ],
)
def test_different_causes(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert cause_of(fault(*one)) != cause_of(fault(*other))


def test_a_text_that_is_always_the_same_is_shown_whole() -> None:
    found = Causes()
    for number in range(5):
        found.add([fault("expected two letters, got 'A'", "sku", number)])

    (group,) = found.ordered()

    assert list(group.lines()) == [
        "       5  purchase malformed: sku: expected two letters, got 'A'",
        *(f"          o.csv:{number} (F-{number})" for number in range(3)),
    ]


@pytest.mark.parametrize(("path", "message"), [("Qty", "line 7: is empty"), ("line 7", "Qty: is empty")])
def test_an_example_with_the_text_of_its_cause_shows_only_its_line(path: str, message: str) -> None:
    found = Causes()
    found.add([fault(message, path, 5)])

    (group,) = found.ordered()

    assert list(group.lines()) == ["       1  purchase malformed: Qty: is empty", "          o.csv:5 (F-5): line 7"]


def test_a_record_with_one_cause_in_several_rows_counts_once() -> None:
    found = Causes()
    found.add([fault("line 2: is empty", "Qty"), fault("line 3: is empty", "Qty"), fault("is wrong", "Mail")])
    found.add([fault("line 9: is empty", "Qty", 9)])

    assert [(group.count, group.first.path) for group in found.ordered()] == [(2, "Qty"), (1, "Mail")]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causes, "_MOST", 2)
    found = Causes()
    for name in ("a", "b", "c", "a"):
        found.add([fault("is wrong", name)])

    assert [group.count for group in found.ordered()] == [2, 1]
    assert found.beyond == 1
