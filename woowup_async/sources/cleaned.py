"""A source whose records are cleaned on their way.

Room: sources. Built by users and by the command line. What a rule changed goes with the record: it is counted in the
report, and written down by `sinks.Changes`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from woowup_async._flow import Record
from woowup_async.cleaning import Cleaner
from woowup_async.sources.stream import Records, records_of

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class CleanedSource:
    """Any source of records, behind a `Cleaner`. What cannot be read passes as it is, and is refused later."""

    def __init__(self, source: Records, cleaner: Cleaner, name: str = "records") -> None:
        self._source, self._cleaner, self._name = source, cleaner, name
        self.path = getattr(source, "path", None)  # a run knows its files by this
        self.sources = getattr(source, "sources", ())

    def check(self) -> None:
        """Raise `SourceError` where the source cannot be read."""
        if check := getattr(self._source, "check", None):
            check()

    async def __aiter__(self) -> AsyncGenerator[Record, None]:
        async with aclosing(records_of(self._source, self._name)) as records:
            async for record in records:
                yield self._cleaned(record)

    def _cleaned(self, record: Record) -> Record:
        fields = _fields_of(record.raw) if record.refusal is None else None
        if fields is None:
            return record
        cleaned, changes = self._cleaner.clean(fields)
        return replace(record, raw=cleaned, changes=changes) if changes else record


def _fields_of(raw: Any) -> Mapping[str, Any] | None:
    if isinstance(raw, bytes | bytearray):
        try:
            raw = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    elif isinstance(raw, msgspec.Struct):
        raw = msgspec.to_builtins(raw, builtin_types=(Decimal,))
    return raw if isinstance(raw, Mapping) else None
