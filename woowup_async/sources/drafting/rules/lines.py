"""The fields of the lines of an order.

Room: sources. Pure. An order needs a line, so a file without products gets one for the whole order.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.draft import DraftField
from woowup_async.sources.drafting.rules.look import Look
from woowup_async.sources.numbers import decimal_of
from woowup_async.sources.table_format import Mark

#: A number with text after it: `2 (-1)`, `3 un`, `4x`.
_LEADING = {r"^([+-]?[0-9]+)(?:[.,]0+)?[^0-9.,].*$": r"\1"}
#: A code of one character becomes one of several, since the API takes none of one.
_SHORT = {r"^(.)$": r"item-\1"}
#: The share of quantities that must be broken before the lines get the quantity 1 (guessed).
_BROKEN = 0.02
_MOST_CODES = 3


class Lines(NamedTuple):
    """The fields of lines, the settings of rows that are no lines, and what a person must know."""

    fields: list[DraftField]
    left_out: list[dict[str, Any]]
    problems: list[str]


def lines_of(look: Look, total: DraftField) -> Lines:
    """Return the lines of orders."""
    roles, problems = look.roles, list[str]()
    sku, name = roles.get("sku"), roles.get("product_name")
    if sku is None and name is None and roles.get("quantity") is None:
        rule = {key: value for key, value in total.rule.items() if key != "minus"}
        fields = [
            DraftField("sku", {"constant": "order"}, "no column of products: one line for the whole order"),
            DraftField("quantity", {"constant": 1}),
            DraftField("unit_price", rule, "the total", is_on=total.is_on),
        ]
        return Lines(fields, [], ["no column of products: each order gets one line for the whole of it"])
    codes = [column for column in (sku, *_other_codes(look, sku), name) if column is not None]
    fields = [_sku(look, list({column.name: column for column in codes}.values()))]
    if name is not None:
        fields.append(DraftField("product_name", {"column": name.name}, look.share_of_rows(name)))
    amounts = _amounts(look, total, problems)
    left_out = _rows_without_item(look, codes)
    quantity = look.roles.get("quantity")
    if quantity is not None and not left_out and _begins_orders(look, _without_item(look, quantity, codes)):
        amounts = [_zero(each) if each.name == "quantity" else each for each in amounts]
        problems.append('orders begin with a row without an item: it is sent as a line "item" with the quantity 0')
    return Lines([*fields, *amounts, *_other_fields(look)], left_out, problems)


def _zero(field: DraftField) -> DraftField:
    return DraftField(field.name, {**field.rule, "default": 0}, "0 in the first row of an order")


def _other_codes(look: Look, sku: Column | None) -> list[Column]:
    """Return other columns of codes, if the first is sometimes empty."""
    if sku is None or sku.filled == look.sample.rows:
        return []
    taken = look.roles.taken()
    is_named = any("item" in column.words for column in [sku, *look.roles.others("sku")])
    others = [column for column in look.roles.others("sku") if taken.get(column.name, "sku") == "sku"]
    if is_named:  # the id of a line is not that of its product
        others = [column for column in others if column.words != ("id",)]
    return [column for column in others if column.filled > sku.filled][: _MOST_CODES - 1]


def _sku(look: Look, codes: list[Column]) -> DraftField:
    if not codes:
        return DraftField("sku", {"constant": "item"}, "no column of codes")
    first = codes[0]
    empty = sum(not any(column.cells[row] for column in codes) for row in range(look.sample.rows))
    rule: dict[str, Any] = {"column": first.name} if len(codes) == 1 or first.filled == look.sample.rows else {
        "first_of": [column.name for column in codes]
    }  # fmt: skip
    used = codes if "first_of" in rule else [first]
    if any(len(text) == 1 for column in used for text in column.values):
        rule["replace"] = _SHORT
    rule["as"] = "sku"
    if empty:
        rule["default"] = "item"
    why = look.share_of_rows(first) + ("; otherwise the next one" if "first_of" in rule else "")
    return DraftField("sku", rule, why)


def _amounts(look: Look, total: DraftField, problems: list[str]) -> list[DraftField]:
    quantity, price, line = (look.roles.get(field) for field in ("quantity", "unit_price", "line_total"))
    if quantity is None:
        count = DraftField("quantity", {"constant": 1}, "no column of quantities")
        return [count, _price(look, price or line, total, problems)]
    rule, broken = _quantity(look, quantity)
    if broken <= _BROKEN:
        why = look.share_of_rows(quantity) + (f"; {broken:.1%} are no whole numbers" if broken else "")
        count = DraftField("quantity", rule, why)
        if price is None and line is not None:
            problems.append(f'no column of unit prices: "{line.name}" is sent as unit price, with the quantity 1')
            one = DraftField("quantity", {"constant": 1}, "the price is that of the whole line")
            return [one, _price(look, line, total, problems)]
        return [count, _price(look, price, total, problems)]
    problems.append(f'"{quantity.name}" has broken quantities, which the API refuses: each line has the quantity 1')
    one = DraftField("quantity", {"constant": 1}, "the API takes whole numbers only: the price is that of the line")
    if line is not None:
        return [one, _price(look, line, total, problems)]
    if price is None:
        return [one, _price(look, None, total, problems)]
    amount = look.amount(price)
    product: dict[str, Any] = {"sum": [quantity.name, price.name], "default": 0}
    product |= {name: amount[name] for name in ("decimal", "divide") if name in amount}
    product |= {"as": "money"} if amount["as"] == "money" else {}
    return [one, DraftField("unit_price", product, "quantity by price")]


def _quantity(look: Look, column: Column) -> tuple[dict[str, Any], float]:
    """Return the rule of a quantity, and the share that it cannot read."""
    mark = look.mark_of(column)
    rule: dict[str, Any] = {"column": column.name}
    if column.share(lambda text: _is_whole(text, mark)) < 1 and column.share(_has_text_after) > 0:
        rule["replace"] = _LEADING
    rule["as"] = "int"
    if mark != look.mark.mark:
        rule["decimal"] = mark
    pattern, new = next(iter(_LEADING.items()))
    return rule, 1 - column.share(lambda text: _is_whole(re.sub(pattern, new, text), mark))


def _price(look: Look, column: Column | None, total: DraftField, problems: list[str]) -> DraftField:
    if column is not None:
        rule = look.amount(column)
        if column.filled < look.sample.rows:
            rule["default"] = 0
        return DraftField("unit_price", rule, look.share_of_rows(column))
    if total.is_on and not look.groups.several and "column" in total.rule:
        return DraftField("unit_price", total.rule, "no column of prices: the total of the order")
    problems.append("no column of prices: lines have the unit price 0; name their column in purchase.lines.unit_price")
    return DraftField("unit_price", {"constant": 0}, "no column of prices")


def _other_fields(look: Look) -> list[DraftField]:
    fields: list[DraftField] = []
    if (brand := look.roles.get("brand")) is not None:
        fields.append(DraftField("brand", {"column": brand.name}, look.share_of_rows(brand)))
    if (category := look.roles.get("category")) is not None:
        mark = next((mark for mark in (">", "/") if category.share(lambda text, mark=mark: mark in text) > 0.3), None)  # type: ignore[misc]
        rule = {"column": category.name, "split": mark} if mark else {"columns": [category.name]}
        fields.append(DraftField("category", rule, look.share_of_rows(category)))
    kinds = [(name, look.roles.get(field)) for field, name in (("size", "Talle"), ("color", "Color"))]
    if pairs := {name: column.name for name, column in kinds if column is not None}:
        fields.append(DraftField("variations", {"pairs": pairs}))
    return fields


def _rows_without_item(look: Look, codes: list[Column]) -> list[dict[str, Any]]:
    """Return a test for rows that are no lines, such as those of a payment."""
    quantity = look.roles.get("quantity")
    if look.sample.is_json or quantity is None or quantity.filled == look.sample.rows:
        return []
    without = _without_item(look, quantity, codes)
    if not without or (_begins_orders(look, without) and not look.groups.continued):
        return []
    return [{"column": quantity.name, "matches": "^$", "by": "row", "reason": "the row has no item"}]


def _without_item(look: Look, quantity: Column, codes: list[Column]) -> set[int]:
    return {
        row for row in range(look.sample.rows)
        if not quantity.cells[row] and not any(column.cells[row] for column in codes)
    }  # fmt: skip


def _begins_orders(look: Look, without: set[int]) -> bool:
    """Return whether rows without an item have what the other rows of their order do not have."""
    return sum(rows[0] in without for rows in look.groups.several) > 0.1 * max(1, len(look.groups.several))


def _is_whole(text: str, mark: Mark) -> bool:
    try:
        number = decimal_of(text, mark)
    except ValueError:
        return False
    return number == number.to_integral_value()


def _has_text_after(text: str) -> bool:
    return any(re.match(pattern, text) for pattern in _LEADING)
