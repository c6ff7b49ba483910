"""JSON documents as a table for a mapping, whose columns are paths. Each element of the list `[]` is one row.

Room: sources. Memory: one document.
"""

from __future__ import annotations

import difflib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from woowup_async.errors import SourceError
from woowup_async.sources._files import STDIN
from woowup_async.sources.grouping import Row
from woowup_async.sources.json_documents import documents, places
from woowup_async.sources.json_paths import Each, Member, elements, lines_of, parsed, text_of, value_at
from woowup_async.sources.json_paths import Path as JsonPath
from woowup_async.sources.mapping import Mapping

#: Documents that are checked for misspelt paths (guessed).
_CHECKED = 100


class _Column(NamedTuple):
    """A path: how many lists lead to it, and its steps after the last one."""

    depth: int
    rest: JsonPath


class JsonTable:
    """The documents of a file. The numbers of rows are those of their documents.

    Args:
        path: of the file.
        mapping: with a table `[json]`.
        columns: the paths that the mapping reads.
        optional: those that no document needs to have.

    Raises:
        SourceError: the path is standard input.

    """

    path: Path

    def __init__(self, path: Path, mapping: Mapping, columns: Iterable[str], optional: Iterable[str] = ()) -> None:
        if path == STDIN:
            raise SourceError("JSON is read twice by a mapping, so it cannot come from standard input: use a file")
        self.path, self._mark = path, mapping.csv.mark
        records = mapping.json.records if mapping.json is not None else ""
        self._places, self._place = [records] if isinstance(records, str) else records, ""
        self._columns = list(dict.fromkeys(columns))
        self._needed = [column for column in self._columns if column not in set(optional)]
        self._lines = lines_of(self._columns)
        self._paths = [_column(parsed(column)) for column in self._columns]
        self._is_checked = False

    def header(self) -> list[str]:
        """Return the paths. The first call checks that a document has the name with which each begins.

        If the mapping names several places of the documents, the first one counts whose documents have these names.
        """
        if not self._is_checked:
            self._place = self._checked_place()
            self._is_checked = True
        return self._columns

    def _checked_place(self) -> str:
        failure: SourceError | None = None
        known = places(self.path, self._places) if len(self._places) > 1 else self._places
        for place in known:
            try:
                with closing(documents(self.path, place)) as found:
                    self._check([document for _, document, fault in islice(found, _CHECKED) if not fault])
            except SourceError as error:
                failure = error
            else:
                return place
        raise failure or SourceError(f"{self.path} has none of {', '.join(self._places)}, which json.records names")

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows from the start."""
        self.header()
        with closing(documents(self.path, self._place)) as found:
            for number, document, fault in found:
                if fault:
                    yield Row(number, [""] * width, fault)
                    continue
                for cells in self._cells(document):
                    empty = "" if any(cells) else "has no value at any path of the mapping"
                    yield Row(number, cells, empty)

    def _cells(self, document: Any) -> Iterator[list[str]]:
        mark = self._mark
        whole = [None if path.depth else text_of(value_at(document, path.rest), mark) for path in self._paths]
        for chain in elements(document, self._lines):
            yield [
                text if text is not None else text_of(value_at(chain[path.depth - 1], path.rest), mark)
                for text, path in zip(whole, self._paths)
            ]

    def _check(self, sample: list[Any]) -> None:
        known = {name for document in sample for name in document}
        for column in self._needed if sample else ():
            first = parsed(column)[0]
            if not isinstance(first, Member) or first.name in known:
                continue
            close = difflib.get_close_matches(first.name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"they have {', '.join(sorted(known)[:30])}"
            raise SourceError(f"{self.path}: no document has {first.name!r}, which the mapping names: {hint}")


def _column(path: JsonPath) -> _Column:
    lists = [number for number, step in enumerate(path) if isinstance(step, Each)]
    return _Column(len(lists), path[lists[-1] + 1 :] if lists else path)
