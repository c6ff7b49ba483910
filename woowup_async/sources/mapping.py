"""Mappings from the columns of a table to the API's fields, in a TOML file. docs/files.md explains each name.

Room: sources. Unknown names are errors.
"""

from __future__ import annotations

import os
import re
import string
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from woowup_async.errors import SourceError
from woowup_async.sources._sql_rule import SqlRule, is_query

Conversion = Literal["text", "lower", "id", "int", "decimal", "bool", "date", "datetime"]
#: Formats of Python's `strptime`. The first that fits is used.
Formats = str | Annotated[list[str], Meta(min_length=1)]


class StrictStruct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the mapping. An unknown name is an error."""


class TableFormat(StrictStruct, frozen=True):
    r"""The format of the file. A byte order mark at its start overrides `encoding`.

    `header` has the column names of a file without a header row. `null` has the texts that mean an empty cell. In
    identifiers and keys, "NULL", `\N`, "None" and "nan" always mean that.
    """

    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Meta(max_length=1)] = '"'
    encoding: str = "utf-8-sig"
    decimal: Literal[".", ","] = "."
    datetime: Formats = "%Y-%m-%d %H:%M:%S"
    date: Formats = "%Y-%m-%d"
    timezone: str = "UTC"
    header: list[str] = []
    null: list[str] = []

    @property
    def datetimes(self) -> list[str]:
        """The formats of dates with a time."""
        return [self.datetime] if isinstance(self.datetime, str) else self.datetime

    @property
    def dates(self) -> list[str]:
        """The formats of dates."""
        return [self.date] if isinstance(self.date, str) else self.date


class FieldRule(StrictStruct, frozen=True, rename={"conversion": "as"}):
    """The origin of a field's value: exactly one of the first six attributes.

    Attributes:
        column: one cell. With `split`, a list of its parts.
        columns: a list of several cells, without empty ones.
        pairs: name → column. The value is a list of {name, value}, without empty cells.
        template: text with {columns} in it. If one of them is empty, the field has no value.
        constant: the same value for every record.
        sum: the product of these columns, added up over all rows, minus that of `minus`. `absolute` drops the signs.
        conversion: how a cell is read (`as` in the file).
        lookup: the name of a table of replacements.
        agree: for a customer, a branch or a time: whether the rows of one order must agree on it. If not, the first
            row counts.

    """

    column: str | None = None
    columns: Annotated[list[str], Meta(min_length=1)] | None = None
    pairs: Annotated[dict[str, str], Meta(min_length=1)] | None = None
    template: str | None = None
    constant: str | int | float | bool | None = None
    sum: Annotated[list[str], Meta(min_length=1)] | None = None
    minus: Annotated[list[str], Meta(min_length=1)] | None = None
    absolute: bool = False
    split: Annotated[str, Meta(min_length=1)] | None = None
    conversion: Conversion = "text"
    lookup: str | None = None
    agree: bool = True

    def __post_init__(self) -> None:
        """Refuse a rule without an origin, with several, or with an option of another origin."""
        origins = (self.column, self.columns, self.pairs, self.template, self.constant, self.sum)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("needs exactly one of column, columns, pairs, template, constant and sum")
        if self.split is not None and self.column is None:
            raise ValueError("split can only be used with column")
        if (self.minus is not None or self.absolute) and self.sum is None:
            raise ValueError("minus and absolute can only be used with sum")
        if self.template is not None:
            self.parts()

    def parts(self) -> list[tuple[str, str | None]]:
        """Return the template as pairs of a text and the column after it."""
        return [(text, column) for text, column, _, _ in string.Formatter().parse(self.template or "")]

    def named(self) -> Iterator[str]:
        """Yield every column that this rule reads."""
        yield from (self.column,) if self.column else ()
        yield from (*(self.columns or ()), *(self.pairs or {}).values(), *(self.sum or ()), *(self.minus or ()))
        yield from (column for _, column in self.parts() if column)


class LeaveOut(StrictStruct, frozen=True):
    """Leave out groups whose first row matches, with this reason."""

    column: str
    matches: str
    reason: str


class JoinedRows(StrictStruct, frozen=True):
    """Payments in another file: each row with a purchase's key is one payment. `file` is relative to the mapping."""

    file: str
    key: Annotated[list[str], Meta(min_length=1)]
    fields: dict[str, FieldRule]

    def columns(self) -> list[str]:
        """Return every column that this rule reads."""
        return [*self.key, *(name for rule in self.fields.values() for name in rule.named())]


class EntityRule(StrictStruct, frozen=True):
    """How rows become users or purchases.

    Attributes:
        key: rows with equal values in these columns are one record.
        require: if one of these is empty in the first row, the group is left out, with a reason.
        leave_out: other rules that leave groups out.
        fields: the fields of the record, from the first row.
        lines: the fields of one element of `purchase_detail`, for each row.
        payments: each is one payment from the first row. It is left out if all its columns are empty.
        payment_rows: payments from another file.
        fill_down: columns that take the value of the row above if a row has no identity of its own (no invoice number;
            for users no key), since it continues that order. True means all columns of key and fields.

    """

    key: Annotated[list[str], Meta(min_length=1)]
    fields: dict[str, FieldRule]
    require: list[str] = []
    leave_out: list[LeaveOut] = []
    lines: dict[str, FieldRule] = {}
    payments: list[dict[str, FieldRule]] = []
    payment_rows: JoinedRows | None = None
    fill_down: bool | list[str] = False

    def rules(self) -> Iterator[tuple[str, FieldRule]]:
        """Yield every rule for the columns of this file, with the name of its field."""
        for table in (self.fields, self.lines, *self.payments):
            yield from table.items()

    def columns(self) -> list[str]:
        """Return every column that this rule reads."""
        named = [name for _, rule in self.rules() for name in rule.named()]
        filled = self.fill_down if isinstance(self.fill_down, list) else []
        return [*self.key, *self.require, *(rule.column for rule in self.leave_out), *named, *filled]


class Mapping(StrictStruct, frozen=True):
    """A whole mapping. It may have both `user` and `purchase`, since one file can have both."""

    csv: TableFormat = TableFormat()
    user: EntityRule | None = None
    purchase: EntityRule | None = None
    lookups: dict[str, dict[str, str]] = {}
    sql: SqlRule | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mapping:
        """Read and check a TOML file.

        Raises:
            SourceError: the file cannot be read, or a table or value is wrong. The message names it.

        """
        try:
            tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
            mapping = msgspec.convert(_placed(tables, Path(path).parent), cls)
            mapping.check()
        except OSError as error:
            raise SourceError(f"cannot read the mapping {path}: {error.strerror}") from error
        except ValueError as error:  # TOML, encoding, shape, or one of our own rules
            raise SourceError(f"mapping {path}: {error}") from error
        return mapping

    def check(self) -> None:
        """Raise `ValueError` if its parts do not fit together."""
        _known_zone(self.csv.timezone)
        _check_format(self.csv)
        for name, rule in (("user", self.user), ("purchase", self.purchase)):
            if rule is not None:
                self._check_entity(name, rule)

    def _check_entity(self, name: str, rule: EntityRule) -> None:
        _check_names(f"{name}.fields", rule.fields)
        _check_names(f"{name}.lines", rule.lines)
        if (rule.payments or rule.payment_rows) and "payment" in {field.split(".")[0] for field in rule.fields}:
            raise ValueError(f"{name}: payment is in fields and in payments or payment_rows: use only one of them")
        joined = rule.payment_rows
        if joined is not None and len(joined.key) != len(rule.key):
            raise ValueError(f"{name}.payment_rows.key: needs {len(rule.key)} columns, in the order of {name}.key")
        for field, one in [*rule.rules(), *(joined.fields.items() if joined else ())]:
            if one.lookup is not None and one.lookup not in self.lookups:
                raise ValueError(f"{name}.{field}: there is no table [lookups.{one.lookup}]")
        for each in rule.leave_out:
            try:
                re.compile(each.matches)
            except re.error as error:
                raise ValueError(f"{name}.leave_out: {each.matches!r} is not a regular expression: {error}") from None


def _placed(tables: Any, folder: Path) -> Any:
    """Make the names of the joined file and of the query's file relative to the folder of the mapping."""
    match tables:
        case {"sql": {"query": str() as query} as sql} if not is_query(query):
            sql["query"] = str(folder / query)
    match tables:
        case {"purchase": {"payment_rows": {"file": str() as file} as joined}}:
            joined["file"] = str(folder / file)
    return tables


def _known_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"csv.timezone: unknown time zone {name!r}") from None


def _check_format(csv: TableFormat) -> None:
    if csv.delimiter in {"\r", "\n", csv.quote}:
        raise ValueError(f"csv.delimiter: {csv.delimiter!r} cannot separate columns")
    try:
        "".encode(csv.encoding)  # refuses hex and rot13, which codecs.lookup accepts
    except LookupError:
        raise ValueError(f"csv.encoding: unknown encoding {csv.encoding!r}") from None
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    for name, formats in (("datetime", csv.datetimes), ("date", csv.dates)):
        for each in formats:
            if "%Z" in each.replace("%%", ""):
                raise ValueError(
                    f"csv.{name}: {each!r} has %Z, which reads the name of a zone and ignores it: set csv.timezone, "
                    "or use %z for offsets such as -0300"
                )
            try:
                read = datetime.strptime(sample.strftime(each), each)  # noqa: DTZ007 - only checks the format
            except ValueError:
                raise ValueError(f"csv.{name}: {each!r} is not a date format") from None
            if read.date() != sample.date():
                raise ValueError(f"csv.{name}: {each!r} needs a year, a month and a day")


def _check_names(table: str, names: Iterable[str]) -> None:
    """Refuse both `a` and `a.b`: a field is a value or an object, not both."""
    known = set(names)
    for name in known:
        parts = name.split(".")
        for depth in range(1, len(parts)):
            if (parent := ".".join(parts[:depth])) in known:
                raise ValueError(f"{table}: {parent!r} cannot be a value and also have {name!r}")
