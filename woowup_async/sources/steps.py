"""The steps that change the text of a cell, as one function, in their fixed order.

Room: sources. Pure. The last step, `default`, is for `fields`, since it replaces a missing value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from woowup_async.sources.cells import Cells, shown
from woowup_async.sources.field_rule import FieldRule, Scalar
from woowup_async.sources.numbers import EXACT
from woowup_async.sources.texts import CASES, first_name, last_name

Step = Callable[[str], Any]
Tables = Mapping[str, Mapping[str, Scalar]]


def compiled(rule: FieldRule, cells: Cells, lookups: Tables) -> Step:
    """Return the function that makes a value, or None, from a text that is not empty.

    The function raises `ValueError` or `OverflowError` if the text cannot be read.

    Raises:
        ValueError: a replacement or a default of the mapping cannot be read as the type of the field.

    """
    conversion = "decimal" if rule.sum is not None and rule.conversion == "text" else rule.conversion
    read = cells.reader(conversion, rule.decimal, rule.format, rule.timezone)
    # version 1: these two come before a lookup, since its keys may be in lower case or without .0
    is_early = conversion in ("lower", "id") and rule.lookup is not None
    step = _cased(rule, str if is_early else _divided(rule, read))
    if rule.lookup is not None:
        table = _converted(rule, lookups[rule.lookup], step)
        step = _looked_up(table, step, is_typed=not (is_early or rule.cases or rule.split_name))
        step = _early(read, step) if is_early else step
    if rule.replace:
        step = _replaced(rule.replace, step)
    return _without(frozenset(rule.null), step) if rule.null else step


def default_of(rule: FieldRule, cells: Cells) -> Any:
    """Return the value for a field that has none, read like a cell if it is a text.

    Raises:
        ValueError: it cannot be read as the type of the field.

    """
    if not isinstance(rule.default, str):
        is_exact = rule.default is not None and (rule.sum is not None or rule.conversion in ("decimal", "money"))
        return Decimal(str(rule.default)) if is_exact else rule.default
    try:
        return cells.reader(rule.conversion, rule.decimal, rule.format, rule.timezone)(rule.default)
    except (ValueError, OverflowError):
        raise ValueError(f"default = {rule.default!r} cannot be read as {rule.conversion}") from None


def _divided(rule: FieldRule, read: Step) -> Step:
    if (rule.divide is None and rule.round is None) or rule.sum is not None:  # a sum is divided at its end
        return read
    return lambda text: scaled(read(text), rule)


def scaled(number: Decimal, rule: FieldRule) -> Decimal:
    """Divide a number exactly and round it, if the rule says so.

    Raises:
        ValueError: the result has more digits than can be written.

    """
    try:
        if rule.divide is not None:
            number = EXACT.divide(number, Decimal(rule.divide))
        if rule.round is not None:
            number = number.quantize(Decimal(1).scaleb(-rule.round), ROUND_HALF_UP)
    except DecimalException:
        raise ValueError(str(number)) from None
    return number


def _cased(rule: FieldRule, step: Step) -> Step:
    changes: list[Callable[[str], str]] = [CASES[case] for case in rule.cases]
    if rule.split_name is not None:
        changes.append(first_name if rule.split_name == "first" else last_name)
    if not changes:
        return step

    def changed(text: str) -> Any:
        text = shown(text)
        for change in changes:
            if not (text := change(text)):
                return None
        return step(text)

    return changed


def _looked_up(table: Mapping[str, Any], step: Step, *, is_typed: bool) -> Step:
    """Replace the text as it is written or, with `is_typed`, as it is read (version 1). Otherwise `*` counts."""
    is_total, other = "*" in table, table.get("*")

    def looked_up(text: str) -> Any:
        if text in table:
            return table[text]
        if is_total and not is_typed:
            return other
        try:
            value = step(text)
        except (ValueError, OverflowError):
            if is_total:
                return other
            raise
        return table.get(str(value), other if is_total else value) if is_typed else value

    return looked_up


def _converted(rule: FieldRule, table: Mapping[str, Scalar], step: Step) -> dict[str, Any]:
    """Return a table with its values read by the steps after `lookup`. An empty text means no value."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        is_text = isinstance(value, str) or (rule.conversion in ("int", "decimal", "money") and _is_number(value))
        try:
            text = str(value)
            found[key] = (step(text) if text else None) if is_text else value
        except (ValueError, OverflowError):
            raise ValueError(f"lookups.{rule.lookup}: {value!r} cannot be read as {rule.conversion}") from None
    return found


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _replaced(replace: Mapping[str, str], step: Step) -> Step:
    patterns = [(re.compile(pattern), text) for pattern, text in replace.items()]

    def replaced(text: str) -> Any:
        text = shown(text)
        for pattern, new in patterns:
            text = pattern.sub(new, text)
        text = text.strip()
        return step(text) if text else None

    return replaced


def _without(nulls: frozenset[str], step: Step) -> Step:
    return lambda text: None if shown(text) in nulls else step(text)


def _early(read: Step, step: Step) -> Step:
    return lambda text: step(text) if (text := read(text)) else None
