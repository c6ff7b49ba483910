"""What cleaning changed: one JSON line for each field.

Room: sinks. The file holds people's data: mode 0600.
"""

from __future__ import annotations

import os

from woowup_async._flow import Settled
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted
from woowup_async.sinks._lines import Lines


class Changes:
    """Appends to a JSON Lines file: `entity`, `position`, `key`, `field`, `old`, `new` (null: not sent) and `why`.

    Give it as `on_event`. Nothing is written of records that were known already.

    Raises:
        WoowUpError: the file cannot be written.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lines = Lines(path, "changes")

    def __call__(self, event: RunEvent) -> None:
        """Write down what was changed in a settled record."""
        if not isinstance(event, Settled) or event.outcome == Accepted("unchanged"):
            return
        where = {"entity": event.entity.value, "position": str(event.record.position), "key": event.key}
        for change in event.record.changes:
            self._lines.write(where | {"field": change.field, "old": change.old, "new": change.new, "why": change.why})

    def close(self) -> None:
        """Close the file; an empty one is removed."""
        self._lines.close()
