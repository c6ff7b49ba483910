"""Paths into JSON documents: `customer.email`, `totals[id=Tax].value`, `items[].sku`, `items[].attributes[0].value`.

`payments[status=approved][1]` is the second of several elements with that text. `refunds[+].total` is a sum.

Room: sources. Pure. A path that leads to nothing is an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, DecimalException
from typing import Any, NamedTuple

import msgspec

from woowup_async.sources.numbers import EXACT
from woowup_async.sources.table_format import Mark

#: A name, plain or in quotes, with its places in square brackets.
_STEP = re.compile(r'(?:"(?P<quoted>[^"]+)"|(?P<plain>[^.\[\]"]+))(?P<places>(?:\[[^\]]*\])*)')
_PLACE = re.compile(r"\[([^\]]*)\]")


class Member(NamedTuple):
    """The member of an object with this name."""

    name: str


class At(NamedTuple):
    """The element of a list at this place; a negative one counts from the end."""

    place: int


class Where(NamedTuple):
    """The first element of a list whose member has this text ("": no value), or the one at this place among them."""

    name: str
    text: str
    place: int = 0


class Each(NamedTuple):
    """Every element of a list: each one is a row."""


class Total(NamedTuple):
    """The sum of what the rest of the path finds in every element of a list."""


Step = Member | At | Where | Each | Total
Path = tuple[Step, ...]


def parsed(path: str) -> Path:
    """Read a path.

    Raises:
        ValueError: it is not a path.

    """
    steps: list[Step] = []
    end = 0
    while True:
        found = _STEP.match(path, end)
        if found is None:
            raise ValueError(f"{path!r} is not a path such as customer.email, items[].sku or totals[id=Tax].value")
        steps.append(Member(found["quoted"] or found["plain"].strip()))
        for place in _PLACE.findall(found["places"]):
            _add(steps, _place(place, path))
        end = found.end()
        if end == len(path):
            return tuple(steps)
        if path[end] != ".":
            raise ValueError(f"{path!r} is not a path: unexpected {path[end]!r}")
        end += 1


def _add(steps: list[Step], step: Step) -> None:
    """Add a step. A place after [name=text] counts among these elements."""
    if isinstance(step, At) and steps and isinstance(steps[-1], Where):
        steps[-1] = steps[-1]._replace(place=step.place)
    else:
        steps.append(step)


def _place(inside: str, path: str) -> Step:
    if not inside:
        return Each()
    if inside == "+":
        return Total()
    if re.fullmatch(r"-?[0-9]+", inside):
        return At(int(inside))
    name, mark, text = inside.partition("=")
    if not mark or not name.strip():
        raise ValueError(f"{path!r} is not a path: write [], [0], [+] or [name=text] in place of [{inside}]")
    return Where(name.strip(), text.strip().strip('"'))


def lines_of(columns: Iterable[str]) -> Path:
    """Return the path of the list whose elements are rows, up to its last `[]`; an empty path if there is none.

    Raises:
        ValueError: a column is not a path, or two of them go through different lists.

    """
    longest: Path = ()
    for column in columns:
        path = parsed(column)
        lists = [number for number, step in enumerate(path) if isinstance(step, Each)]
        prefix = path[: lists[-1] + 1] if lists else ()
        short, long = sorted((prefix, longest), key=len)
        if long[: len(short)] != short:
            raise ValueError(f"{column!r} goes through another list than {written(longest)}: write [0], [1] … for one")
        longest = long
    return longest


def written(path: Path) -> str:
    """Return the text of a path."""
    texts: list[str] = []
    for step in path:
        match step:
            case Member(name):
                texts.append(f".{name}" if texts else name)
            case At(place):
                texts.append(f"[{place}]")
            case Where(name, text, place):
                texts.append(f"[{name}={text}][{place}]" if place else f"[{name}={text}]")
            case Each():
                texts.append("[]")
            case Total():
                texts.append("[+]")
    return "".join(texts)


def value_at(document: Any, path: Path) -> Any:
    """Return the value at a path without `[]`; None if there is none."""
    for number, step in enumerate(path):
        if isinstance(step, Total):
            return _sum(document, path[number + 1 :])
        document = _next(document, step)
        if document is None:
            return None
    return document


def elements(document: Any, path: Path) -> Iterator[tuple[Any, ...]]:
    """Yield, for each element of the list at a path with `[]`, the elements that lead to it.

    A document without elements yields one row without them.
    """
    depth = next((number for number, step in enumerate(path) if isinstance(step, Each)), None)
    if depth is None:
        yield ()
        return
    found = value_at(document, path[:depth])
    listed: Sequence[Any] = found if isinstance(found, list) else ()
    for element in listed:
        for inner in elements(element, path[depth + 1 :]):
            yield (element, *inner)
    if not listed:
        yield (None,) * sum(isinstance(step, Each) for step in path)


def text_of(value: Any, mark: Mark) -> str:
    """Return a value as the text of a cell. Numbers are written with the decimal mark of the mapping."""
    match value:
        case None:
            return ""
        case str():
            return value.lstrip("\x01")  # this mark is ours
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}".replace(".", mark)
        case list() | dict():
            return msgspec.json.encode(value).decode()
    return str(value)


def _sum(value: Any, path: Path) -> Any:
    """Return an exact sum; None if there is nothing to add, and a text that is not a number as it is."""
    total: Decimal | None = None
    for each in value if isinstance(value, list) else ():
        found = value_at(each, path)
        if found is None or found == "":
            continue
        try:
            total = EXACT.add(total or Decimal(0), Decimal(str(found)))
        except DecimalException:
            return str(found)
    return total


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _next(value: Any, step: Step) -> Any:
    match step:
        case Member(name):
            return value.get(name) if isinstance(value, dict) else None
        case At(place):
            is_there = isinstance(value, list) and -len(value) <= place < len(value)
            return value[place] if is_there else None
        case Where(name, text, place) if isinstance(value, list):
            same = [each for each in value if isinstance(each, dict) and _text(each.get(name)) == text]
            return _next(same, At(place))
    return None
