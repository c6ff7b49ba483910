"""The columns of JSON documents: the paths that lead to values, and the list whose elements are the lines of an order.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.scores import LEAST, score
from woowup_async.sources.drafting.rules.vocabulary import LINES, ORDER, PERSON
from woowup_async.sources.json_paths import Each, elements, parsed, text_of, value_at

#: Deepest object, most columns, and most documents that are searched for columns (guessed).
_DEEPEST, _MOST_COLUMNS, _SEARCHED = 6, 600, 300
#: Members that name an element of a list, and those that have its value.
_CHOOSERS, _VALUES = ("id", "code", "key", "type", "name", "title"), ("value", "amount", "total", "price")
_PLAIN = re.compile(r'[^.\[\]"\s](?:[^.\[\]"]*[^.\[\]"\s])?')
_CHOSEN = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,30}")
#: Lists with these words are not the lines of an order.
_OTHER_LISTS = frozenset(("payment", "shipping", "refund", "tax", "coupon", "history", "note", "discount"))


class Shape(NamedTuple):
    """Where the records of a file are, and where their lines.

    Attributes:
        records: the path of the list of records inside one document; "" if the documents are the records.
        lines: the path of the list of lines, with `[]`; "" if there is none.

    """

    records: str
    lines: str


def shape_of(documents: Sequence[Any]) -> Shape:
    """Find the records and their lines."""
    best, records = _evidence([each for each in documents if isinstance(each, dict)]), ""
    if len(documents) <= 3:
        for path in _lists(documents[:1], depth=3):
            inside = [each for document in documents for each in _listed(document, path) if isinstance(each, dict)]
            if inside and (found := _evidence(inside)) > best:
                best, records = found, path.removesuffix("[]")
    return Shape(records, _lines(records_in(documents, records)))


def records_in(documents: Sequence[Any], records: str) -> list[Any]:
    """Return the records of documents."""
    if not records:
        return [each for each in documents if isinstance(each, dict)]
    return [each for document in documents for each in _listed(document, records) if isinstance(each, dict)]


def columns_of(records: Sequence[Any], lines: str) -> list[Column]:
    """Return the columns of records, with a row for each line."""
    paths = Counter[str]()
    for record in records[:_SEARCHED]:
        paths.update(dict.fromkeys(_paths(record, "", lines, 0)).keys())
    names = [path for path, _ in paths.most_common(_MOST_COLUMNS)]
    order = {path: place for place, path in enumerate(paths)}
    names.sort(key=order.__getitem__)
    cells: list[list[str]] = [[] for _ in names]
    steps = [parsed(name) for name in names]
    split = [max((at + 1 for at, step in enumerate(path) if isinstance(step, Each)), default=0) for path in steps]
    depths = [sum(isinstance(step, Each) for step in path) for path in steps]
    whole = parsed(lines) if lines else ()
    for record in records:
        for chain in elements(record, whole):
            for at, path in enumerate(steps):
                value = value_at(chain[depths[at] - 1], path[split[at] :]) if depths[at] else value_at(record, path)
                cells[at].append(text_of(value, ".").strip())
    return [
        Column(name, column, in_lines=bool(depth), place=place)
        for place, (name, column, depth) in enumerate(zip(names, cells, depths))
    ]


def rows_of_records(records: Sequence[Any], lines: str) -> list[int]:
    """Return the number of the record of each row."""
    whole = parsed(lines) if lines else ()
    return [number for number, record in enumerate(records, 1) for _ in elements(record, whole)]


def always_there(records: Sequence[Any], path: str) -> bool:
    """Return whether each record has the member with which a path begins."""
    first = parsed(path)[0]
    name = getattr(first, "name", "")
    return all(name in record for record in records)


def _evidence(records: Sequence[Any]) -> float:
    """Return how much records look like orders or customers, by their members outside lists."""
    columns = [column for column in columns_of(records[:20], "") if "[" not in column.name]
    wanted = [ORDER[name] for name in ("invoice_number", "createtime", "prices.total")]
    wanted += [PERSON[name] for name in ("service_uid", "email", "telephone", "document", "first_name", "full_name")]
    best = (max((score(column, meaning) for column in columns), default=0.0) for meaning in wanted)
    return sum(each for each in best if each >= LEAST)


def _lines(records: Sequence[Any]) -> str:
    best, lines = 0.0, ""
    for path in _lists(records[:_SEARCHED], depth=4):
        if _OTHER_LISTS & {*Column(path, [], in_lines=True).words}:
            continue
        columns = [each for each in columns_of(records[:50], path) if each.in_lines]
        found = {name: max((score(each, LINES[name]) for each in columns), default=0.0) for name in LINES}
        thing = max(found["sku"], found["product_name"])
        amount = max(found["quantity"], found["unit_price"], found["line_total"])
        if thing >= LEAST and amount >= LEAST and (total := thing + found["quantity"] + found["unit_price"]) > best:
            best, lines = total, path
    return lines


def _lists(documents: Sequence[Any], depth: int) -> list[str]:
    """Return the paths of lists of objects; those of records have no `[]` in the middle, see `_listed`."""
    found: dict[str, None] = {}
    for document in documents:
        for path in _lists_in(document, "", depth):
            found.setdefault(path)
    return list(found)


def _lists_in(value: Any, path: str, depth: int) -> Iterator[str]:
    if not isinstance(value, dict) or depth < 0:
        return
    for name, member in value.items():
        step = _joined(path, name)
        if step is None:
            continue
        if isinstance(member, dict):
            yield from _lists_in(member, step, depth - 1)
        elif isinstance(member, list) and member and isinstance(member[0], dict):
            yield f"{step}[]"
            yield from _lists_in(member[0], f"{step}[]", depth - 1)


def _listed(document: Any, path: str) -> list[Any]:
    """Return the elements of a list that is reached without another list."""
    plain = path.removesuffix("[]")
    found = value_at(document, parsed(plain)) if "[" not in plain else None
    return found if isinstance(found, list) else []


def _paths(value: Any, path: str, lines: str, depth: int) -> Iterator[str]:
    """Yield the paths of values in a value."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, member in value.items():
            step = _joined(path, name)
            if step is not None:
                yield from _paths(member, step, lines, depth + 1)
    elif isinstance(value, list):
        yield from _paths_in_list(value, path, lines, depth)
    elif path:
        yield path


def _paths_in_list(value: list[Any], path: str, lines: str, depth: int) -> Iterator[str]:
    if not value:
        return
    if lines == f"{path}[]" or lines.startswith(f"{path}[]."):
        for element in value[:20]:
            yield from _paths(element, f"{path}[]", lines, depth + 1)
        return
    if all(isinstance(each, dict) for each in value) and (chooser := _chooser(value)):
        member = next(name for name in _VALUES if name in value[0])
        for element in value[:10]:
            yield f"{path}[{chooser}={element[chooser]}].{member}"
        return
    yield from _paths(value[0], f"{path}[0]", lines, depth + 1)


def _chooser(elements_of: list[Any]) -> str | None:
    """Return the member whose texts name the elements, as in `[{id: Tax, value: 1}]`."""
    if not any(name in elements_of[0] for name in _VALUES) or len(elements_of[0]) > 6:
        return None
    for name in _CHOOSERS:
        texts = [each.get(name) for each in elements_of]
        if all(isinstance(text, str) and _CHOSEN.fullmatch(text) for text in texts) and len({*texts}) == len(texts):
            return name
    return None


def _joined(path: str, name: str) -> str | None:
    """Return the path of a member; None if no path can name it."""
    if '"' in name or not name or name != name.strip("\x00"):
        return None
    step = name if _PLAIN.fullmatch(name) else f'"{name}"'
    return f"{path}.{step}" if path else step
