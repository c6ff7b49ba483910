"""The head of a file as columns of texts, with what the format of the file is.

Room: sources. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from woowup_async.sources.drafting.rules.column import Column, is_guarded
from woowup_async.sources.texts import unguarded

Kind = Literal["csv", "excel", "json", "parquet"]
#: Texts that programs write for a missing value.
_NULLS = frozenset(
    ("NULL", "null", "\\N", "None", "none", "nan", "NaN", "N/A", "n/a", "#N/A", "-", "--", "S/D", "s/d",
     "0000-00-00", "0000-00-00 00:00:00", "00/00/0000")
)  # fmt: skip


class Sample(NamedTuple):
    """The head of a file.

    Attributes:
        name: of the file.
        kind: how it is read.
        columns: with the cells of the same rows.
        rows: their number.
        is_whole: whether the file has no other rows.
        settings: what `[csv]`, `[json]` and `[excel]` need to read it, by `table.name`, each with its reason.
        nulls: texts that mean an empty cell.
        guarded: cells with the guards of a spreadsheet.
        documents: the number of the document of each row of JSON; none for tables.
        sometimes: paths of JSON that not all documents have.

    """

    name: str
    kind: Kind
    columns: list[Column]
    rows: int
    is_whole: bool
    settings: dict[str, tuple[Any, str]]
    nulls: tuple[str, ...] = ()
    guarded: int = 0
    documents: tuple[int, ...] = ()
    sometimes: frozenset[str] = frozenset()

    @property
    def is_json(self) -> bool:
        """Whether the columns are paths."""
        return self.kind == "json"


def cleaned(columns: Sequence[Column]) -> tuple[list[Column], tuple[str, ...], int]:
    """Return columns without the guards of spreadsheets and words for missing values, with what was found."""
    guarded = sum(column.count(is_guarded) for column in columns)
    nulls = {cell for column in columns for cell in column.values if cell in _NULLS}
    nulls |= {cell for column in columns for cell in {*column.cells} if cell in _NULLS and cell.startswith("00")}
    if not guarded and not nulls:
        return list(columns), (), 0
    return [_clean(column, nulls, is_guarded=bool(guarded)) for column in columns], tuple(sorted(nulls)), guarded


def _clean(column: Column, nulls: set[str], *, is_guarded: bool) -> Column:
    cells = [unguarded(cell) if is_guarded else cell for cell in column.cells]
    cells = ["" if cell in nulls else cell for cell in cells]
    return Column(column.name, cells, in_lines=column.in_lines, place=column.place)
