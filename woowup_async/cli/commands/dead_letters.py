"""`woowup dead-letters`: the rejected records of a run, by cause or one by one.

Room: cli. They are in a file of dead letters, or in a journal, which has no bodies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Record
from woowup_async._ledger.opening import Place, opened_reader
from woowup_async.cli.display.causes import Causes, Fault
from woowup_async.cli.display.terminal import complain, output_width, say_raw, say_whole
from woowup_async.cli.places import own_account
from woowup_async.errors import SourceError
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sinks.dead_letters import letter_of
from woowup_async.sources import JsonLines
from woowup_async.sources.dead_letters import fault_of

#: Causes that are shown on a terminal, the most frequent first. All are shown elsewhere.
_CAUSES = 20
#: Lines that cannot be read and are shown (guessed).
_UNREADABLE = 5
#: How each file of SQLite begins.
_SQLITE = b"SQLite format 3\0"


def dead_letters(file: Place, entity: str | None, code: str | None, *, as_json: bool) -> None:
    """Show rejected records by cause, with examples, or print them."""
    selection = Selection(entity, code)
    if not as_json:
        for line in letter_lines(letters(file), selection, None if output_width() is None else _CAUSES):
            say_whole(line)
        return
    for found in letters(file):
        if isinstance(found, Unreadable):
            complain(str(found))
        elif selection.includes(found):
            say_raw(found.text)


class Letter(msgspec.Struct):
    """A dead letter. `text` is the whole line."""

    entity: str
    position: str
    code: str
    key: str = ""
    by: str = ""
    reasons: list[dict[str, str]] = []
    raw: msgspec.Raw = msgspec.Raw(b"null")
    text: str = ""

    def faults(self) -> list[Fault]:
        """Return its reasons."""
        head, key = f"{self.entity} {self.code}" + (f" (by the {self.by})" if self.by else ""), self.key or self._key()
        reasons = self.reasons or [{}]
        return [Fault(head, each.get("path", ""), each.get("message", ""), self.position, key) for each in reasons]

    def _key(self) -> str:
        """Return what names a record that was refused before it had a key."""
        try:
            raw: Any = msgspec.json.decode(self.raw)
        except (ValueError, RecursionError):
            return ""
        fields = raw if isinstance(raw, dict) else {}
        names = ("invoice_number", *IDENTIFIERS, "key")
        return next((str(value) for name in names if isinstance(value := fields.get(name), str | int)), "")


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


def letters(place: Place) -> Iterator[Letter | Unreadable]:
    """Yield the dead letters of a file, or the rejected records of a journal.

    Raises:
        SourceError: the file cannot be read, or it has lines but none is a dead letter.
        JournalError: the journal cannot be read.

    """
    return _in_file(place) if isinstance(place, Path) and not _is_journal(place) else _in_journal(place)


def _is_journal(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False  # the reader of files explains it


def _in_journal(place: Place) -> Iterator[Letter]:
    with closing(opened_reader(place, own_account())) as reader:
        for refused in reader.rejections():
            fields = letter_of(refused.entity, refused.position, refused.key, refused.outcome)
            yield msgspec.convert(fields | {"text": msgspec.json.encode(fields).decode()}, Letter)


def _in_file(path: Path) -> Iterator[Letter | Unreadable]:
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
        if isinstance(whole, dict):
            whole.pop("raw", None)
        return msgspec.convert(whole, Letter)


def letter_lines(found: Iterable[Letter | Unreadable], selection: Selection, most: int | None = None) -> Iterator[str]:
    """Yield the dead letters by cause.

    Args:
        found: the dead letters.
        selection: which of them to show.
        most: the most causes to show; None for all.

    """
    causes, number, unreadable = Causes(), 0, list[str]()
    skipped = 0
    for letter in found:
        if isinstance(letter, Unreadable):
            skipped += 1
            if len(unreadable) < _UNREADABLE:
                unreadable.append(f"  {letter}")
        elif selection.includes(letter):
            number += 1
            causes.add(letter.faults())
    groups = causes.ordered()
    several = " (some have several causes)" if sum(group.count for group in groups) > number else ""
    yield f"{number:,} dead letters{several}"
    for group in groups[:most]:
        yield ""
        yield from group.lines()
    if beyond := len(groups) - len(groups[:most]) + causes.beyond:
        yield ""
        yield f"and {beyond:,} other causes"
    if skipped:
        yield ""
        yield f"{skipped:,} lines are not dead letters and were skipped:"
        yield from unreadable
