"""Paths into JSON documents."""

from __future__ import annotations

from typing import Any

import pytest

from woowup_async.sources.json_paths import elements, lines_of, parsed, value_at, written

DOCUMENT = {
    "customer": {"email": "a@b.co", "gift.wrap": 1},
    "totals": [{"id": "Items", "value": 5}, {"id": "Shipping", "value": 0}, "x"],
    "items": [{"sku": "A", "attributes": [{"value": "red"}]}, {"sku": "B", "attributes": []}],
    "parts": [{"of": [1, 2]}, {"of": []}, {"of": [3]}],
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customer.email", "a@b.co"), ('customer."gift.wrap"', 1), ("totals[id=Shipping].value", 0),
        ("totals[id=Tax].value", None), ("totals[0].value", 5), ("totals[-1]", "x"), ("totals[9].value", None),
        ("items[0].attributes[0].value", "red"), ("customer.name.first", None), ("none.x", None), ("customer[0]", None),
        ("totals.id", None), ("customer[id=1]", None),
    ],
)  # fmt: skip
def test_a_value_is_found(path: str, value: Any) -> None:
    assert value_at(DOCUMENT, parsed(path)) == value


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "a[b]", "a[", "a]b", "a[=1]", "[0]"])
def test_an_invalid_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parsed(path)


@pytest.mark.parametrize("path", ["items[].attributes[0].value", "totals[id=Tax].value", "a.b[].c[]"])
def test_a_path_is_written_as_it_was_read(path: str) -> None:
    assert written(parsed(path)) == path


def test_the_elements_of_a_list_are_rows() -> None:
    assert [chain[0]["sku"] for chain in elements(DOCUMENT, lines_of(["items[].sku"]))] == ["A", "B"]
    assert [chain[1:] for chain in elements(DOCUMENT, lines_of(["parts[].of[]"]))] == [(1,), (2,), (None,), (3,)]
    assert list(elements(DOCUMENT, ())) == [()]
    assert list(elements({}, lines_of(["items[].sku"]))) == [(None,)]


def test_only_one_list_can_be_the_rows() -> None:
    assert lines_of(["id", "items[].sku", "items[].tags[].name"]) == parsed("items[].tags[]")
    with pytest.raises(ValueError, match=r"goes through another list than items\[\]: write \[0\]"):
        lines_of(["items[].sku", "payments[].total"])


def test_a_place_after_a_text_counts_among_the_elements_with_that_text() -> None:
    document = {"pay": [{"is": "bad", "n": 0}, {"is": "ok", "n": 1}, {"n": 3}, {"is": "ok", "n": 2}]}
    for path, value in (("pay[is=ok].n", 1), ("pay[is=ok][0].n", 1), ("pay[is=ok][1].n", 2), ("pay[is=ok][2].n", None),
                        ("pay[is=ok][-1].n", 2), ("pay[is=no].n", None), ("pay[is=].n", 3),
                        ("pay[is=None].n", None)):  # fmt: skip
        assert value_at(document, parsed(path)) == value
    assert written(parsed("pay[is=ok][1].n")) == "pay[is=ok][1].n"


def test_a_sum_over_a_list() -> None:
    for refunds, total in (
        ([{"total": "-10.00"}, {"total": "-5.25"}], "-15.25"), ([{"total": 1}, {"total": None}, {}], "1"),
        ([], "None"), (None, "None"), ("x", "None"), ([{"total": "free"}, {"total": 1}], "free"),
    ):  # fmt: skip
        assert str(value_at({"refunds": refunds}, parsed("refunds[+].total"))) == total
    assert str(value_at({"a": [{"b": {"c": 0.1}}, {"b": {"c": 0.2}}]}, parsed("a[+].b.c"))) == "0.3"
    assert written(parsed("refunds[+].total")) == "refunds[+].total"
    assert lines_of(["refunds[+].total", "items[].sku"]) == parsed("items[]")
