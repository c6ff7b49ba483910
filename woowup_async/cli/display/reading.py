"""The progress of a dry run on a terminal: what it reads, and how many records were valid.

Room: cli. How many records there are is not known before they are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from woowup_async._flow import PUSHED, Settled
from woowup_async._text import printable
from woowup_async.cli.display.tallies import Tallies
from woowup_async.events import RunEvent

#: Seconds between two updates.
_FRAME = 0.1
#: Longest name of a file that is shown (guessed).
_NAME = 30


class ReadingProgress:
    """A live bar, which disappears at the end. Elsewhere than on a terminal, it shows nothing.

    Args:
        console: where to show it.
        clock: returns seconds.

    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._shown_at = clock, float("-inf")
        self._tallies = Tallies(60.0, clock())
        name = TextColumn("reading", table_column=Column(min_width=7, no_wrap=True))
        columns = name, BarColumn(bar_width=10), TextColumn("{task.fields[note]}", markup=False)
        self._progress = Progress(
            *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
        )
        self._bar = self._progress.add_task("", total=None, note="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def hear(self, event: RunEvent) -> None:
        """Count a record, and show the counts from time to time."""
        now = self._clock()
        self._tallies.hear(event, now)
        if isinstance(event, Settled) and now - self._shown_at >= _FRAME:
            self._shown_at = now
            self._progress.update(self._bar, note=self._note(event.record.position.source))

    def _note(self, source: str) -> str:
        by_entity = self._tallies.by_entity
        counts = [
            f"{by_entity[entity].settled:,} {entity.plural}, {by_entity[entity].rejected:,} rejected"
            for entity in PUSHED
            if by_entity[entity].settled
        ]
        return "; ".join([printable(source, _NAME), *counts])
