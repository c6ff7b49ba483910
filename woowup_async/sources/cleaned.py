"""A source that cleans its records.

Room: sources. Each record carries its changes. The report counts them, and `sinks.Changes` writes them to a file.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import msgspec

from woowup_async._flow import Record
from woowup_async._wire.rows import fields_of
from woowup_async.cleaning import Cleaner
from woowup_async.models._clear import CLEAR, as_null
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import InBlocks, Unread
from woowup_async.sources.stream import Records, blocks_of

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class CleanedSource(InBlocks):
    """Any source of records, cleaned by a `Cleaner`. It passes on a record that it cannot read, to be refused later.

    It refuses a record whose only e-mail address or document identifies nobody.
    """

    path: Any | None
    sources: Any | tuple[()]

    def __init__(self, source: Records, cleaner: Cleaner, name: str = "records") -> None:
        self._source, self._cleaner, self._name = source, cleaner, name
        self.path = getattr(source, "path", None)  # a run finds its files by this
        self.sources = getattr(source, "sources", (source,))

    def check(self) -> None:
        """Raise `SourceError` if the source cannot be read."""
        if check := getattr(self._source, "check", None):
            check()

    async def blocks(self) -> AsyncGenerator[Iterable[Record], None]:
        """Read and clean the records."""
        async with aclosing(blocks_of(self._source, self._name)) as blocks:
            async for block in blocks:
                if isinstance(block, Unread):
                    yield block.changed_by(self._cleaned)
                else:
                    yield [self._cleaned(record) for record in block]

    def _cleaned(self, record: Record) -> Record:
        fields = _fields_of(record.raw) if record.refusal is None else None
        if fields is None:
            return record
        cleaned = self._cleaner.judged(fields)
        if cleaned.faults:
            return msgspec.structs.replace(record, refusal=Rejected("client", "invalid", cleaned.faults))
        if not cleaned.changes:
            return record
        return msgspec.structs.replace(record, raw=cleaned.fields, changes=cleaned.changes)


def _fields_of(raw: Any) -> Mapping[str, Any] | None:
    if isinstance(raw, bytes | bytearray):
        try:
            raw = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    elif isinstance(raw, msgspec.Struct):
        cleared = {name: CLEAR for name in raw.__struct_fields__ if getattr(raw, name) is CLEAR}
        raw = msgspec.to_builtins(raw, builtin_types=(Decimal,), enc_hook=as_null) | cleared
    return fields_of(raw)
