"""Values that a mapping sets itself: constants, defaults and those of lookups. They must fit the fields of the API.

Room: sources. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from woowup_async.models._base import Model
from woowup_async.models._examine import examine
from woowup_async.models.purchase import Payment, Purchase, PurchaseItem
from woowup_async.models.user import User
from woowup_async.sources.cells import Cells
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.steps import Tables, compiled, default_of

#: The models of the tables of a rule; those of `fields` depend on the entity.
_MODELS: Mapping[str, type[Model]] = MappingProxyType(
    {"lines": PurchaseItem, "payments": Payment, "payment_rows": Payment}
)


def model_of(entity: str, table: str) -> type[Model]:
    """Return the model of a table of rules."""
    return _MODELS.get(table, User if entity == "user" else Purchase)


def check_values(model: type[Model], field: str, rule: FieldRule, cells: Cells, lookups: Tables) -> None:
    """Raise `ValueError` if a value that the mapping sets would be refused in every record."""
    for name, value in _values(rule, cells, lookups):
        for reason in examine(model, _nested(field, value)).reasons:
            if reason.path == field and reason.message != "is required":
                raise ValueError(f"{name}: {reason.message}")


def _values(rule: FieldRule, cells: Cells, lookups: Tables) -> Iterator[tuple[str, Any]]:
    if rule.constant is not None:
        yield "constant", rule.constant
    if rule.is_list:
        return
    if rule.sum is None and (default := default_of(rule, cells)) is not None:
        yield "default", default
    if rule.lookup is not None:
        step = compiled(rule, cells, lookups)
        yield from ((f"lookups.{rule.lookup}", step(text)) for text in lookups[rule.lookup] if text)


def _nested(field: str, value: Any) -> dict[str, Any]:
    for name in reversed(field.split(".")):
        value = {name: value}
    found: dict[str, Any] = value
    return found
