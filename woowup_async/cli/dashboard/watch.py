"""Reads journals for a dashboard, again and again. It only reads, so no run notices.

Room: cli. Its functions block: call them in a worker thread.

What a run shows about itself is read each time. To count all records takes seconds for millions of them, so this is
done again only when records were settled, and for at most one twentieth of the time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from woowup_async._journal.glance import Glance, Refused
from woowup_async._ledger.opening import Place, opened_reader
from woowup_async.cli.dashboard.view import Cause, Snapshot, Totals
from woowup_async.cli.display.recording import general
from woowup_async.cli.places import own_account
from woowup_async.errors import JournalError

if TYPE_CHECKING:
    from woowup_async._journal.reader import JournalReader
    from woowup_async._ledger.reader import PostgresReader

#: Part of the time that may be spent on counting all records, and the least seconds between two counts (guessed).
_PART, _LEAST = 1 / 20, 2.0
#: Rejected records that are read for their reasons (guessed: some tenths of a second).
_MOST_READ = 20_000
#: Causes that are shown, and samples of each (guessed: what a person reads).
_CAUSES, _SAMPLES = 20, 5


class JournalWatch:
    """Reads one journal.

    Args:
        place: where it is.
        name: its name for people.
        may_be_absent: whether the file may not exist yet.

    """

    def __init__(self, place: Place, name: str, *, may_be_absent: bool = False) -> None:
        self._place, self._name, self._may_be_absent = place, name, may_be_absent
        self._totals: Totals | None = None
        self._seen: object = None
        self._due = 0.0

    def look(self) -> Snapshot:
        """Read the journal. What is wrong with it is in the snapshot."""
        if self._may_be_absent and isinstance(self._place, Path) and not self._place.exists():
            return Snapshot(self._name)
        try:
            with closing(opened_reader(self._place, own_account())) as reader:
                glance = reader.glance()
                self._count(reader, glance)
        except JournalError as error:
            return Snapshot(self._name, totals=self._totals, trouble=str(error))
        self._may_be_absent = False
        return Snapshot(self._name, glance, self._totals)

    def _count(self, reader: JournalReader | PostgresReader, glance: Glance) -> None:
        """Count all records, if some were settled since the last count and enough time has passed."""
        now = time.monotonic()
        seen = (glance.runs[:1], sum(hour.records for hour in glance.hours))
        if seen == self._seen or now < self._due:
            return
        status = reader.status()
        read = list(islice(reader.rejections(), _MOST_READ + 1))
        causes = causes_of(read[:_MOST_READ])
        self._totals = Totals(status.counts, causes, len(read) > _MOST_READ, status.unconfirmed)
        self._seen = seen
        after = time.monotonic()
        self._due = after + max(_LEAST, (after - now) / _PART)


def causes_of(rejected: Iterable[Refused]) -> tuple[Cause, ...]:
    """Return rejected records by their first reason, the most frequent first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    samples: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for one in rejected:
        first = one.outcome.reasons[0] if one.outcome.reasons else None
        which = (one.entity, one.outcome.code, general(f"{first.path}: {first.message}" if first else ""))
        counts[which] += 1
        if len(known := samples.setdefault(which, [])) < _SAMPLES:
            known.append((one.key, one.position))
    return tuple(Cause(*which, count, tuple(samples[which])) for which, count in counts.most_common(_CAUSES))


def watches_of(places: Sequence[Place], *, may_be_absent: bool = False) -> list[JournalWatch]:
    """Return a watch for each journal. Those with the same file name are shown with their folders."""
    names = Counter(_name(place) for place in places)
    return [
        JournalWatch(place, _name(place) if names[_name(place)] == 1 else str(place), may_be_absent=may_be_absent)
        for place in places
    ]


def _name(place: Place) -> str:
    return place.name if isinstance(place, Path) else str(place)
