"""What the tables and the records of a query share: marks of their records, and values that need care.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from datetime import datetime

from woowup_async._flow import Record
from woowup_async.errors import SourceError
from woowup_async.sources._watermark import Progress, Value

#: A day that is not known, as MySQL writes it, if its driver passes it on as text.
_ZERO_DATE = re.compile(r"0000-00-00([ T]00:00:00(\.0+)?)?")


class MarkedRecord(Record, frozen=True):
    """A record of a query with a watermark.

    Args:
        progress: of that query.
        mark: the lowest value of the watermark column in its rows; None if one of them has none.

    """

    progress: Progress | None = None
    mark: Value | None = None


def marked(record: Record, progress: Progress, mark: Value | None) -> MarkedRecord:
    """Return a record with a mark."""
    return MarkedRecord(
        record.position, record.raw, record.rows, record.refusal, record.changes, record.notices, record.context,
        progress, mark,
    )  # fmt: skip


def is_zero_date(text: str) -> bool:
    """Return whether a text is a zero date, which has no value."""
    return text.startswith("0000-") and _ZERO_DATE.fullmatch(text.strip()) is not None


def check_zone(value: object, name: str) -> None:
    """Refuse a time without a zone.

    Raises:
        SourceError: no zone is guessed, so the mapping must have one.

    """
    if isinstance(value, datetime) and value.tzinfo is None:
        raise SourceError(
            f"the column {name!r} has times without a time zone: set sql.timezone in the mapping "
            '(such as "America/Argentina/Buenos_Aires", or "UTC")'
        )
