"""The steps of a field, in their fixed order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.mapped import step
from woowup_async.sources.cells import Cells, typed
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.steps import compiled, default_of
from woowup_async.sources.table_format import TableFormat


def rule(**steps: Any) -> FieldRule:
    return FieldRule(column="c", **steps)


@pytest.mark.parametrize(
    ("text", "steps", "value"),
    [
        ("-", {"null": ["-"]}, None),
        ("2 (-1)", {"replace": {r"\s*\(.*\)$": ""}, "conversion": "int"}, 2),
        ("a@b.co-12b.ct.vtex.com.br", {"replace": {r"-\w+\.ct\.vtex.*$": ""}}, "a@b.co"),
        ("abc", {"replace": {"a": "b", "b": "c"}}, "ccc"),
        ("xx", {"replace": {"x": ""}}, None),
        ("27.345.678", {"case": "digits"}, "27345678"),
        ("none", {"case": "digits"}, None),
        (" Ana  María ", {"case": ["trim", "upper"]}, "ANA MARÍA"),
        ("Ana Paz", {"split_name": "last", "case": "upper"}, "PAZ"),
        ("Ana", {"split_name": "last"}, None),
        ("6814", {"conversion": "decimal", "divide": 100}, Decimal("68.14")),
        ("2449.999999", {"conversion": "decimal", "round": 2}, Decimal("2450.00")),
        ("-0.005", {"conversion": "decimal", "round": 2}, Decimal("-0.01")),
        ("$ 1.586,00", {"conversion": "money", "decimal": ","}, Decimal("1586.00")),
        ("'0123", {"conversion": "id"}, "0123"),
        ('="0123"', {"conversion": "id"}, "0123"),
        ("17850.0", {"conversion": "id"}, "17850"),
        ("10:00 2/3/26", {"conversion": "datetime", "format": "%H:%M %d/%m/%y", "timezone": "America/Lima"},
         "2026-03-02 15:00:00"),
        ("zap 38", {"conversion": "sku"}, "zap-38"),
    ],
)  # fmt: skip
def test_a_step_changes_a_text(text: str, steps: dict[str, Any], value: Any) -> None:
    assert step(text, rule(**steps)) == value


@pytest.mark.parametrize(
    ("text", "steps", "table", "value"),
    [
        ("no", {}, {"no": False}, False),
        ("none", {}, {"none": 0}, 0),
        ("x", {"conversion": "int"}, {"x": "0"}, 0),
        ("x", {"conversion": "int"}, {"x": 0}, 0),
        ("x", {"conversion": "decimal"}, {"x": 1.5}, Decimal("1.5")),
        ("si", {"conversion": "bool"}, {"nunca": "no"}, True),
        ("x", {}, {"*": ""}, None),
        ("many", {"conversion": "int"}, {"*": "0"}, 0),
        ("x", {"conversion": "int"}, {"*": "7"}, 7),
        ("Tarjeta", {"conversion": "lower"}, {"tarjeta": "Credit"}, "Credit"),  # version 1: lower before the lookup
        ("7.0", {"conversion": "id"}, {"7": "seven"}, "seven"),
        ("05", {"conversion": "int"}, {"5": "50"}, 50),  # version 1: the key is the number
        ("Caba", {"case": "upper"}, {"Caba": "cf", "CABA": "no"}, "CF"),
        ("other", {"case": "upper"}, {"OTHER": "no"}, "OTHER"),  # case comes after lookup
        ("a", {"replace": {"a": "b"}}, {"b": "found"}, "found"),
    ],
)  # fmt: skip
def test_a_lookup_comes_before_case_and_as(text: str, steps: dict[str, Any], table: dict[str, Any], value: Any) -> None:
    found = step(text, rule(lookup="t", **steps), t=table)
    assert (found, type(found)) == (value, type(value))


def test_a_replacement_of_the_wrong_type_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"lookups\.t: 'many' cannot be read as int"):
        compiled(rule(lookup="t", conversion="int"), Cells(TableFormat()), {"t": {"x": "many"}})


def test_a_default_is_read_like_a_cell() -> None:
    cells = Cells(TableFormat(decimal=","))
    assert default_of(rule(default="1,5", conversion="decimal"), cells) == Decimal("1.5")
    assert default_of(rule(default=0.1, conversion="decimal"), cells) == Decimal("0.1")
    assert default_of(rule(default=False), cells) is False
    with pytest.raises(ValueError, match="default = 'x' cannot be read as decimal"):
        default_of(rule(default="x", conversion="decimal"), cells)


@pytest.mark.parametrize(
    "steps", [{"conversion": "int"}, {"conversion": "decimal", "divide": 10}, {"conversion": "bool"}]
)
def test_a_cell_that_cannot_be_read_is_refused(steps: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        step("many", rule(**steps))


def test_a_typed_day_goes_through_the_steps_as_text() -> None:
    from datetime import date

    assert step(typed(date(2026, 1, 2)), rule(replace={"^2026": "2025"})) == "2025-01-02"
