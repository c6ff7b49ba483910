"""Tries a mapping on the head of a file, without sending.

Room: sources. The records are built and checked by the same parts as in a run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from woowup_async._flow import Entity, Record
from woowup_async._text import printable
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded, Shape, loose
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import Reason
from woowup_async.outcomes import Rejected
from woowup_async.policies import MAX_PURCHASE_BYTES
from woowup_async.sources.builder import Builder
from woowup_async.sources.drafting.rules.draft import Misfit, Tally
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.table import TableFile
from woowup_async.sources.table_protocol import Table
from woowup_async.sources.tables import table_of

#: Reasons that are shown, and the longest (guessed).
_MOST_REASONS, _LONGEST = 8, 120
_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"")
_LINE = re.compile(r"\b(line|lines) [0-9]+( and [0-9]+)?:? ?")
_PLACE = re.compile(r"\[[0-9]+\]")
_DISAGREE = "the rows of one order disagree"


class Tried(NamedTuple):
    """A record as it would be sent, or why it is not, with its rows."""

    record: Record
    sent: dict[str, Any] | None
    refusal: Rejected | None
    rows: list[Row]
    builder: Builder


class Head:
    """The first rows of a table; of JSON, the rows of its first documents."""

    path: Path

    def __init__(self, table: Table, most: int) -> None:
        self.path, self._table, self._most = table.path, table, most

    def header(self) -> list[str]:
        """Read the names of the columns."""
        return self._table.header()

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read rows until there are enough, and then those of the same document."""
        with closing(self._table.rows(width)) as rows:
            last = None
            for count, row in enumerate(rows):
                if count >= self._most and row.line != last:
                    return
                last = row.line
                yield row


def tried(path: Path, mapping: Mapping, entity: Entity, most: int) -> Iterator[Tried]:
    """Yield the records of the first rows.

    Raises:
        SourceError: the file does not fit the mapping.

    """
    rule = mapping.rule_of(entity)
    optional = rule.optional if rule is not None else []
    table = table_of(path, mapping, mapping.columns_of(entity), optional)
    source = TableFile(Head(table, most), mapping, entity)
    source.check()
    shape: Shape = UserShape(MAX_PURCHASE_BYTES) if entity is Entity.USER else PurchaseShape(MAX_PURCHASE_BYTES)
    for rows, builder in source.groups():
        record = builder.record(rows)
        found = record.refusal or shape.encode(record.raw)
        if isinstance(found, Encoded):
            yield Tried(record, loose.decode(found.body), None, rows, builder)
        else:
            yield Tried(record, None, found, rows, builder)


def tally_of(path: Path, mapping: Mapping, entity: Entity, most: int) -> Tally:
    """Count what becomes of the records of the first rows.

    Raises:
        SourceError: the file does not fit the mapping.

    """
    records = fitting = left_out = 0
    counts, examples, at_fault = Counter[str](), dict[str, str](), Counter[str]()
    for each in tried(path, mapping, entity, most):
        records += 1
        if each.refusal is None:
            fitting += 1
            continue
        if each.refusal.code == "left_out":
            left_out += 1
            continue
        reasons = each.refusal.reasons
        at_fault.update({name for reason in reasons for name in _names(reason)})
        text = _grouped(reasons[0]) if reasons else each.refusal.code
        counts[text] += 1
        examples.setdefault(text, _example(each.record, reasons[0] if reasons else None))
    misfits = [Misfit(text, count, examples[text]) for text, count in islice(counts.most_common(), _MOST_REASONS)]
    return Tally(str(entity), records, fitting, left_out, misfits, dict(at_fault))


def _names(reason: Reason) -> Iterator[str]:
    """Yield what a reason is about: a column, or a field."""
    yield f"disagree:{reason.path}" if reason.message.startswith(_DISAGREE) else _PLACE.sub("", reason.path)


def _example(record: Record, reason: Reason | None) -> str:
    """Return where the first record with a reason is, and its value if the reason has one."""
    values = [found[0] for found in _VALUE.finditer(reason.message.partition(";")[0])] if reason is not None else []
    shown = f": {printable(', '.join(values), _LONGEST)}" if values else ""
    return f"first: {record.position}{shown}"


def _grouped(reason: Reason) -> str:
    """Return a reason without the values and lines of one record."""
    message = _LINE.sub("", _VALUE.sub("…", reason.message)).partition(";")[0]
    return f"{_PLACE.sub('[]', reason.path)}: {message}" if reason.path else message
