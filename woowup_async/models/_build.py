"""Makes the values of a model from examined fields: mappings become nested models, times and days become text.

Room: models. Pure. `examine` has found no fault before, so nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import inspect

from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._examine import info_of


def misnamed(name: str, suggestion: str | None) -> Reason:
    """Return the reason for a name that the schema does not have."""
    hint = f"; did you mean {suggestion}?" if suggestion else ""
    return Reason(printable(name), f"is not a field of the schema{hint}")


def as_sent(value: object) -> object:
    """Write times the documented way, in UTC, and days as they are."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else value


def built(model: type[msgspec.Struct], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a model's fields. A mapping becomes the nested model that its field has."""
    given = {spec.name: (spec.type, fields.get(spec.encode_name)) for spec in info_of(model).fields}
    return {name: _value(kind, value) for name, (kind, value) in given.items() if value is not None}


def _value(kind: Any, value: Any) -> Any:
    options = [*_options(kind)]
    if isinstance(value, Mapping):
        nested = next((each.cls for each, _ in options if isinstance(each, inspect.StructType)), None)
        return value if nested is None else msgspec.StructMeta.__call__(nested, **built(nested, value))
    if isinstance(value, (list, tuple)):
        inner = next((each.item_type for each, _ in options if isinstance(each, inspect.ListType)), None)
        return value if inner is None else [_value(inner, each) for each in value if each is not None]
    if isinstance(value, datetime) and any("date" in extra for _, extra in options):
        return value.date().isoformat()
    if isinstance(value, (float, Decimal)) and any("is_whole" in extra for _, extra in options):
        return int(value)
    return as_sent(value)


def _options(kind: Any, extra: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield the alternatives of a type, each with what its field says about it."""
    match kind:
        case inspect.Metadata():
            yield from _options(kind.type, kind.extra)
        case inspect.UnionType():
            for option in kind.types:
                yield from _options(option, extra)
        case _:
            yield kind, extra or {}
