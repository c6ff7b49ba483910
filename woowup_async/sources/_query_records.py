"""Each row of a query as one record with the API's names.

Room: sources.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from woowup_async._flow import Position, Record
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources._query import Copying, Form, Query, copied, copied_off_loop
from woowup_async.sources._query_values import check_zone, is_zero_date, marked
from woowup_async.sources._typed import text_of
from woowup_async.sources.cells import shown
from woowup_async.sources.fields import put

_encode_text = msgspec.json.Encoder().encode
_encode_record = msgspec.json.Encoder(decimal_format="number").encode


class QueryRecords(OffLoop):
    """Each row of a query as one record. Columns are named like the API's fields, as in a Parquet file.

    Text is trimmed, nulls are left out, and decimals keep their digits.

    Args:
        query: of a database.
        zone: of times without one; None refuses them.

    """

    path: Path

    def __init__(self, query: Query, zone: str | None) -> None:
        self.path, self._query = query.path, query
        self._zone = ZoneInfo(zone) if zone is not None else None

    def check(self) -> None:
        """Raise `SourceError` if the query cannot be read or has a column twice."""
        _once(self._query.header(), self.path)

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Copy the rows, close the connection, then yield the records."""
        copying = await copied_off_loop(self._query, self._form)
        with closing(copying):
            records = _Copied(self._records(copying))
            async with aclosing(records.blocks()) as blocks:
                async for block in blocks:
                    yield block

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        with closing(copied(self._query, self._form)) as copying:
            yield from self._records(copying)

    def _records(self, copying: Copying) -> Generator[Record, None, None]:
        progress = self._query.progress
        for number, line in enumerate(copying.spool.lines(), 1):
            position, (mark, raw) = Position(self.path.name, number), _parted(line)
            refusal = None
            if not raw.startswith(b"{"):
                refusal = Rejected("client", "malformed", (Reason("", msgspec.json.decode(raw, type=str)),))
            record = Record(position, {"row": number} if refusal else raw, refusal=refusal)
            yield record if progress is None else marked(record, progress, progress.read(mark, ".") if mark else None)

    def _form(self, names: Sequence[str]) -> Form:
        _once(names, self.path)
        progress = self._query.progress
        place = names.index(progress.column) if progress is not None else None
        paths = [name.split(".") for name in names]

        def line(row: Sequence[Any]) -> bytes:
            mark = "" if place is None or row[place] is None else shown(text_of(row[place], "."))
            fields: dict[str, Any] = {}
            try:
                for name, path, value in zip(names, paths, row):
                    if (found := self._json(value, name)) is not None:
                        put(fields, path, found)
                return _joined(mark, _encode_record(fields))
            except (UnicodeError, TypeError) as error:
                return _joined(mark, _encode_text(f"cannot be read: {error}".encode("ascii", "replace").decode()))

        return line

    def _json(self, value: Any, name: str) -> Any:
        """Return a value as JSON; None if it is missing."""
        match value:
            case None | bool() | int() | list() | dict():
                return value
            case str():
                text = value.strip()
                return None if not text or is_zero_date(text) else text
            case datetime():
                if value.tzinfo is None:
                    if self._zone is None:
                        check_zone(value, name)
                    value = value.replace(tzinfo=self._zone)
                return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            case date():
                return value.isoformat()
            case float():
                return None if value != value else value  # NaN
            case Decimal():
                return None if value.is_nan() else value
        return text_of(value, ".")


class _Copied(OffLoop):
    """Records of lines that were copied."""

    def __init__(self, records: Generator[Record, None, None]) -> None:
        self._records = records

    def records(self) -> Generator[Record, None, None]:
        return self._records


def _once(names: Sequence[str], path: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f"{path} has the column {name!r} twice: rename one of them")


def _joined(mark: str, line: bytes) -> bytes:
    return mark.encode() + b"\t" + line


def _parted(line: bytes) -> tuple[str, bytes]:
    mark, _, raw = line.rstrip(b"\n").partition(b"\t")
    return mark.decode(), raw
