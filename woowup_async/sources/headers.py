"""Recognizes the header of a table where it comes again, as in files that were joined.

Room: sources. Pure. Below a header with other columns, or with the same columns in another order, no row can be read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from woowup_async.sources.columns import folded, places

AGAIN = "is the header again: were files joined?"
OTHER = "is another header: were files joined?"
_BELOW = "is below another header"


def is_misread(fault: str) -> bool:
    """Return whether a row was refused because its cells do not belong to the columns of the table."""
    return fault in (AGAIN, OTHER) or fault.startswith(_BELOW)


def below(line: int) -> str:
    """Return what is wrong with a row below another header."""
    return f"{_BELOW} (line {line}): put these rows into a file of their own"


class Headers:
    """Compares rows with the header.

    Args:
        header: the names of the columns in the mapping.
        own_names: those in the file; none if they are the same.
        identity: the columns that identify a record. No record is identified by their names.
        used: the columns that the mapping reads.

    """

    def __init__(
        self, header: Sequence[str], own_names: Sequence[str], identity: Sequence[str], used: Collection[str]
    ) -> None:
        self._ours = [_plain(name) for name in header]
        self._own = [_plain(name) for name in own_names or header]
        self._sorted = sorted(self._own)
        raw = [name.strip().casefold() for name in (*header, *own_names)]
        self._all = frozenset((*self._ours, *self._own, *raw))
        if all(map(str.isdigit, self._all)):  # numbers in place of names may be the cells of any row
            self._all = frozenset()
        known = places(header)
        self._identity = [known[column] for column in identity if column in known]
        self._has_names = not all(self._ours[place].isdigit() for place in self._identity)
        self._used = [known[column] for column in used if column in known]
        self._first = self._identity[0] if self._identity else 0

    def fault(self, cells: Sequence[str]) -> str:
        """Return what is wrong with a row if it is a header; "" if it is none."""
        text = cells[self._first] if self._first < len(cells) else ""
        if text.isascii() and text[:1] != '"' and text.strip().casefold() not in self._all:  # nearly always
            return ""
        found = [_plain(cell) for cell in cells[: len(self._ours)]]
        if sorted(found) != self._sorted and not self._is_named(found):
            return ""
        return AGAIN if all(self._fits(found, place) for place in self._used) else OTHER

    def _is_named(self, found: Sequence[str]) -> bool:
        """Return whether the cells that identify a record are the names of their columns."""
        return self._has_names and all(self._fits(found, place) and found[place] for place in self._identity)

    def _fits(self, found: Sequence[str], place: int) -> bool:
        return place < len(found) and found[place] in (self._ours[place], self._own[place])


def _plain(name: str) -> str:
    return folded(folded(name).strip('"'))
