"""From a table's own columns to the API's fields, by a TOML file. docs/files.md explains each name, with examples.

Room: sources. Strict: a name that it does not know is an error.
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

Conversion = Literal["text", "lower", "id", "int", "decimal", "bool", "date", "datetime"]
#: Formats of Python's `strptime`; the first that fits is taken.
Formats = str | Annotated[list[str], Meta(min_length=1)]


class StrictStruct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the mapping: a name it does not know is an error, not a guess."""


class TableFormat(StrictStruct, frozen=True):
    r"""How the file is written. A byte order mark at its start beats `encoding`.

    `header` names the columns of a file that has no row for them. `null` are texts that mean that a cell is empty; in
    identifiers and keys "NULL", `\N`, "None" and "nan" always do.
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
        """The formats of moments."""
        return [self.datetime] if isinstance(self.datetime, str) else self.datetime

    @property
    def dates(self) -> list[str]:
        """The formats of days."""
        return [self.date] if isinstance(self.date, str) else self.date


class FieldRule(StrictStruct, frozen=True, rename={"conversion": "as"}):
    """Where a field's value comes from: exactly one origin.

    Attributes:
        column: one cell; with `split` the parts of it, as a list.
        columns: several cells, as a list of those that are not empty.
        pairs: name → column, as a list of {name, value} of those that are not empty.
        template: text with {columns} in it; absent where one of them is empty.
        constant: the same for every record.
        sum: the product of these columns, added up over all rows; less that of `minus`; `absolute` drops their signs.
        conversion: what a cell means (`as` in the file).
        lookup: the name of a table of replacements.
        agree: whether the rows of one order must agree on it, where it names the customer, the branch or a time. If
            not, the first row counts.

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
        """Refuse a rule with no origin, with two, or with an option of another origin."""
        origins = (self.column, self.columns, self.pairs, self.template, self.constant, self.sum)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("needs exactly one of column, columns, pairs, template, constant and sum")
        if self.split is not None and self.column is None:
            raise ValueError("split belongs to column")
        if (self.minus is not None or self.absolute) and self.sum is None:
            raise ValueError("minus and absolute belong to sum")
        if self.template is not None:
            self.parts()

    def parts(self) -> list[tuple[str, str | None]]:
        """The template as (text, column that follows)."""
        return [(text, column) for text, column, _, _ in string.Formatter().parse(self.template or "")]

    def named(self) -> Iterator[str]:
        """Every column that this rule reads."""
        yield from (self.column,) if self.column else ()
        yield from (*(self.columns or ()), *(self.pairs or {}).values(), *(self.sum or ()), *(self.minus or ()))
        yield from (column for _, column in self.parts() if column)


class LeaveOut(StrictStruct, frozen=True):
    """Groups whose first row matches are left out, for this reason."""

    column: str
    matches: str
    reason: str


class JoinedRows(StrictStruct, frozen=True):
    """Payments in another file: each of its rows of equal key is one. `file` stands beside the mapping."""

    file: str
    key: Annotated[list[str], Meta(min_length=1)]
    fields: dict[str, FieldRule]

    def columns(self) -> list[str]:
        """Every column that this rule reads."""
        return [*self.key, *(name for rule in self.fields.values() for name in rule.named())]


class EntityRule(StrictStruct, frozen=True):
    """How rows become one kind of record.

    Attributes:
        key: rows that are equal here are one record.
        require: where one of these is empty in the first row, the group is left out, with a reason.
        leave_out: groups that are left out for another reason.
        fields: of the record, from the first row.
        lines: of one element of `purchase_detail` for each row.
        payments: each a payment from the first row; left out where all its columns are empty.
        payment_rows: payments from another file.
        fill_down: columns that take the value of the row above where a row has no identity of its own (no invoice
            number; for users no key), since it only continues that order; true for all columns of key and fields.

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
        """Every rule of this file's own columns, by the name of its field."""
        for table in (self.fields, self.lines, *self.payments):
            yield from table.items()

    def columns(self) -> list[str]:
        """Every column that this rule reads."""
        named = [name for _, rule in self.rules() for name in rule.named()]
        filled = self.fill_down if isinstance(self.fill_down, list) else []
        return [*self.key, *self.require, *(rule.column for rule in self.leave_out), *named, *filled]


class Mapping(StrictStruct, frozen=True):
    """A whole mapping. `user` and `purchase` may both be there: one file can feed both."""

    csv: TableFormat = TableFormat()
    user: EntityRule | None = None
    purchase: EntityRule | None = None
    lookups: dict[str, dict[str, str]] = {}

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mapping:
        """Read and check a TOML file.

        Raises:
            SourceError: naming the file, and the table or value that is wrong.

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
        """Raise `ValueError` where its parts do not fit together."""
        _known_zone(self.csv.timezone)
        _check_format(self.csv)
        for name, rule in (("user", self.user), ("purchase", self.purchase)):
            if rule is not None:
                self._check_entity(name, rule)

    def _check_entity(self, name: str, rule: EntityRule) -> None:
        _check_names(f"{name}.fields", rule.fields)
        _check_names(f"{name}.lines", rule.lines)
        if (rule.payments or rule.payment_rows) and "payment" in {field.split(".")[0] for field in rule.fields}:
            raise ValueError(f"{name}: payment is in fields, and in payments or payment_rows: one of them, please")
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
    """Say from where the joined file's name counts."""
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
        raise ValueError(f"csv.delimiter: {csv.delimiter!r} cannot part columns")
    try:
        "".encode(csv.encoding)  # refuses what codecs.lookup takes: hex, rot13
    except LookupError:
        raise ValueError(f"csv.encoding: unknown encoding {csv.encoding!r}") from None
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    for name, formats in (("datetime", csv.datetimes), ("date", csv.dates)):
        for each in formats:
            if "%Z" in each.replace("%%", ""):
                raise ValueError(
                    f"csv.{name}: {each!r} has %Z, which reads a zone's name and drops it: set csv.timezone, "
                    "or use %z for offsets such as -0300"
                )
            try:
                read = datetime.strptime(sample.strftime(each), each)  # noqa: DTZ007 - only whether it is a format
            except ValueError:
                raise ValueError(f"csv.{name}: {each!r} is not a date format") from None
            if read.date() != sample.date():
                raise ValueError(f"csv.{name}: {each!r} needs a year, a month and a day")


def _check_names(table: str, names: Iterable[str]) -> None:
    """Refuse `a` beside `a.b`: a field is a value or an object, not both."""
    known = set(names)
    for name in known:
        parts = name.split(".")
        for depth in range(1, len(parts)):
            if (parent := ".".join(parts[:depth])) in known:
                raise ValueError(f"{table}: {parent!r} cannot be a value and also hold {name!r}")
