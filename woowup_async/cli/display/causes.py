"""Groups dead letters by cause: what is wrong, without the line, the number and the value that differ each time.

Room: cli. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Examples of each cause (three are enough to see what they share).
_EXAMPLES = 3
#: Different causes that are kept (guessed). Texts of a server may differ in every record.
_MOST = 10_000

_INDEX = re.compile(r"\[\d+\]")
#: The line at the beginning of a reason.
_LINE = re.compile(r"^line \d+:? ?")
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_VALUE = re.compile(rf"\b(got|says|say|byte) (?:{_QUOTED}|\S+)")
#: What else differs: quoted texts with digits or an address, addresses, names with digits, and numbers.
_OTHER = re.compile(r"'[^']*[\d@][^']*'|[^\s'\"]*@[^\s'\",;]+|[^\s'\"(),;]*\d[^\s'\"(),;]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason of one dead letter.

    Attributes:
        head: entity and code, and who refused the record.
        path: the field or the column.
        message: what was expected.
        position: of the record.
        key: of the record; "" if it has none.

    """

    head: str
    path: str
    message: str
    position: str
    key: str = ""


@dataclass(slots=True)
class Group:
    """The dead letters of one cause."""

    first: Fault
    count: int = 0
    is_same: bool = True
    examples: list[Fault] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the cause, and some records that have it."""
        cause = _plain(self.first) if self.is_same else cause_of(self.first)
        yield f"{self.count:>8,}  {self.first.head}: {cause}"
        for each in self.examples:
            own = _own(each, cause)
            yield f"{'':10}{each.position} ({each.key or 'no key'})" + (f": {own}" if own else "")


class Causes:
    """Counts causes. A record with several causes counts for each of them."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Group] = {}
        self.beyond: int = 0

    def add(self, faults: list[Fault]) -> None:
        """Count the faults of one dead letter, each cause once."""
        seen: set[tuple[str, str]] = set()
        for fault in faults:
            key = (fault.head, cause_of(fault))
            if key in seen:
                continue
            seen.add(key)
            if key not in self._groups and len(self._groups) >= _MOST:
                self.beyond += 1
                continue
            group = self._groups.setdefault(key, Group(fault))
            group.count += 1
            group.is_same = group.is_same and _plain(fault) == _plain(group.first)
            if len(group.examples) < _EXAMPLES:
                group.examples.append(fault)

    def ordered(self) -> list[Group]:
        """Return the groups, the most frequent first."""
        return sorted(self._groups.values(), key=lambda group: -group.count)


def cause_of(fault: Fault) -> str:
    """Return a fault as text, with an ellipsis for what differs between records."""
    message = _OTHER.sub("…", _VALUE.sub(r"\1 …", _LINE.sub("", fault.message)))
    return _joined(_path(fault), message)


def _plain(fault: Fault) -> str:
    return _joined(_path(fault), _LINE.sub("", fault.message))


def _own(fault: Fault, cause: str) -> str:
    """Return what an example says beside its cause: its line, or all of it."""
    if _plain(fault) != cause:
        return _joined(fault.path, fault.message)
    found = _LINE.match(fault.path) or _LINE.match(fault.message)
    return found[0].rstrip(": ") if found else ""


def _path(fault: Fault) -> str:
    return _INDEX.sub("[]", _LINE.sub("", fault.path))


def _joined(path: str, message: str) -> str:
    return f"{path}: {message}" if path else message
