"""Reads a ledger to compare it with the account, as `_journal.audit` does with a file.

Room: _ledger. Its calls wait for the server: call them outside the event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from woowup_async._journal.audit import Audit
from woowup_async._ledger import reading as sql
from woowup_async._ledger.reader import PostgresReader


class PostgresAudit(Audit):
    """Reads accepted purchases, and marks those that are missing from the account."""

    def __init__(self, reader: PostgresReader) -> None:
        self._reader = reader

    def settled_at(self) -> float:
        """Return when the last run ended, or began if it did not end; 0 if there was none."""
        return float(self._reader.rows(sql.SETTLED_AT, account=self._reader.account)[0][0] or 0.0)

    def under_way(self, keys: Sequence[str], delay: float) -> set[str]:
        """Return which of these purchases a process has under way, or settled less than some seconds ago."""
        rows = self._reader.rows(sql.UNDER_WAY, account=self._reader.account, keys=list(keys), delay=delay)
        return {key for (key,) in rows}

    def release(self, keys: Iterable[str]) -> None:
        """Forget that these purchases were accepted, so that the next run sends them as if they were new."""
        self._reader.rows(sql.FORGET, account=self._reader.account, keys=list(keys))

    def _accepted(self) -> Iterator[tuple[str, int | None]]:
        yield from self._reader.stream(sql.ACCEPTED, account=self._reader.account)
