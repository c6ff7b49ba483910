"""A draft of a mapping: settings and fields with their evidence, before they are written as TOML.

Room: sources. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec


class Setting(msgspec.Struct, frozen=True):
    """One line of a table: a name, a value of TOML, and a comment. It is commented out if it is not on.

    `suggested` are further elements of a list, each of them commented out.
    """

    name: str
    value: Any
    why: str = ""
    is_on: bool = True
    suggested: list[dict[str, Any]] = []


class DraftField(msgspec.Struct, frozen=True):
    """One field of a record.

    Attributes:
        name: of the field.
        rule: the inline table that says where its value comes from.
        why: the evidence, for a comment.
        is_on: whether it is sent. If not, it is commented out.

    """

    name: str
    rule: dict[str, Any]
    why: str = ""
    is_on: bool = True

    def columns(self) -> list[str]:
        """Return the columns that the rule names, apart from those of a template."""
        found: list[str] = []
        for origin in ("column", "columns", "first_of", "sum", "minus"):
            value = self.rule.get(origin, [])
            found += [value] if isinstance(value, str) else value
        return found + list(self.rule.get("pairs", {}).values())

    def off(self, why: str) -> DraftField:
        """Return the field commented out, with the reason."""
        return msgspec.structs.replace(self, is_on=False, why=why)


class Section(msgspec.Struct, frozen=True):
    """The table `[user]` or `[purchase]`."""

    settings: list[Setting]
    fields: list[DraftField]
    lines: list[DraftField] = []


class Draft(msgspec.Struct, frozen=True):
    """A whole mapping.

    Attributes:
        formats: the settings of `[csv]`, `[json]` and `[excel]`, by table.
        user: how customers are made.
        purchase: how purchases are made, if the file has any.
        lookups: tables of replacements, by name.
        unused: columns that no field reads.
        problems: what a person must know or write, each as one line.

    """

    formats: dict[str, list[Setting]]
    user: Section | None = None
    purchase: Section | None = None
    lookups: dict[str, dict[str, Any]] = {}
    unused: list[str] = []
    problems: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether no column has become a field of what the file is about. Then it is not a mapping."""
        main = self.purchase or self.user
        return main is None or not any(field.is_on for field in main.fields)

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Yield the tables of records with their names."""
        if self.user is not None:
            yield "user", self.user
        if self.purchase is not None:
            yield "purchase", self.purchase


class Misfit(msgspec.Struct, frozen=True):
    """Records that do not fit for one reason, with the first of them as an example."""

    reason: str
    count: int
    example: str


class Tally(msgspec.Struct, frozen=True):
    """What became of the records of a sample, for users or for purchases.

    Attributes:
        entity: "user" or "purchase".
        records: all of them.
        fitting: those that can be sent.
        left_out: those that the mapping leaves out.
        misfits: why the others do not fit, the most frequent reason first.
        at_fault: records refused because of a column or a field, by its name.

    """

    entity: str
    records: int
    fitting: int
    left_out: int = 0
    misfits: list[Misfit] = []
    at_fault: dict[str, int] = {}
