"""Sources that read only what changed since the last finished run: where they begin, and how far they came.

Room: _ingest. What a source has read is noted only if the run finished. A record that a later run has to send again
although its row does not change keeps the source at that row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from woowup_async._flow import Settled
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Incremental, KeepsNotes, Ledger, Sink


class CatchingUp:
    """The sources of one run that read only what changed. It is a sink, since it hears of each outcome.

    Args:
        sources: what the run reads.
        ledger: stores how far they came. Without one, they read everything.
        sink: gets each settled record, too.

    Before the run, `begin` must be called.

    """

    def __init__(self, sources: tuple[object, ...], ledger: Ledger | None, sink: Sink | None) -> None:
        self._sources = [part for source in sources for part in _parts(source) if part.progress_name is not None]
        self._ledger, self._sink = _with_notes(ledger), sink

    async def begin(self) -> None:
        """Have each source begin where it came to."""
        for source in self._sources:
            source.begin(await self._ledger.noted(source.progress_name or "") if self._ledger is not None else None)

    def __bool__(self) -> bool:
        return bool(self._sources)

    def write(self, settled: Settled) -> None:
        """Hold the sources at a record that must be read again, and pass it on."""
        if _is_sent_again(settled.outcome):
            for source in self._sources:
                source.hold(settled.record)
        if self._sink is not None:
            self._sink.write(settled)

    def note(self) -> None:
        """Note how far each source came, once the run has finished."""
        for source in self._sources:
            if self._ledger is not None and source.progress_name is not None and (reached := source.reached()):
                self._ledger.note(source.progress_name, reached)


def _with_notes(ledger: Ledger | None) -> KeepsNotes | None:
    # not `isinstance`: it does not see the methods of a ledger that passes its calls on
    return cast("KeepsNotes", ledger) if hasattr(ledger, "note") and hasattr(ledger, "noted") else None


def _parts(source: object) -> Iterator[Incremental]:
    for part in getattr(source, "sources", None) or (source,):
        if isinstance(part, Incremental):
            yield part


def _is_sent_again(outcome: Outcome) -> bool:
    """Return whether a later run sends a record again because of something else than its own content."""
    match outcome:
        case Released() | InDoubt() | Accepted("unconfirmed") | Rejected(code="user_not_found"):
            return True
    return False
