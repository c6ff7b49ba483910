"""The lines of `woowup mapping check`: each record beside its rows.

Room: cli.
"""

from __future__ import annotations

from collections.abc import Iterator

from woowup_async._flow import Entity
from woowup_async._text import counted
from woowup_async.cli.display.side_by_side import Line, flat, laid_out
from woowup_async.sources.cells import shown
from woowup_async.sources.drafting.trial import Tried
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import EntityRule, Mapping

_Rules = dict[str, FieldRule]


def record_lines(tried: Tried, number: int, mapping: Mapping, entity: Entity, width: int) -> Iterator[str]:
    """Yield one record: a heading, then its fields beside the cells that their rules read."""
    what = "order" if entity is Entity.PURCHASE else "customer"
    first, last = tried.rows[0].line, tried.rows[-1].line
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    rows = counted(len(tried.rows), "row")
    yield f"{what} {number}, {where} of {tried.record.position.source} ({rows})"
    if tried.refusal is not None:
        yield "  not sent: it is left out" if tried.refusal.code == "left_out" else "  not sent, it does not fit:"
        yield from (f"    {reason}" for reason in tried.refusal.reasons)
    for notice in tried.record.notices:
        yield f"  notice: {notice.message}"
    rule = mapping.rule_of(entity) or EntityRule()
    yield from laid_out(_lines(tried, rule), width)


def _lines(tried: Tried, rule: EntityRule) -> Iterator[Line]:
    sent = tried.sent or {}
    fields = flat({name: value for name, value in sent.items() if name != "purchase_detail"})
    yield from _of(rule.fields, fields, tried, tried.rows)
    yield from (Line(name, value, []) for name, value in fields.items() if name not in rule.fields)
    details = sent.get("purchase_detail") or [{} for _ in tried.rows if rule.lines]
    for at, (detail, row) in enumerate(zip(details, tried.rows), 1):
        yield Line(f"item {at}, line {row.line}", None, [])
        yield from _of(rule.lines, flat(detail), tried, [row])


def _of(rules: _Rules, sent: dict[str, object], tried: Tried, rows: list[Row]) -> Iterator[Line]:
    for name, rule in rules.items():
        read = rows if rule.sum is not None else rows[:1]
        cells = [
            (column, ", ".join(filter(None, (shown(tried.builder.cell(row, column)) for row in read))))
            for column in dict.fromkeys(rule.named())
        ]
        filled = [(column, cell) for column, cell in cells if cell]
        if name in sent or filled:
            yield Line(name, sent.get(name, ""), filled)
