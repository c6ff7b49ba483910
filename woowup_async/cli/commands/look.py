"""`woowup status` and `woowup dead-letters`: looking at what a run left, or leaves just now.

Room: cli.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from woowup_async._flow import Entity, Record
from woowup_async._journal.reader import JournalReader, JournalStatus
from woowup_async.cli import options as o
from woowup_async.cli.display.terminal import complain, say_all, say_json, say_raw
from woowup_async.cli.display.words import cut, span, unconfirmed_lines
from woowup_async.errors import SourceError
from woowup_async.ports import State
from woowup_async.sources import JsonLines
from woowup_async.sources.dead_letters import fault_of

_SHOWN = 20
#: Lines that are not letters, shown one by one (guessed).
_UNREADABLE = 5


def status_of(journal: Path) -> JournalStatus:
    """Look at a journal.

    Raises:
        JournalError: it is not a journal.

    """
    reader = JournalReader(journal)
    try:
        return reader.status()
    finally:
        reader.close()


def status_lines(status: JournalStatus) -> Iterator[str]:
    """Say it in lines."""
    state = "running" if status.is_running else "finished" if status.finished else "stopped, to be resumed"
    if status.began is None:
        state = "no run yet"
    yield state + (f", begun {status.began:%Y-%m-%d %H:%M:%S} UTC" if status.began else "")
    if status.seen:
        yield f"last written {status.seen:%Y-%m-%d %H:%M:%S} UTC"
    for entity, counts in status.counts.items():
        yield f"{entity}s: " + ", ".join(_told(name, count, status, entity) for name, count in counts.items())
    yield from unconfirmed_lines(status.unconfirmed)
    for entity, codes in status.codes.items():
        yield f"rejected {entity}s: " + ", ".join(f"{count:,} {code}" for code, count in codes.items())
    for why, count in status.doubts.items():
        text = f"{count:,} x {why}"
        yield cut(text)
    if status.per_minute is not None:
        yield f"{status.settled_in_run:,} records settled in this run, {status.per_minute:,.0f} a minute"
    yield from _noted(status)
    if status.damaged:
        yield f"{status.damaged:,} rows of the journal could not be read, and were set aside"
    if status.outbox:
        yield f"{status.outbox:,} records wait in the outbox"


def _told(name: str, count: int, status: JournalStatus, entity: str) -> str:
    text = f"{count:,} {name.replace('_', ' ')}"
    if status.unconfirmed and (entity, name) == (Entity.PURCHASE, State.ACCEPTED):
        return f"{text}, of which {status.unconfirmed:,} unconfirmed"
    return text


def _noted(status: JournalStatus) -> Iterator[str]:
    if status.is_running and "left" in status.notes:
        at, left, low, high = msgspec.json.decode(status.notes["left"], type=tuple[float, float, float, float])
        told = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"
        yield f"about {span(left)} left ({span(low)} to {span(high)}), as of {told}"
    if not status.finished and "problem" in status.notes:
        yield cut(f"last problem: {status.notes['problem']}")


def status_json(status: JournalStatus) -> dict[str, Any]:
    """Return it for machines."""
    told = asdict(status)
    for name in ("began", "finished", "seen"):
        told[name] = told[name].isoformat() if told[name] else None
    return told | {"per_minute": status.per_minute}


class Letter(msgspec.Struct):
    """A dead letter, without its record; `text` is the whole line."""

    entity: str
    position: str
    code: str
    key: str = ""
    by: str = ""
    reasons: list[dict[str, str]] = []
    text: str = ""


_decode = msgspec.json.Decoder(Letter).decode


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not a dead letter: half written, of another program, or not UTF-8."""

    position: str
    why: str

    def __str__(self) -> str:
        return f"{self.position} {self.why}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are looked at; None for all."""

    entity: str | None = None
    code: str | None = None

    def has(self, letter: Letter) -> bool:
        """Whether it is one of them."""
        return self.entity in (None, letter.entity) and self.code in (None, letter.code)


def letters(path: Path) -> Iterator[Letter | Unreadable]:
    """Yield the letters of a file.

    Raises:
        SourceError: it cannot be read, or none of its lines is a letter.

    """
    has_letters, first = False, None
    for line in JsonLines(path, is_whole=False).records():
        if line.refusal is not None:
            found: Letter | Unreadable = Unreadable(str(line.position), "; ".join(map(str, line.refusal.reasons)))
        else:
            found = _letter(line)
        if isinstance(found, Letter):
            has_letters = True
        else:
            first = first or found
        yield found
    if first is not None and not has_letters:
        raise SourceError(f"{path} holds no dead letters: {first}")


def _letter(line: Record) -> Letter | Unreadable:
    raw: bytes = line.raw
    try:
        letter = _decoded(raw)
        letter.text = raw.decode()
    except (ValueError, RecursionError) as error:
        return Unreadable(str(line.position), fault_of(raw, error))
    return letter


def _decoded(line: bytes) -> Letter:
    try:
        return _decode(line)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:  # perhaps for halves of characters, which only Python's own decoder reads
        try:
            whole = json.loads(line)
        except ValueError:
            raise error from None
        return msgspec.convert(whole | {"raw": None} if isinstance(whole, dict) else whole, Letter)


def letter_lines(found: Iterable[Letter | Unreadable], wanted: Wanted) -> Iterator[str]:
    """Count letters by what was wrong, and show the first ones."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    first: list[str] = []
    unreadable: list[Unreadable] = []
    unread = 0
    for letter in found:
        if isinstance(letter, Unreadable):
            unread += 1
            unreadable += [letter] if unread <= _UNREADABLE else []
        elif wanted.has(letter):
            reason = letter.reasons[0] if letter.reasons else {}
            told = f"{reason.get('path', '')}: {reason.get('message', '')}".strip(": ")
            counts[letter.entity, letter.code, letter.by, told] += 1
            if len(first) < _SHOWN // 2:
                first.append(f"  {letter.entity} {letter.position} ({letter.key or 'no key'}): {letter.code}: {told}")
    yield f"{sum(counts.values()):,} dead letters"
    for (entity, code, by, told), count in counts.most_common(_SHOWN):
        yield cut(f"{count:>8,}  {entity} {code} (by the {by}): {told}")
    yield from _block(f"the first {len(first)}:", first)
    yield from _block(
        f"{unread:,} lines are not dead letters; they are passed over:", [f"  {each}" for each in unreadable]
    )


def _block(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from map(cut, lines)


def status(journal: Annotated[Path, typer.Argument(metavar="JOURNAL")], as_json: o.Json = False) -> None:
    """Show what a journal holds.

    Example: woowup status shop.journal
    """
    found = status_of(journal)
    if as_json:
        say_json(status_json(found))
    else:
        say_all(status_lines(found))


def dead_letters(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    entity: Annotated[str | None, typer.Option(metavar="E", help="Only user or purchase.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Only this code.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The letters themselves, to send again.")] = False,
) -> None:
    """Count rejected records, or pick some out.

    Example: woowup dead-letters bad.jsonl --code invalid --json > some.jsonl
    then:    woowup backfill --from-dead-letters some.jsonl
    """
    wanted = Wanted(entity, code)
    if not as_json:
        say_all(letter_lines(letters(file), wanted))
        return
    for found in letters(file):
        if isinstance(found, Unreadable):
            complain(str(found))
        elif wanted.has(found):
            say_raw(found.text)
