"""From a CSV file's own columns to the API's fields, by a TOML file.

Room: sources. Loaded by users and by the command line, used by `csv`.

    [csv]                                  # all optional
    delimiter = ","
    encoding = "utf-8-sig"
    decimal = "."                          # or ","
    datetime = "%Y-%m-%d %H:%M:%S"         # as in Python's strptime
    timezone = "America/Argentina/Buenos_Aires"   # what the file's times mean; they are sent in UTC

    [purchase]                             # and [user], alike but for `lines`
    key = ["Invoice"]                      # adjacent rows of equal key are one record
    require = ["Customer"]                 # where one is empty, the group is left out, with a reason
    leave_out = [{ column = "Invoice", matches = "^C", reason = "a cancellation" }]

    [purchase.fields]                      # read from the first row of the group
    invoice_number = { column = "Invoice" }
    service_uid = { column = "Customer", as = "id" }
    channel = { constant = "web" }
    createtime = { column = "Date", as = "datetime" }
    "prices.total" = { sum = ["Quantity", "Price"] }   # of the product of these columns, over all rows

    [purchase.lines]                       # one element of purchase_detail for each row
    sku = { column = "Code", lookup = "codes" }

    [lookups.codes]                        # a value that is not listed stays as it is …
    "BANK CHARGES" = "BANK-CHARGES"
    [lookups.countries]
    "*" = ""                               # … unless "*" is: "" means absent
    Argentina = "ARG"

`as` is `text` (the default), `id` (17850.0 becomes 17850), `int`, `decimal` (the digits as given), or `datetime`.
Text is trimmed; an empty cell means absent. Dotted names nest. Sums are exact: decimals, never floats.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from woowup_async.errors import SourceError

Conversion = Literal["text", "id", "int", "decimal", "datetime"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the mapping: a name it does not know is an error, not a guess."""


class CsvFormat(Strict, frozen=True):
    """How the file is written."""

    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"
    decimal: Literal[".", ","] = "."
    datetime: str = "%Y-%m-%d %H:%M:%S"
    timezone: str = "UTC"


class FieldRule(Strict, frozen=True, rename={"conversion": "as"}):
    """Where a field's value comes from: exactly one of column, constant and sum."""

    column: str | None = None
    constant: str | int | float | bool | None = None
    sum: Annotated[list[str], Meta(min_length=1)] | None = None
    conversion: Conversion = "text"
    lookup: str | None = None

    def __post_init__(self) -> None:
        """Refuse a rule with no origin, or two."""
        if sum(origin is not None for origin in (self.column, self.constant, self.sum)) != 1:
            raise ValueError("needs exactly one of column, constant and sum")


class LeaveOut(Strict, frozen=True):
    """Groups whose first row matches are left out, for this reason."""

    column: str
    matches: str
    reason: str


class EntityRule(Strict, frozen=True):
    """How rows become one kind of record."""

    key: Annotated[list[str], Meta(min_length=1)]
    fields: dict[str, FieldRule]
    require: list[str] = []
    leave_out: list[LeaveOut] = []
    lines: dict[str, FieldRule] = {}

    def columns(self) -> list[str]:
        """Every column that this rule reads."""
        rules = [*self.fields.values(), *self.lines.values()]
        named = [rule.column for rule in rules if rule.column] + [name for rule in rules for name in rule.sum or ()]
        return [*self.key, *self.require, *(rule.column for rule in self.leave_out), *named]


class Mapping(Strict, frozen=True):
    """A whole mapping. `user` and `purchase` may both be there: one file can feed both."""

    csv: CsvFormat = CsvFormat()
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
            mapping = msgspec.convert(tables, cls)
            mapping._check()
        except OSError as error:
            raise SourceError(f"cannot read the mapping {path}: {error.strerror}") from error
        except ValueError as error:  # TOML, encoding, shape, or one of our own rules
            raise SourceError(f"mapping {path}: {error}") from error
        return mapping

    def _check(self) -> None:
        _known_zone(self.csv.timezone)
        _check_format(self.csv)
        for name, rule in (("user", self.user), ("purchase", self.purchase)):
            if rule is not None:
                self._check_entity(name, rule)

    def _check_entity(self, name: str, rule: EntityRule) -> None:
        _check_names(f"{name}.fields", rule.fields)
        _check_names(f"{name}.lines", rule.lines)
        for field, one in [*rule.fields.items(), *rule.lines.items()]:
            if one.lookup is not None and one.lookup not in self.lookups:
                raise ValueError(f"{name}.{field}: there is no table [lookups.{one.lookup}]")
        for each in rule.leave_out:
            try:
                re.compile(each.matches)
            except re.error as error:
                raise ValueError(f"{name}.leave_out: {each.matches!r} is no regular expression: {error}") from None


def _known_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"csv.timezone: unknown time zone {name!r}") from None


def _check_format(csv: CsvFormat) -> None:
    if csv.delimiter in '"\r\n':
        raise ValueError(f"csv.delimiter: {csv.delimiter!r} cannot part columns")
    try:
        "".encode(csv.encoding)  # refuses what codecs.lookup takes: hex, rot13
    except LookupError:
        raise ValueError(f"csv.encoding: unknown encoding {csv.encoding!r}") from None
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    try:
        datetime.strptime(sample.strftime(csv.datetime), csv.datetime)  # noqa: DTZ007 - only whether it is a format
    except ValueError:
        raise ValueError(f"csv.datetime: {csv.datetime!r} is no date format") from None


def _check_names(table: str, names: Iterable[str]) -> None:
    """Refuse `a` beside `a.b`: a field is a value or an object, not both."""
    known = set(names)
    for name in known:
        parts = name.split(".")
        for depth in range(1, len(parts)):
            if (parent := ".".join(parts[:depth])) in known:
                raise ValueError(f"{table}: {parent!r} cannot be a value and also hold {name!r}")


def nested(fields: dict[str, Any], name: str, value: Any) -> None:
    """Set `a.b` as member b of object a."""
    *parents, last = name.split(".")
    for parent in parents:
        fields = fields.setdefault(parent, {})
    fields[last] = value
