"""How far a query was read: the values of its watermark column, and the statement that reads from there on.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

#: Names of notes in a journal begin with this.
NOTE = "watermark "
#: A value of a watermark column.
Value = datetime | date | int | float | Decimal | str
#: Reads a value of each kind from its text. The order matters: a `datetime` is also a `date`.
_READERS: dict[type, Callable[[str], Value]] = {
    datetime: datetime.fromisoformat, date: date.fromisoformat, int: int, float: float, Decimal: Decimal, str: str,
}  # fmt: skip
_KINDS = {kind.__name__: kind for kind in _READERS}
#: The order of other texts depends on the database: it may not be the order in which Python finds the highest.
_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T][0-9:.+-]*Z?)?")


class _Noted(msgspec.Struct):
    """What a journal stores about a query."""

    source: str
    column: str
    kind: str
    value: str


class Progress:
    """How far one query was read in one run.

    Args:
        source: its name, for people.
        column: the watermark column.

    Attributes:
        start: the value from which it is read; None to read everything.

    """

    def __init__(self, source: str, column: str) -> None:
        self.source: str = source
        self.column: str = column
        self.start: Value | None = None
        self._highest: Value | None = None
        self._held: Value | None = None

    def begin(self, noted: str | None) -> None:
        """Begin from what `reached` returned at the end of an earlier run, or from the start."""
        self.start = self._highest = self._held = None
        if noted is not None:
            try:
                found = msgspec.json.decode(noted, type=_Noted)
                self.start = _READERS[_KINDS[found.kind]](found.value)
            except (msgspec.DecodeError, ValueError, KeyError, ArithmeticError):
                return  # without a start everything is read, which is safe
            self._highest = self.start

    def see(self, values: Sequence[object]) -> None:
        """Take the values of the column in rows that were read. NULL has no value.

        Raises:
            ValueError: a value has no order, or the values are of different kinds.

        """
        known = [_checked(value) for value in values if value is not None]
        try:
            self._highest = max([*known, *([] if self._highest is None else [self._highest])], default=None)
        except TypeError:
            raise ValueError(f"the watermark column {self.column!r} has values of different kinds") from None

    def read(self, text: str, decimal: str) -> Value:
        """Read a value of the column that was written as text, with this decimal mark."""
        kind = _kind_of(self._highest)
        return _READERS[kind](text.replace(decimal, ".") if kind in (float, Decimal) else text)

    def hold(self, value: Value | None) -> None:
        """Note that a row with this value must be read again. A row with NULL is always read."""
        if value is not None and (self._held is None or value < self._held):  # type: ignore[operator]
            self._held = value

    def reached(self) -> str | None:
        """Return the value from which the next run must read, as text for a journal; None if there is none yet."""
        value = self._highest if self._held is None else self._held
        if value is None:
            return None
        kind = _kind_of(value)
        text = value.isoformat() if isinstance(value, date) else str(value)
        return msgspec.json.encode(_Noted(self.source, self.column, kind.__name__, text)).decode()


def shown_progress(noted: str) -> str | None:
    """Return a note of `reached` as text for people."""
    try:
        found = msgspec.json.decode(noted, type=_Noted)
    except msgspec.DecodeError:
        return None
    return f"{found.source}: the next run reads from {found.column} = {found.value}"


def _kind_of(value: object) -> type:
    return next((kind for kind in _READERS if isinstance(value, kind)), str)


def _checked(value: object) -> Value:
    if isinstance(value, str) and not _TIME.fullmatch(value):
        raise ValueError("a watermark column with text must have times such as 2026-01-31 10:00:00")
    if isinstance(value, datetime | date | int | float | Decimal | str) and not isinstance(value, bool):
        return value
    raise ValueError(f"a watermark column has times or numbers; this one has {type(value).__name__}")


def changed_rows(query: str, column: str, key: Sequence[str]) -> str:
    """Return a statement for the rows of a query from `:watermark` on.

    Rows without a value are always read, since nothing shows whether they have changed. With a key, all rows of a
    changed order are read: an order with only its changed lines would overwrite the whole one.

    Args:
        query: the query.
        column: the watermark column, quoted.
        key: the columns of an order's key, quoted; empty if each row is a whole record.

    """
    rows = f"FROM (\n{query.strip().rstrip(';')}\n) AS"
    is_changed = f"({column} >= :watermark OR {column} IS NULL)"
    if not key:
        return f"SELECT * {rows} woowup_rows WHERE {is_changed}"
    changed = f"SELECT DISTINCT {', '.join(key)} {rows} woowup_changed WHERE {is_changed}"
    same = " AND ".join(f"woowup_rows.{each} = woowup_keys.{each}" for each in key)
    without = " OR ".join(f"{each} IS NULL" for each in key)
    return (
        f"SELECT woowup_rows.* {rows} woowup_rows JOIN ({changed}) AS woowup_keys ON {same}\n"
        f"UNION ALL SELECT * {rows} woowup_loose WHERE ({without}) AND {is_changed}"
    )
