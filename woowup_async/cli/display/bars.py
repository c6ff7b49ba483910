"""The live display of a run on a terminal: one bar for each entity, and lines of text below.

Room: cli.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from woowup_async._flow import PUSHED, Entity
from woowup_async.cli.display.tallies import Tallies


class Bars:
    """A live display.

    Args:
        console: a terminal.
        totals: the number of records of each entity, if known.

    """

    def __init__(self, console: Console, totals: dict[Entity, int]) -> None:
        self._progress = _progress(console)
        self._bars = {
            entity: self._progress.add_task(f"{entity.value}s", total=totals.get(entity), start=False, note="")
            for entity in PUSHED
        }
        self._unconfirmed = self._progress.add_task("", total=1, note="", visible=False, is_text=True)
        self._together = self._progress.add_task("together", total=1, note="", is_text=True)
        self._left = self._progress.add_task("", total=1, note="", visible=False, is_text=True)

    def start(self) -> None:
        """Start drawing."""
        self._progress.start()

    def stop(self) -> None:
        """Draw once more and stop."""
        self._progress.stop()

    def expect(self, totals: dict[Entity, int]) -> None:
        """Set the number of records of each entity."""
        for entity, bar in self._bars.items():
            self._progress.update(bar, total=totals[entity])

    def draw(self, tallies: Tallies, pace: str, left: str) -> None:
        """Draw the current state. An empty `left` is not shown."""
        for entity, bar in self._bars.items():
            tally = tallies.by_entity[entity]
            if tally.settled:
                self._progress.start_task(bar)
            note = f"{tally.accepted:,} accepted {tally.rejected:,} rejected"
            self._progress.update(bar, completed=tally.settled, note=note)
        if tallies.unconfirmed:
            note = f"of these {tallies.unconfirmed:,} unconfirmed"
            self._progress.update(self._unconfirmed, note=note, visible=True)
        self._progress.update(self._together, note=pace)
        if left:
            self._progress.update(self._left, note=left, visible=True)


class _EntityBars(BarColumn):
    """Bars for entities only, not for lines of text."""

    def render(self, task: Task) -> Any:
        return Text("") if task.fields.get("is_text") else super().render(task)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:9}", markup=False),
        _EntityBars(bar_width=20),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=8,
    )
