"""Checks of a mapping when it is loaded: what a field cannot honour is an error, never ignored.

Room: sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from woowup_async.models._base import IDENTIFIERS
from woowup_async.sources.cells import Cells
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.json_paths import lines_of
from woowup_async.sources.own_values import check_type, check_values, model_of
from woowup_async.sources.steps import compiled, default_of

if TYPE_CHECKING:
    from woowup_async.sources.mapping import EntityRule, Mapping

#: Fields on which the rows of one order must agree: its customer, its branch and its times.
AGREEING = frozenset((*IDENTIFIERS, "branch_name", "createtime", "approvedtime"))

#: Fields that are compared, so a list cannot be their value.
_SINGLE = AGREEING | {"invoice_number"}


def check_pattern(pattern: str) -> None:
    """Raise `ValueError` if a text is not a regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None


def check_columns(mapping: Mapping) -> None:
    """Raise `ValueError` if another name is given for a column that no rule reads."""
    if mapping.columns and mapping.json is not None:
        raise ValueError("columns: a path into JSON has no other names: use first_of")
    rules = [rule for rule in (mapping.user, mapping.purchase) if rule is not None]
    known = {column for rule in rules for column in rule.columns()}
    known |= {column for rule in rules if rule.payment_rows for column in rule.payment_rows.columns()}
    for column in mapping.columns:
        if column not in known:
            raise ValueError(f"columns: no rule reads the column {column!r}")


def check_lookups(mapping: Mapping) -> None:
    """Raise `ValueError` if no field uses a table of lookups, since then its values stay as they are."""
    rules = [rule for rule in (mapping.user, mapping.purchase) if rule is not None]
    used = {one.lookup for rule in rules for _, fields in rule.tables() for one in fields.values()}
    used |= {one.lookup for rule in rules if rule.payment_rows for one in rule.payment_rows.fields.values()}
    for name in mapping.lookups:
        if rules and name not in used:
            raise ValueError(f"lookups.{name}: no field has lookup = {name!r}")


def check_entity(name: str, rule: EntityRule, mapping: Mapping) -> None:
    """Raise `ValueError` if a part of a rule cannot be honoured. The message names it."""
    _check_shape(name, rule)
    for table, rules in rule.tables():
        _check_names(f"{name}.{table}", rules)
    cells = Cells(mapping.csv)
    joined = rule.payment_rows
    tables = [*rule.tables(), *((("payment_rows", joined.fields),) if joined else ())]
    for table, rules in tables:
        for field, one in rules.items():
            try:
                _check_field(table, field, one, mapping, cells)
                check_type(model_of(name, table), field, one)
                check_values(model_of(name, table), field, one, cells, mapping.lookups)
            except ValueError as error:
                raise ValueError(f"{name}.{table}.{field}: {error}") from None
    if mapping.json is not None:
        try:
            lines_of(rule.columns())
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def _check_shape(name: str, rule: EntityRule) -> None:
    if name == "user":
        _check_user(rule)
    elif rule.made_from is not None:
        raise ValueError("purchase.from: only users can be made from purchases")
    if rule.made_from is None:
        if not rule.key:
            raise ValueError(f"{name}.key: needs at least one column")
        if not rule.fields:
            raise ValueError(f"{name}.fields: needs at least one field")
    _check_payments(name, rule)
    known = set(rule.columns())
    for column in rule.optional:
        if column not in known:
            raise ValueError(f"{name}.optional: no rule reads the column {column!r}")
    if wrong := set(rule.key) & set(rule.first_row_only):
        raise ValueError(f"{name}.first_row_only: {min(wrong)!r} is in the key, so every row needs it")


def _check_user(rule: EntityRule) -> None:
    for used in ("lines", "payments", "payment_rows"):
        if getattr(rule, used):
            raise ValueError(f"user.{used}: a user has none, they are for [purchase]")
    if rule.tolerance is not None:
        raise ValueError("user.tolerance: a user has no lines, it is for [purchase]")
    for used in ("key", "fill_down") if rule.made_from is not None else ():
        if getattr(rule, used):
            raise ValueError(f'user.{used}: with from = "purchase" it is that of [purchase]: leave it out')


def _check_payments(name: str, rule: EntityRule) -> None:
    if (rule.payments or rule.payment_rows) and "payment" in {field.split(".")[0] for field in rule.fields}:
        raise ValueError(f"{name}: payment is in fields and in payments or payment_rows: use only one of them")
    joined = rule.payment_rows
    if joined is not None and len(joined.key) != len(rule.key):
        raise ValueError(f"{name}.payment_rows.key: needs {len(rule.key)} columns, in the order of {name}.key")


def _check_field(table: str, field: str, rule: FieldRule, mapping: Mapping, cells: Cells) -> None:
    if rule.lookup is not None and rule.lookup not in mapping.lookups:
        raise ValueError(f"there is no table [lookups.{rule.lookup}]")
    if table == "fields" and field.partition(".")[0] == "purchase_detail":
        raise ValueError("its lines are in the table [purchase.lines]")
    if rule.is_list and table == "fields" and field in _SINGLE:
        raise ValueError(f"{field} is one value, not a list: use first_of or a template")
    if not rule.agree and (table != "fields" or field not in AGREEING):
        raise ValueError(f"agree is only for {', '.join(sorted(AGREEING))}")
    if rule.conversion == "money" and (rule.decimal or mapping.csv.decimal) is None:
        raise ValueError("as = 'money' needs a declared decimal mark: set csv.decimal, or decimal in the field")
    if rule.conversion == "country":
        from woowup_async.sources.countries import names

        names()
    compiled(rule, cells, mapping.lookups)
    default_of(rule, cells)


def _check_names(table: str, names: Iterable[str]) -> None:
    """Refuse both `a` and `a.b`: a field is a value or an object, not both."""
    known = set(names)
    for name, parent in _parents(known):
        if parent in known:
            raise ValueError(f"{table}: {parent!r} cannot be a value and also have {name!r}")


def _parents(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        parts = name.split(".")
        yield from ((name, ".".join(parts[:depth])) for depth in range(1, len(parts)))
