"""The changes by cleaning: one JSON line for each field.

Room: sinks. The file has personal data, so its mode is 0600.
"""

from __future__ import annotations

import os

from woowup_async._flow import Settled
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted
from woowup_async.sinks._lines import Lines


class Changes:
    """Appends to a JSON Lines file: `entity`, `position`, `key`, `field`, `old`, `new` (null: not sent) and `why`.

    Pass it as `on_event`. It writes nothing about records that are `unchanged`.

    Raises:
        WoowUpError: the file cannot be written.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lines = Lines(path, "changes")

    def __call__(self, event: RunEvent) -> None:
        """Write the changes of a settled record."""
        if not isinstance(event, Settled) or event.outcome == Accepted("unchanged"):
            return
        where = {"entity": event.entity.value, "position": str(event.record.position), "key": event.key}
        for change in event.record.changes:
            self._lines.write(where | {"field": change.field, "old": change.old, "new": change.new, "why": change.why})

    def close(self) -> None:
        """Close the file, and remove it if it is empty."""
        self._lines.close()
