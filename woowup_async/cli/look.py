"""`woowup status` and `woowup dead-letters`: looking at what a run left, or leaves just now.

Room: cli. Called by `app`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._journal.reader import JournalReader, JournalStatus
from woowup_async.cli.words import cut, span
from woowup_async.errors import SourceError

_SHOWN = 20


def status_of(journal: Path) -> JournalStatus:
    """Look at a journal.

    Raises:
        JournalError: it is none.

    """
    reader = JournalReader(journal)
    try:
        return reader.status()
    finally:
        reader.close()


def status_lines(status: JournalStatus) -> Iterator[str]:
    """Tell it in words."""
    state = "running" if status.is_running else "finished" if status.finished else "stopped, to be resumed"
    if status.began is None:
        state = "no run yet"
    yield state + (f", begun {status.began:%Y-%m-%d %H:%M:%S} UTC" if status.began else "")
    if status.seen:
        yield f"last written {status.seen:%Y-%m-%d %H:%M:%S} UTC"
    for entity, counts in status.counts.items():
        yield f"{entity}s: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
    for entity, codes in status.codes.items():
        yield f"rejected {entity}s: " + ", ".join(f"{count:,} {code}" for code, count in codes.items())
    for why, count in status.doubts.items():
        text = f"{count:,} x {why}"
        yield cut(text)
    if status.per_minute is not None:
        yield f"{status.settled_in_run:,} records settled in this run, {status.per_minute:,.0f} a minute"
    yield from _noted(status)
    if status.outbox:
        yield f"{status.outbox:,} records wait in the outbox"


def _noted(status: JournalStatus) -> Iterator[str]:
    if status.is_running and "left" in status.notes:
        at, left, low, high = msgspec.json.decode(status.notes["left"], type=tuple[float, float, float, float])
        told = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"
        yield f"about {span(left)} left ({span(low)} to {span(high)}), as of {told}"
    if not status.finished and "problem" in status.notes:
        yield cut(f"last problem: {status.notes['problem']}")


def status_json(status: JournalStatus) -> dict[str, Any]:
    """Tell it to machines."""
    told = asdict(status)
    for name in ("began", "finished", "seen"):
        told[name] = told[name].isoformat() if told[name] else None
    return told | {"per_minute": status.per_minute}


class _Letter(msgspec.Struct):
    entity: str
    position: str
    code: str
    key: str = ""
    by: str = ""
    reasons: list[dict[str, str]] = []


def letters(path: Path, entity: str | None, code: str | None) -> Iterator[tuple[bytes, _Letter]]:
    """Yield the lines of a file of dead letters that fit.

    Raises:
        SourceError: it cannot be read, or a line is no letter.

    """
    decode = msgspec.json.Decoder(_Letter).decode
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    letter = decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise SourceError(f"{path}:{number} is no dead letter: {error}") from error
                if entity in (None, letter.entity) and code in (None, letter.code):
                    yield line, letter
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error


def letter_lines(found: Iterator[tuple[bytes, _Letter]]) -> Iterator[str]:
    """Count letters by what was wrong, and show the first ones."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    first: list[str] = []
    for _, letter in found:
        reason = letter.reasons[0] if letter.reasons else {}
        told = f"{reason.get('path', '')}: {reason.get('message', '')}".strip(": ")
        counts[letter.entity, letter.code, letter.by, told] += 1
        if len(first) < _SHOWN // 2:
            first.append(f"  {letter.entity} {letter.position} ({letter.key or 'no key'}): {letter.code}: {told}")
    yield f"{sum(counts.values()):,} dead letters"
    for (entity, code, by, told), count in counts.most_common(_SHOWN):
        text = f"{count:>8,}  {entity} {code} (by the {by}): {told}"
        yield cut(text)
    if first:
        yield ""
        yield f"the first {len(first)}:"
        yield from map(cut, first)
