"""Announces what happens in a run: to its counts, `on_event`, the listener and the sink.

Room: _ingest. A leaf: it calls nothing of this room but `counts`, so that every other part may hold it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from woowup_async._cancellation import FAILURES
from woowup_async._flow import Settled
from woowup_async._ingest.counts import Counts
from woowup_async.errors import WoowUpError
from woowup_async.events import RunEvent
from woowup_async.ports import OnEvent, Sink

_log = logging.getLogger("woowup_async.ingest")


class Listener(msgspec.Struct, frozen=True):
    """Takes the outcomes one by one.

    Args:
        take: called with each outcome. It keeps or wakes, and never fails.
        wait_for_room: returns when more outcomes may follow; None where they always may.

    """

    take: Callable[[Settled], None]
    wait_for_room: Callable[[], Awaitable[None]] | None = None


class Announcer:
    """Passes on outcomes and events, each once.

    Args:
        on_event: called with events and outcomes. After its first exception it is not called again.
        listener: takes outcomes one by one.
        sink: takes outcomes. After its first exception it is not called again, and the run ends.

    Attributes:
        counts: of the run so far.
        announced: how often outcomes were passed on.
        wait_for_room: of the listener.

    """

    def __init__(self, on_event: OnEvent | None, listener: Listener | None, sink: Sink | None) -> None:
        self._on_event, self._listener, self._sink = on_event, listener, sink
        self.counts, self.announced = Counts(), 0
        self.wait_for_room = listener.wait_for_room if listener else None

    def hear(self, event: RunEvent) -> None:
        """Count an event, and pass it on."""
        self.counts.hear(event)
        self._pass_on(event)

    def settle(self, settled: Sequence[Settled]) -> None:
        """Pass on outcomes: all of them to everyone, whatever fails.

        Raises:
            WoowUpError: the sink failed.

        """
        self.announced += 1
        self.counts.write_all(settled)
        failure: WoowUpError | None = None
        for one in settled if self._on_event or self._listener or self._sink else ():
            self._pass_on(one)
            if self._listener is not None:
                self._listener.take(one)
            if self._sink is not None:
                try:
                    self._write(self._sink, one)
                except WoowUpError as error:
                    failure = failure or error
        if failure is not None:
            raise failure

    def _write(self, sink: Sink, settled: Settled) -> None:
        try:
            sink.write(settled)
        except FAILURES as error:
            self._sink = None  # what is left is settled without it
            if isinstance(error, WoowUpError):
                raise
            raise WoowUpError(f"the sink of dead letters failed: {type(error).__name__}") from error

    def _pass_on(self, event: RunEvent) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except FAILURES:
            _log.exception("on_event failed; it is not called again in this run")
            self._on_event = None
