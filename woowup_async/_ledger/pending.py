"""What a ledger writes with its next step, or within some seconds.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from woowup_async._journal.live import Live, Problem
from woowup_async._ledger import statements as sql
from woowup_async._ledger.codes import stored
from woowup_async._ledger.steps import Writer
from woowup_async.ports import Note

if TYPE_CHECKING:
    from woowup_async._ledger.connections import Statement


class Pending:
    """What waits to be written. What a step takes comes back if the step fails.

    Attributes:
        refused: notes about records that were refused before they were sent.

    """

    def __init__(self) -> None:
        self.refused: list[Note] = []
        self._notes: dict[str, str] = {}
        self._problems: list[Problem] = []
        self._live = ""

    def note(self, name: str, value: str) -> None:
        """Add a text, in place of one with this name."""
        self._notes[name] = value

    def noted(self, name: str) -> str | None:
        """Return the text with this name that waits; None if there is none."""
        return self._notes.get(name)

    def show(self, live: Live, problems: Sequence[Problem]) -> None:
        """Replace what the process shows about itself, and add problems."""
        self._live = stored(msgspec.json.encode(live).decode())
        self._problems += problems

    @contextmanager
    def refusals(self) -> Iterator[list[Note]]:
        """Take the notes about refused records."""
        taken, self.refused = self.refused, []
        try:
            yield taken
        except BaseException:
            self.refused = [*taken, *self.refused]
            raise

    @contextmanager
    def sign(self, who: Writer) -> Iterator[Statement]:
        """Take what the process shows. Yield the statement that renews its lease."""
        live, self._live = self._live, ""
        try:
            yield sql.RENEW, (who.number, who.lease, who.memory, live or None)
        except BaseException:
            self._live = self._live or live
            raise

    @contextmanager
    def texts(self, who: Writer) -> Iterator[list[Statement]]:
        """Take texts and problems. Yield the statements that write them."""
        notes, problems, self._problems = dict(self._notes), self._problems, []
        try:
            yield [
                *((sql.NOTE, (who.account, stored(name), stored(value))) for name, value in notes.items()),
                *(
                    (sql.PROBLEM, (who.account, who.number, one.began, one.kind, one.ended, stored(one.what)))
                    for one in problems
                ),
            ]
        except BaseException:
            self._problems = [*problems, *self._problems]
            raise
        for name, value in notes.items():
            if self._notes.get(name) == value:
                del self._notes[name]
