"""Which columns tell orders apart.

Room: sources. Pure. A number that begins anew in each branch or series needs the branch or the series, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.groups import Groups, disagreeing, grouped
from woowup_async.sources.drafting.rules.roles import Roles
from woowup_async.sources.drafting.rules.sample import Sample

#: Words of columns that may be a part of a number.
_SERIES = frozenset(("point", "type", "series", "serie", "letra", "prefix", "prefijo", "prefixo", "branch", "year",
                     "register", "pv", "terminal", "invoice"))  # fmt: skip
#: Most different values of such a column, and the share of orders that must disagree before one is searched (guessed).
_MOST_SERIES, _DISAGREEING = 60, 0.05


class Key(NamedTuple):
    """The columns that tell orders apart, the number last, and the rows of each order."""

    columns: list[Column]
    groups: Groups


def key_of(sample: Sample, roles: Roles) -> Key | None:
    """Return the key, or None if the file has no number of orders."""
    number = roles.get("invoice_number")
    if number is None:
        return None
    groups = _grouped(sample, [number])
    witnesses = [
        column
        for field in ("createtime", "email", "service_uid", "document", "prices.total")
        if (column := roles.get(field)) is not None and column.filled > 0.5 * sample.rows
    ][:3]
    wrong = _wrong(witnesses, groups)
    if sample.is_json or not witnesses or wrong <= _DISAGREEING * max(1, len(groups.several)):
        return Key([number], groups)
    best = Key([number], groups)
    for columns in _candidates(sample, roles, number):
        tried = _grouped(sample, [*columns, number])
        if (count := _wrong(witnesses, tried)) < 0.25 * wrong:
            best, wrong = Key([*columns, number], tried), count
    return best


def _grouped(sample: Sample, keys: list[Column]) -> Groups:
    return grouped(keys) if sample.rows else Groups([], 0, 0)


def _wrong(witnesses: list[Column], groups: Groups) -> int:
    # a witness that differs in most orders, such as the time of each line, proves nothing
    counts = [disagreeing(column, groups) for column in witnesses]
    usual = [count for count in counts if count <= 0.6 * max(1, len(groups.several))] or counts
    return max(usual, default=0)


def _candidates(sample: Sample, roles: Roles, number: Column) -> Iterator[tuple[Column, ...]]:
    branch = roles.get("branch_name")
    found = [
        column
        for column in sample.columns
        if column is not number
        and column.filled == sample.rows
        and 1 < column.distinct <= _MOST_SERIES
        and (column is branch or _SERIES & {*column.words})
    ]
    found.sort(key=lambda column: (column is not branch, abs(column.place - number.place)))
    yield from combinations(found[:5], 1)
    yield from combinations(found[:5], 2)
