"""The sum of reports.

Room: cli. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from woowup_async.outcomes import Report, Tally

#: Samples that a sum keeps (guessed: as many as a person reads).
_SAMPLES = 100


def total_of(reports: Iterable[Report]) -> Report:
    """Return one report for all. The runs are side by side, so the longest of them says how long it took."""
    each = list(reports)
    if not each:
        return Report()
    summed = {field.name: _sum([getattr(one, field.name) for one in each]) for field in fields(Report)}
    return Report(**summed | {"elapsed": max(one.elapsed for one in each)})


def _sum(values: list[Any]) -> Any:
    first = values[0]
    if isinstance(first, Tally):
        return Tally(**{field.name: _sum([getattr(one, field.name) for one in values]) for field in fields(Tally)})
    if isinstance(first, Mapping):
        return _united(values)
    if isinstance(first, tuple):
        return tuple(one for several in values for one in several)[:_SAMPLES]
    return sum(values)


def _united(values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for value in values:
        for name, one in value.items():
            if isinstance(one, str):
                texts.setdefault(name, one)
            else:
                counts[name] += one
    return {**counts, **texts}
