"""The slots of an outbox: one file for each process that works for the same account on one machine.

Room: _journal. `orders.outbox` is the first slot, then come `orders.1.outbox`, `orders.2.outbox` and so on. A process
holds the lock of its slot (`lock`). The kernel drops it when the process ends in any way, so a slot is free or in use,
and nothing has to be cleaned up.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from woowup_async._flow import Entity
from woowup_async._journal.lock import is_locked
from woowup_async._journal.outbox import has_records
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.schema import explained, stored
from woowup_async._platform import read_only_address
from woowup_async.errors import JournalError
from woowup_async.ports import Entry, State

#: Most slots of one outbox (guessed: more than the workers of any machine).
MOST = 256


def slot(path: Path, number: int) -> Path:
    """Return the file of a slot, from 0."""
    return path.with_name(f"{path.stem}.{number}{path.suffix}") if number else path


def slots(path: Path) -> list[Path]:
    """Return the slots that exist, in order."""
    form = re.compile(rf"{re.escape(path.stem)}\.([1-9]\d*){re.escape(path.suffix)}")
    found = (form.fullmatch(each.name) for each in path.parent.iterdir()) if path.parent.is_dir() else ()
    numbers = sorted(int(match[1]) for match in found if match)
    return [each for each in (slot(path, number) for number in (0, *numbers)) if each.is_file()]


def left_over(path: Path) -> Iterator[Path]:
    """Yield the slots that no process uses and that have records."""
    for each in slots(path):
        if not is_locked(each) and _has_records(each):
            yield each


def find(path: Path, key: str, besides: Path) -> Entry | None:
    """Look a purchase up in all other slots, without a lock. An accepted one is preferred to one that is not settled.

    Raises:
        JournalError: a slot cannot be read.

    """
    entries = [entry for each in slots(path) if each != besides and (entry := _found_in(each, key)) is not None]
    return next((entry for entry in entries if entry.outcome is not None), entries[0] if entries else None)


def _found_in(path: Path, key: str) -> Entry | None:
    query = "SELECT EXISTS (SELECT 1 FROM outbox WHERE entity = ? AND key = ?)"
    with closing(JournalReader(path)) as reader, explained(path), closing(_read_only(path)) as database:
        if database.execute(query, (Entity.PURCHASE, stored(key))).fetchone()[0]:
            return Entry(State.IN_FLIGHT, b"")
        return reader.find(Entity.PURCHASE, key)


def _has_records(path: Path) -> bool:
    try:
        with explained(path), closing(_read_only(path)) as database:
            return has_records(database)
    except JournalError:  # not an outbox, or it is being created
        return False


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(read_only_address(path.resolve()), uri=True, isolation_level=None)
