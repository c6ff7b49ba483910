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

from woowup_async._journal.glance import Glance, Refused
from woowup_async._journal.reader import JournalReader
from woowup_async.cli.dashboard.view import Cause, Snapshot, Totals
from woowup_async.cli.display.recording import general
from woowup_async.errors import JournalError

#: Part of the time that may be spent on counting all records, and the least seconds between two counts (guessed).
_PART, _LEAST = 1 / 20, 2.0
#: Rejected records that are read for their reasons (guessed: some tenths of a second).
_MOST_READ = 20_000
#: Causes that are shown, and samples of each (guessed: what a person reads).
_CAUSES, _SAMPLES = 20, 5


class JournalWatch:
    """Reads one journal.

    Args:
        path: its file.
        name: its name for people.
        may_be_absent: whether the file may not exist yet.

    """

    def __init__(self, path: Path, name: str, *, may_be_absent: bool = False) -> None:
        self._path, self._name, self._may_be_absent = path, name, may_be_absent
        self._totals: Totals | None = None
        self._seen: object = None
        self._due = 0.0

    def look(self) -> Snapshot:
        """Read the journal. What is wrong with it is in the snapshot."""
        if self._may_be_absent and not self._path.exists():
            return Snapshot(self._name)
        try:
            with closing(JournalReader(self._path)) as reader:
                glance = reader.glance()
                self._count(reader, glance)
        except JournalError as error:
            return Snapshot(self._name, totals=self._totals, trouble=str(error))
        self._may_be_absent = False
        return Snapshot(self._name, glance, self._totals)

    def _count(self, reader: JournalReader, glance: Glance) -> None:
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


def watches_of(paths: Sequence[Path], *, may_be_absent: bool = False) -> list[JournalWatch]:
    """Return a watch for each journal. Those with the same file name are shown with their folders."""
    names = Counter(path.name for path in paths)
    return [
        JournalWatch(path, path.name if names[path.name] == 1 else str(path), may_be_absent=may_be_absent)
        for path in paths
    ]
