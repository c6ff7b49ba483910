"""Values that a mapping sets itself (constants, defaults, those of lookups) and the types that it makes.

They must fit the fields of the API, since otherwise every record would be refused.

Room: sources. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from woowup_async.models._base import Model
from woowup_async.models._examine import examine
from woowup_async.models.purchase import Payment, Purchase, PurchaseItem
from woowup_async.models.user import User
from woowup_async.sources.cells import Cells
from woowup_async.sources.field_rule import DAYS, FieldRule
from woowup_async.sources.steps import Tables, compiled, default_of

#: The models of the tables of a rule; those of `fields` depend on the entity.
_MODELS: Mapping[str, type[Model]] = MappingProxyType(
    {"lines": PurchaseItem, "payments": Payment, "payment_rows": Payment}
)

#: What each conversion makes; the others make text.
_SAMPLES: Mapping[str, Any] = MappingProxyType(
    {"int": 1, "decimal": Decimal(1), "money": Decimal(1), "bool": True, "date": "2001-02-03",
     "datetime": "2001-02-03 04:05:06", "country": "ARG"}
)  # fmt: skip
_KINDS: Mapping[type, str] = MappingProxyType({int: "number", Decimal: "number", bool: "true or false", list: "list"})
#: A text is refused with one of these if the field has another type.
_OTHER_TYPES = ("expected an integer", "expected a finite number", "expected true or false", "expected a list",
                "expected an object")  # fmt: skip
_ADVICE = "see the type of the field, and set as"


def model_of(entity: str, table: str) -> type[Model]:
    """Return the model of a table of rules."""
    return _MODELS.get(table, User if entity == "user" else Purchase)


def check_values(model: type[Model], field: str, rule: FieldRule, cells: Cells, lookups: Tables) -> None:
    """Raise `ValueError` if a value that the mapping sets would be refused in every record."""
    for name, value in _values(rule, cells, lookups):
        for reason in examine(model, _nested(field, value)).reasons:
            if reason.path == field and reason.message != "is required":
                raise ValueError(f"{name}: {reason.message}")


def check_type(model: type[Model], field: str, rule: FieldRule) -> None:
    """Raise `ValueError` if a field of the API never takes what a rule makes, such as text for a number."""
    sample = _sample(rule)
    for reason in examine(model, _nested(field, sample)).reasons if sample is not None else ():
        is_text = isinstance(sample, str) and rule.conversion not in DAYS  # other texts may fit
        if reason.path == field and not (is_text and not reason.message.startswith(_OTHER_TYPES)):
            wanted = reason.message.partition(", got ")[0]
            raise ValueError(f"{wanted}, so no {_KINDS.get(type(sample), 'text')} can be its value: {_ADVICE}")


def _sample(rule: FieldRule) -> Any:
    """Return a value of the type that a rule makes; None if a lookup decides it, or the rule has a constant."""
    if rule.constant is not None or rule.lookup is not None:
        return None
    if rule.is_list:
        return [{"name": "x", "value": "x"} if rule.pairs else "x"]
    if rule.sum is not None:
        return 1 if rule.conversion == "int" else Decimal(1)
    return _SAMPLES.get(rule.conversion, "x")


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
