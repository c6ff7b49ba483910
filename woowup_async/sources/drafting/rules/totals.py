"""Where the total of an order is: in a column of orders, in a column of lines, or only in quantities and prices.

Room: sources. Pure. Of several columns with a fitting name, the one counts that the lines add up to.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import NamedTuple

from woowup_async._text import counted
from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.draft import DraftField
from woowup_async.sources.drafting.rules.groups import behaviour
from woowup_async.sources.drafting.rules.look import Look

_BESIDE = ("prices.discount", "prices.shipping", "prices.tax")
#: Orders that are added up, and the share that must fit (guessed).
_TRIED, _FITTING = 300, 0.7
#: Orders that must show that a price is that of the whole line, against its name (guessed).
_CLEARLY = 3
_ROUNDING = Decimal("0.01")


class Fit(NamedTuple):
    """How many orders have lines that add up to a column, and how many could be compared."""

    fitting: int
    compared: int

    @property
    def share(self) -> float:
        """The share that fits."""
        return self.fitting / self.compared if self.compared else 0.0


def with_best_total(look: Look) -> Look:
    """Return the look with the column of the total to which the lines add up."""
    first = look.roles.get("prices.total")
    if first is None:
        return look
    fits = {column.name: fit_of(look, column).share for column in [first, *look.roles.others("prices.total", 2.5)]}
    if fits[first.name] >= _FITTING or not fits:
        return look
    taken = {name for name, field in look.roles.taken().items() if field != "prices.total"}
    for column in look.roles.others("prices.total", 2.5):
        if fits[column.name] >= _FITTING and column.name not in taken:
            return look._replace(roles=look.roles.with_first("prices.total", column))
    return look


def with_best_price(look: Look) -> Look:
    """Return the look with the column of amounts as unit price or as total of a line, whichever the total shows."""
    total, price, line = (look.roles.get(field) for field in ("prices.total", "unit_price", "line_total"))
    if total is not None and not look.sample.is_json and behaviour(total, look.groups) == "varying":
        return look._replace(roles=look.roles.moved("prices.total", "line_total"))
    if total is None or (price is None) == (line is None):
        return look
    as_price = look if price is not None else look._replace(roles=look.roles.moved("line_total", "unit_price"))
    as_line = look if line is not None else look._replace(roles=look.roles.moved("unit_price", "line_total"))
    by_quantity = fit_of(as_price, total)
    alone = fit_of(as_price._replace(roles=as_price.roles.without("quantity")), total)
    if alone.share >= _FITTING and alone.fitting >= by_quantity.fitting + _CLEARLY:
        return as_line
    return as_price if by_quantity.share >= _FITTING and by_quantity.fitting >= alone.fitting else look


def fit_of(look: Look, total: Column) -> Fit:
    """Return how many orders have lines that add up to a total, with discount, shipping and tax or without them."""
    quantity, price = look.roles.get("quantity"), look.roles.get("unit_price")
    fitting = compared = 0
    for rows in look.groups.rows[:_TRIED]:
        amounts = [_product(look, quantity, price, row) for row in rows]
        whole = _first(look, total, rows)
        if whole is None or price is None or None in amounts:
            continue
        compared += 1
        added = sum((amount for amount in amounts if amount is not None), Decimal(0))
        parts = [_first(look, look.roles.get(field), rows) or Decimal(0) for field in _BESIDE]
        allowed = _ROUNDING * (len(rows) + 1)
        fitting += any(abs(added + beside - whole) <= allowed for beside in _sums(parts))
    return Fit(fitting, compared)


def total_of(look: Look) -> DraftField:
    """Return the rule of the total."""
    total, line = look.roles.get("prices.total"), look.roles.get("line_total")
    kind = behaviour(total, look.groups) if total is not None and not look.sample.is_json else "constant"
    if total is not None:
        fit = fit_of(look, total)
        why = f"the lines of {fit.fitting:,} of {counted(fit.compared, 'order')} add up to it" if fit.compared else ""
        if kind == "elsewhere":
            return DraftField("prices.total", added(look, [total]), "not in the first row of an order")
        return DraftField("prices.total", look.amount(total), why or look.share_of_rows(total))
    if line is not None:
        return DraftField("prices.total", added(look, [line]), "no total of the order: that of its lines is added up")
    price, quantity = look.roles.get("unit_price"), look.roles.get("quantity")
    if price is not None:
        columns = [quantity, price] if quantity is not None else [price]
        return DraftField("prices.total", added(look, columns), "no total: quantity and price are added up")
    return DraftField("prices.total", {"column": "TOTAL", "as": "decimal"}, "", is_on=False)


def added(look: Look, columns: list[Column]) -> dict[str, object]:
    """Return the rule that adds up the product of columns over the rows of an order."""
    rule: dict[str, object] = {"sum": [column.name for column in columns]}
    amounts = [look.amount(column) for column in columns]
    if any(amount["as"] == "money" for amount in amounts):
        rule["as"] = "money"
    if any("decimal" in amount for amount in amounts):
        rule["decimal"] = next(amount["decimal"] for amount in amounts if "decimal" in amount)
    if look.is_in_cents:
        rule["divide"] = 100
    return {**rule, "default": 0}


def _product(look: Look, quantity: Column | None, price: Column | None, row: int) -> Decimal | None:
    amount = look.number(price, row)
    if amount is None or quantity is None:
        return amount
    count = look.number(quantity, row)
    if count is None:  # "2 (-1)" and "3 un"
        text = quantity.cells[row].split(maxsplit=1)
        count = Decimal(text[0]) if text and text[0].isdigit() else None
    return None if count is None else amount * count


def _first(look: Look, column: Column | None, rows: list[int]) -> Decimal | None:
    return next((found for row in rows if (found := look.number(column, row)) is not None), None)


def _sums(parts: list[Decimal]) -> set[Decimal]:
    """Return the sums of discount, shipping and tax, each included or not. A discount may be negative already."""
    discount, shipping, tax = parts
    return {-abs(discount) * a + shipping * b + tax * c for a, b, c in product((0, 1), repeat=3)}
