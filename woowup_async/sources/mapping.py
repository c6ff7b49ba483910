"""Mappings from the columns of a table to the API's fields, in a TOML file. docs/mapping.md explains each name.

Room: sources. Unknown names are errors, and so is what a field cannot honour.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sources import mapping_checks as checks
from woowup_async.sources._sql_rule import SqlRule, is_query
from woowup_async.sources.field_rule import Conversion, FieldRule, Scalar
from woowup_async.sources.table_format import ExcelFormat, Formats, JsonFormat, Mark, StrictStruct, TableFormat

__all__ = [
    "Conversion",
    "EntityRule",
    "FieldRule",
    "Formats",
    "JoinedRows",
    "LeaveOut",
    "Mapping",
    "RowTest",
    "Scalar",
    "StrictStruct",
    "TableFormat",
]


class RowTest(StrictStruct, frozen=True):
    """A test of a cell: the text has a match of the regular expression, or is one of these texts.

    Attributes:
        column: the cell. An empty cell has the text "".
        matches: a regular expression, found anywhere in the text.
        one_of: texts.
        by: whether the first row of a group decides on the whole group, or each row on itself.

    """

    column: str
    matches: str | None = None
    one_of: Annotated[list[str], Meta(min_length=1)] | None = None
    by: Literal["group", "row"] = "group"

    def __post_init__(self) -> None:
        """Refuse a test without a condition, and a wrong regular expression."""
        if (self.matches is None) == (self.one_of is None):
            raise ValueError("needs exactly one of matches and one_of")
        if self.matches is not None:
            checks.check_pattern(self.matches)


class LeaveOut(RowTest, frozen=True, kw_only=True):
    """Leave out groups or rows that match, with this reason."""

    reason: str


class JoinedRows(StrictStruct, frozen=True):
    """Payments in another file: each row with a purchase's key is one payment. `file` is relative to the mapping."""

    file: str
    key: Annotated[list[str], Meta(min_length=1)]
    fields: dict[str, FieldRule]

    def columns(self) -> list[str]:
        """Return every column that this rule reads."""
        return [*self.key, *(name for rule in self.fields.values() for name in rule.named())]


class EntityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"made_from": "from"}):
    """How rows become users or purchases.

    Attributes:
        key: rows with equal values in these columns are one record.
        made_from: (`from` in the file) "purchase" makes users from the rows of the purchases, one for each order. Key,
            `require`, `where`, `leave_out` and `fill_down` are those of the purchase. Its identifiers are, too, if
            `fields` has no others.
        require: if one of these is empty in the first row, the group is left out, with a reason.
        where: only groups or rows that match all of these are taken.
        leave_out: other rules that leave groups or rows out.
        fields: the fields of the record, from the first row.
        lines: the fields of one element of `purchase_detail`, for each row.
        payments: each is one payment from the first row. It is left out if all its columns are empty.
        payment_rows: payments from another file.
        fill_down: columns that take the value of the row above if a row has no identity of its own (no invoice number;
            for users no key), since it continues that order. True means all columns of key and fields.
        first_row_only: columns that count in the first row of a group only, such as a total that each row repeats.
        drop_duplicates: whether a row that repeats another row of its group is dropped; or the columns to compare.
        optional: columns that the file need not have.
        tolerance: the most that the sum of the lines may differ from the total without a notice. Default: 0.01 a line.

    """

    key: list[str] = []
    made_from: Literal["purchase"] | None = None
    fields: dict[str, FieldRule] = {}
    require: list[str] = []
    where: list[RowTest] = []
    leave_out: list[LeaveOut] = []
    lines: dict[str, FieldRule] = {}
    payments: list[dict[str, FieldRule]] = []
    payment_rows: JoinedRows | None = None
    fill_down: bool | list[str] = False
    first_row_only: list[str] = []
    drop_duplicates: bool | list[str] = False
    optional: list[str] = []
    tolerance: Annotated[float, Meta(ge=0)] | None = None

    def tables(self) -> Iterator[tuple[str, dict[str, FieldRule]]]:
        """Yield every table of rules for the columns of this file, with its name."""
        yield "fields", self.fields
        yield "lines", self.lines
        yield from (("payments", each) for each in self.payments)

    def rules(self) -> Iterator[tuple[str, FieldRule]]:
        """Yield every rule for the columns of this file, with the name of its field."""
        for _, table in self.tables():
            yield from table.items()

    def columns(self) -> list[str]:
        """Return every column that this rule reads."""
        named = [name for _, rule in self.rules() for name in rule.named()]
        tested = [test.column for test in (*self.where, *self.leave_out)]
        listed = [*self.first_row_only]
        for columns in (self.fill_down, self.drop_duplicates):
            listed += columns if isinstance(columns, list) else []
        return [*self.key, *self.require, *tested, *named, *listed]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole mapping. It may have both `user` and `purchase`, since one file can have both.

    Attributes:
        columns: other names of columns, in other languages or versions of an export. `*` stands for any text.
        lookups: tables of replacements, by their names.

    """

    csv: TableFormat = TableFormat()
    json: JsonFormat | None = None
    excel: ExcelFormat = ExcelFormat()
    user: EntityRule | None = None
    purchase: EntityRule | None = None
    columns: dict[str, Annotated[list[str], Meta(min_length=1)]] = {}
    lookups: dict[str, dict[str, Scalar]] = {}
    sql: SqlRule | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mapping:
        """Read and check a TOML file.

        Raises:
            SourceError: the file cannot be read, or a table or value is wrong. The message names it.

        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise SourceError(f"cannot read the mapping {path}: {error.strerror}") from error
        except ValueError as error:
            raise SourceError(f"mapping {path}: {error}") from error
        return cls.parse(text, str(path), Path(path).parent)

    @classmethod
    def parse(cls, text: str, name: str, folder: Path = Path()) -> Mapping:
        """Read and check the text of a TOML file. Files that it names are relative to a folder.

        Raises:
            SourceError: a table or value is wrong. The message names it.

        """
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SourceError(f"mapping {name}: not TOML: {error}") from error
        try:
            mapping = msgspec.convert(_placed(tables, folder), cls)
            mapping.check()
        except (SourceError, ValueError) as error:  # an extra is missing; shape, or one of our own rules
            raise SourceError(f"mapping {name}: {error}") from error
        return mapping

    def check(self) -> None:
        """Raise `ValueError` if its parts do not fit together."""
        self.csv.check()
        checks.check_columns(self)
        for name, rule in (("user", self.user), ("purchase", self.purchase)):
            if rule is None:
                continue
            if name == "user" and rule.made_from is not None and self.purchase is None:
                raise ValueError('user.from = "purchase" needs a table [purchase]')
            checks.check_entity(name, rule, self)
        checks.check_lookups(self)

    def written(self, timezone: str | None = None, decimal: Mark | None = None) -> Mapping:
        """Return it for a file with another time zone or decimal mark. Fields that set their own keep it.

        Raises:
            SourceError: there is no such zone.

        """
        changed: dict[str, Any] = {"timezone": timezone, "decimal": decimal}
        written = msgspec.structs.replace(
            self.csv, **{name: each for name, each in changed.items() if each is not None}
        )
        try:
            written.check()
        except ValueError as error:
            raise SourceError(str(error).replace("csv.timezone", "--timezone")) from None
        return self if written == self.csv else msgspec.structs.replace(self, csv=written)

    def columns_of(self, entity: Entity) -> list[str]:
        """Return every column that the rule for an entity reads, once; none if there is no rule."""
        rule, columns = self.rule_of(entity), list[str]()
        if rule is not None:
            orders = self.purchase if rule.made_from is not None else None
            columns = [*rule.columns(), *(orders.columns() if orders is not None else ())]
        return list(dict.fromkeys(columns))

    def rule_of(self, entity: Entity) -> EntityRule | None:
        """Return the rule for users or for purchases. It is whole if users are made from purchases."""
        orders = self.purchase
        if entity is not Entity.USER:
            return orders if entity is Entity.PURCHASE else None
        if self.user is None or self.user.made_from is None or orders is None:
            return self.user
        named = any(name in self.user.fields for name in IDENTIFIERS)
        theirs = {} if named else {name: orders.fields[name] for name in IDENTIFIERS if name in orders.fields}
        return msgspec.structs.replace(
            self.user,
            key=orders.key,
            fields=theirs | self.user.fields,
            require=[*orders.require, *self.user.require],
            where=[*orders.where, *self.user.where],
            leave_out=[*orders.leave_out, *self.user.leave_out],
            fill_down=orders.fill_down,
            optional=[*orders.optional, *self.user.optional],
        )


def _placed(tables: Any, folder: Path) -> Any:
    """Make the names of the joined file and of the query's file relative to the folder of the mapping."""
    match tables:
        case {"sql": {"query": str() as query} as sql} if not is_query(query):
            sql["query"] = str(folder / query)
    match tables:
        case {"purchase": {"payment_rows": {"file": str() as file} as joined}}:
            joined["file"] = str(folder / file)
    return tables
