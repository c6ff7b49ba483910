"""The columns of a table: their places, and what is wrong if the mapping names one that is not there.

Room: sources.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING
from unicodedata import normalize

from woowup_async.errors import SourceError
from woowup_async.sources.texts import shorn, without_accents

if TYPE_CHECKING:
    from woowup_async.sources.table_protocol import Table

#: The place of an optional column that the file does not have: beyond the end of every row.
NOWHERE = sys.maxsize
_NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})


def folded(name: str) -> str:
    """Return a name without differences of case, accents and blanks."""
    return " ".join(without_accents(shorn(name)).split())


def renamed(header: Sequence[str], others: Mapping[str, Sequence[str]]) -> list[str]:
    """Give columns the names of the mapping, if the file has other names for them.

    Args:
        header: the names of the file.
        others: the other names of a column, in which `*` stands for any text. Case, accents and blanks do not count.

    """
    names, plain = list(header), [folded(name) for name in header]
    for name, spellings in others.items():
        if name in names:
            continue
        for spelling in (name, *spellings):
            pattern = re.sub(r"([\[?])", r"[\1]", folded(spelling))
            found = [place for place, each in enumerate(plain) if fnmatchcase(each, pattern)]
            if len(found) == 1:
                names[found[0]] = name
                break
    return names


def numbered(header: Sequence[str]) -> list[str]:
    """Return the names of columns, those of equal columns with a number: `Estado`, `Estado#2`."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for name in header:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names


def places(header: Sequence[str]) -> dict[str, int]:
    """Return the place of each column. The first of equal columns also has the number 1, even if it is the only one."""
    found: dict[str, int] = {}
    for place, name in enumerate(numbered(header)):
        found.setdefault(name, place)
    return {f"{name}#1": found[name] for name in header} | found


def checked(
    table: Table,
    columns: Iterable[str],
    optional: Iterable[str] = (),
    others: Mapping[str, Sequence[str]] = _NO_OTHERS,
) -> list[str]:
    """Read a header, give its columns the names of the mapping, and check that it has those that are needed.

    Raises:
        SourceError: a column is missing, or there are two and the mapping does not say which.

    """
    header, path = renamed(table.header(), others), table.path
    needed = list(dict.fromkeys(columns))
    _compose(header, needed)
    known, missing = places(header), set(optional)
    for column in needed:
        if header.count(column) > 1 and f"{column}#2" not in needed:
            raise SourceError(
                f"{path} has the column {column!r} twice: write '{column}#1' or '{column}#2' in the mapping, "
                "or rename one of them"
            )
        if column not in known and column not in missing:
            alike = [name for name in header if folded(name) == folded(column)]
            close = alike or difflib.get_close_matches(column, header, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; {_described(header, needed)}"
            raise SourceError(f"{path} has no column {column!r}, which the mapping names{hint}")
    return header


def _compose(header: list[str], needed: Sequence[str]) -> None:
    """Give columns the names of the mapping, if only their accents are written in another way (in place)."""
    for column in needed:
        if column not in header and not column.isascii():
            same = [place for place, name in enumerate(header) if normalize("NFC", name) == normalize("NFC", column)]
            if len(same) == 1:
                header[same[0]] = column


def _described(header: list[str], needed: list[str]) -> str:
    if set(header) & set(needed):
        return f"it has {', '.join(header)}"
    for mark in (";", "\t", "|", ","):
        if len(header) == 1 and set(header[0].split(mark)) & set(needed):
            return f"its columns are separated by {mark!r}: set csv.delimiter"
    # there may be no header, and this may be personal data, so it is not shown
    first = f"none of the {len(header)} cells of its first row is a column of the mapping"
    return f"{first}: if the header is further down, set csv.header_row"
