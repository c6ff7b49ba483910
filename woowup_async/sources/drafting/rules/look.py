"""What is known of a sample before its fields are drafted: roles, orders, decimal mark, times.

Room: sources. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from woowup_async._text import counted
from woowup_async.sources.drafting.rules.amounts import (
    Verdict,
    conversion_for,
    evidence_of,
    is_in_cents,
    reads,
    verdict,
)  # fmt: skip
from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.groups import Groups
from woowup_async.sources.drafting.rules.roles import Roles
from woowup_async.sources.drafting.rules.sample import Sample
from woowup_async.sources.drafting.rules.words import is_english
from woowup_async.sources.numbers import money_of
from woowup_async.sources.table_format import Mark

AMOUNTS = (
    "prices.total", "prices.gross", "prices.shipping", "prices.tax", "prices.discount", "unit_price", "line_total",
)  # fmt: skip
_PREFIXES = "{}[]:"


class Look(NamedTuple):
    """What is known of a sample.

    Attributes:
        sample: the rows.
        roles: the columns of each field.
        groups: the rows of each order.
        mark: the decimal mark of its amounts.
        is_in_cents: whether amounts are in cents.
        is_english: whether the names of columns are English.

    """

    sample: Sample
    roles: Roles
    groups: Groups
    mark: Verdict
    is_in_cents: bool
    is_english: bool

    def amount(self, column: Column) -> dict[str, Any]:
        """Return the rule of an amount."""
        mark = self.mark_of(column)
        rule: dict[str, Any] = {"column": column.name, "as": conversion_for(column.values, mark)}
        if mark != self.mark.mark:
            rule["decimal"] = mark
        if self.is_in_cents:
            rule["divide"] = 100
        return rule

    def mark_of(self, column: Column) -> Mark:
        """Return the decimal mark of a column: that of the file, unless its own amounts prove the other one."""
        found = column.evidence
        own = verdict(found, likely=self.mark.mark)
        return own.mark if own.is_sure and (found.points or found.commas) else self.mark.mark

    def number(self, column: Column | None, row: int) -> Decimal | None:
        """Return the number in a cell, or None."""
        text = column.cells[row] if column is not None else ""
        mark = self.mark_of(column) if column is not None else self.mark.mark
        return money_of(text, mark) if text and reads(money_of, text, mark) else None

    def share_of_rows(self, column: Column) -> str:
        """Return how many rows have a value, for a comment."""
        if column.filled == self.sample.rows:
            return "in all rows"
        return f"in {column.filled:,} of {counted(self.sample.rows, 'row')}"


def mark_of(sample: Sample, roles: Roles) -> Verdict:
    """Find the decimal mark: that of amounts, or of all numbers if the file has no amounts."""
    amounts = [column for field in AMOUNTS if (column := roles.get(field)) is not None]
    found = evidence_of(text for column in amounts for text in column.values)
    if not (found.points or found.commas):
        numbers = [column for column in sample.columns if column.numbers > 0.8 and column.days < 0.5]
        found = evidence_of(text for column in numbers for text in column.values if len(text) < 16)
    if sample.is_json and not found.commas:
        return Verdict(".", True, "")
    if sample.kind == "excel" and found.commas:  # numbers of cells have a point here, so only texts show a comma
        found = found._replace(points=0)
    likely: Mark = "," if sample.settings.get("csv.delimiter", ("",))[0] == ";" else "."
    return verdict(found, likely=likely)


def in_cents(sample: Sample, roles: Roles) -> bool:
    """Return whether amounts are in cents: only JSON writes them so, or a column whose name says it."""
    amounts = [column for field in AMOUNTS if (column := roles.get(field)) is not None]
    words = {word for column in amounts for word in column.words}
    if not sample.is_json and "cents" not in words:
        return False
    texts = (text for column in amounts for text in column.values)
    return is_in_cents(texts, words, frozenset(currencies(sample.columns)))


def currencies(columns: Iterable[Column]) -> Iterable[str]:
    """Yield the codes of currencies and countries of a file."""
    for column in columns:
        if {"currency", "country"} & {*column.words}:
            yield from (text.upper() for text in column.values if len(text) == 3)


def in_template(name: str) -> bool:
    """Return whether a template can name a column."""
    return not any(letter in name for letter in _PREFIXES)


def english(sample: Sample) -> bool:
    """Return whether most names of columns are English."""
    return is_english(tuple(column.name for column in sample.columns))
