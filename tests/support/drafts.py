"""Samples and looks for the tests of drafts, from tables written as text."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from woowup_async.sources.columns import numbered
from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.drafted import drafted
from woowup_async.sources.drafting.rules.groups import Groups
from woowup_async.sources.drafting.rules.keys import key_of
from woowup_async.sources.drafting.rules.look import Look, english, in_cents, mark_of
from woowup_async.sources.drafting.rules.roles import Contents, roles_of
from woowup_async.sources.drafting.rules.sample import Sample, cleaned
from woowup_async.sources.drafting.rules.toml_text import text_of
from woowup_async.sources.mapping import Mapping


def sample(*lines: str, delimiter: str = ",", is_whole: bool = True) -> Sample:
    """A sample of a CSV file: the header, then the rows."""
    header, *rows = csv.reader(lines, delimiter=delimiter)
    columns = [
        Column(name, [row[place].strip() for row in rows], place=place) for place, name in enumerate(numbered(header))
    ]
    clean, nulls, guarded = cleaned(columns)
    return Sample("f.csv", "csv", clean, len(rows), is_whole, {"csv.delimiter": (delimiter, "")}, nulls, guarded)


def look(*lines: str, contents: Contents = "orders", delimiter: str = ",") -> Look:
    """What is known of a CSV file before its fields are drafted."""
    taken = sample(*lines, delimiter=delimiter)
    roles = roles_of(taken, contents)
    key = key_of(taken, roles) if contents == "orders" else None
    groups = key.groups if key is not None else Groups([], 0, 0)
    return Look(taken, roles, groups, mark_of(taken, roles), in_cents(taken, roles), english(taken))


def mapping_of(taken: Sample, contents: Contents) -> Mapping:
    """The mapping that a draft for a sample becomes."""
    return Mapping.parse(text_of(drafted(taken, contents), taken.name, "a test"), "draft")


def column(name: str, *cells: str, in_lines: bool | None = None) -> Column:
    """A column with these cells."""
    return Column(name, cells, in_lines=in_lines)


def named(columns: Sequence[Column], name: str) -> Column:
    """The column with this name."""
    return next(each for each in columns if each.name == name)
