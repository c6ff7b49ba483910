"""Announces what happens in a run: to its counts, `on_event`, the listener and the sink.

Room: _ingest. Of this room it imports only `counts`, so that every other part can use it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import zip_longest

import msgspec

from woowup_async._cancellation import FAILURES
from woowup_async._flow import Item, Settled
from woowup_async._ingest.counts import COUNTED, Counts
from woowup_async.errors import WoowUpError
from woowup_async.events import RunEvent
from woowup_async.ports import OnEvent, Sink

_log = logging.getLogger("woowup_async.ingest")


class Listener(msgspec.Struct, frozen=True):
    """Takes the outcomes one by one.

    Args:
        take: called with each outcome. It must not fail.
        wait_for_room: returns when there is room for more outcomes; None if there always is.

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
        counts: the counts of the run so far.
        announced: how often outcomes were passed on.
        watcher: also gets the events, for what the journal shows of the run. It must not fail.
        wait_for_room: the one of the listener; None if there is none.
        has_lost_letters: whether the sink failed, so that it does not have all outcomes.
        as_taken: returns a record with the content that was taken in. Its source may have changed the object since.

    """

    def __init__(self, on_event: OnEvent | None, listener: Listener | None, sink: Sink | None) -> None:
        self._on_event, self._listener, self._sink = on_event, listener, sink
        self.counts, self.announced = Counts(), 0
        self.has_lost_letters = False
        self.as_taken: Callable[[Settled, Item], Settled] = lambda settled, item: settled
        self.watcher: Callable[[RunEvent], None] | None = None
        self.wait_for_room = listener.wait_for_room if listener else None

    def hear(self, event: RunEvent) -> None:
        """Count an event and pass it on."""
        if event.__class__ in COUNTED:
            self.counts.hear(event)
        if self.watcher is not None:
            self.watcher(event)
        if self._on_event is not None:
            self._pass_on(event)

    def file(self, settled: Sequence[Settled], items: Sequence[Item] = ()) -> WoowUpError | None:
        """Pass outcomes to the sink, and their items if there are any. Return the error if it fails.

        After an error it is not called again.
        """
        failure: WoowUpError | None = None
        for one, item in zip_longest(settled, items) if self._sink else ():
            if self._sink is not None:
                try:
                    self._write(self._sink, one if item is None else self.as_taken(one, item))
                except WoowUpError as error:
                    failure, self.has_lost_letters = failure or error, True
        return failure

    def settle(self, settled: Sequence[Settled]) -> None:
        """Count outcomes, and pass each on to `on_event` and the listener. It never fails."""
        self.announced += 1
        self.counts.write_all(settled)
        for one in settled if self._on_event or self._listener else ():
            self._pass_on(one)
            if self._listener is not None:
                self._listener.take(one)

    def _write(self, sink: Sink, settled: Settled) -> None:
        try:
            sink.write(settled)
        except FAILURES as error:
            self._sink = None  # the remaining records are settled without it
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
