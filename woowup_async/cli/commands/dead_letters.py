"""`woowup dead-letters`: the rejected records of a run, counted or printed.

Room: cli.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from woowup_async._flow import Record
from woowup_async.cli.display.terminal import complain, say_all, say_raw
from woowup_async.cli.display.words import cut
from woowup_async.errors import SourceError
from woowup_async.sources import JsonLines
from woowup_async.sources.dead_letters import fault_of

#: Kinds of dead letters that are shown, the most frequent first.
_KINDS = 20
#: Dead letters, and lines that cannot be read, that are shown one by one (guessed).
_FIRST, _UNREADABLE = 10, 5


def dead_letters(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    entity: Annotated[str | None, typer.Option(metavar="E", help="Only user or purchase.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Only this code.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the dead letters, to send them again.")] = False,
) -> None:
    """Count rejected records, or print some of them.

    Example: woowup dead-letters bad.jsonl --code invalid --json > some.jsonl
    then:    woowup backfill --from-dead-letters some.jsonl
    """
    selection = Selection(entity, code)
    if not as_json:
        say_all(letter_lines(letters(file), selection))
        return
    for found in letters(file):
        if isinstance(found, Unreadable):
            complain(str(found))
        elif selection.includes(found):
            say_raw(found.text)


class Letter(msgspec.Struct):
    """A dead letter without its record. `text` is the whole line."""

    entity: str
    position: str
    code: str
    key: str = ""
    by: str = ""
    reasons: list[dict[str, str]] = []
    text: str = ""

    @property
    def reason(self) -> str:
        """The first reason."""
        reason = self.reasons[0] if self.reasons else {}
        return f"{reason.get('path', '')}: {reason.get('message', '')}".strip(": ")


_decode = msgspec.json.Decoder(Letter).decode


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not a dead letter: cut short, from another program, or not UTF-8."""

    position: str
    why: str

    def __str__(self) -> str:
        return f"{self.position} {self.why}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters to use. None selects all."""

    entity: str | None = None
    code: str | None = None

    def includes(self, letter: Letter) -> bool:
        """Return whether a dead letter is selected."""
        return self.entity in (None, letter.entity) and self.code in (None, letter.code)


def letters(path: Path) -> Iterator[Letter | Unreadable]:
    """Yield the dead letters of a file.

    Raises:
        SourceError: the file cannot be read, or it has lines but none is a dead letter.

    """
    has_letters, first = False, None
    for line in JsonLines(path, is_whole=False).records():
        found = _letter(line)
        if isinstance(found, Letter):
            has_letters = True
        else:
            first = first or found
        yield found
    if first is not None and not has_letters:
        raise SourceError(f"{path} has no dead letters: {first}")


def _letter(line: Record) -> Letter | Unreadable:
    if line.refusal is not None:
        return Unreadable(str(line.position), "; ".join(map(str, line.refusal.reasons)))
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
    except msgspec.DecodeError as error:  # msgspec refuses half of a surrogate pair, the json module reads it
        try:
            whole = json.loads(line)
        except ValueError:
            raise error from None
        return msgspec.convert(whole | {"raw": None} if isinstance(whole, dict) else whole, Letter)


@dataclass(slots=True)
class _Count:
    """Counts of dead letters by kind, and the first lines."""

    kinds: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)
    unreadable: int = 0
    first_unreadable: list[str] = field(default_factory=list)

    def add(self, letter: Letter) -> None:
        self.kinds[letter.entity, letter.code, letter.by, letter.reason] += 1
        if len(self.first) < _FIRST:
            name = f"{letter.entity} {letter.position} ({letter.key or 'no key'})"
            self.first.append(f"  {name}: {letter.code}: {letter.reason}")

    def add_unreadable(self, line: Unreadable) -> None:
        self.unreadable += 1
        if len(self.first_unreadable) < _UNREADABLE:
            self.first_unreadable.append(f"  {line}")


def letter_lines(found: Iterable[Letter | Unreadable], selection: Selection) -> Iterator[str]:
    """Count dead letters by kind, and show the first ones."""
    count = _Count()
    for letter in found:
        if isinstance(letter, Unreadable):
            count.add_unreadable(letter)
        elif selection.includes(letter):
            count.add(letter)
    yield f"{count.kinds.total():,} dead letters"
    for (entity, code, by, reason), number in count.kinds.most_common(_KINDS):
        yield cut(f"{number:>8,}  {entity} {code} (by the {by}): {reason}")
    yield from _block(f"the first {len(count.first)}:", count.first)
    yield from _block(f"{count.unreadable:,} lines are not dead letters and were skipped:", count.first_unreadable)


def _block(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from map(cut, lines)
