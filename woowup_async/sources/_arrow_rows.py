"""Rows of Arrow batches, from a file or from memory: as records with the API's names, or as cells for a mapping.

Room: sources. It needs pyarrow, which it imports when it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, date, datetime, time
from math import isnan
from typing import Any

from woowup_async._flow import Entity, Position, Record
from woowup_async.errors import Reason
from woowup_async.models._base import Model
from woowup_async.models._calendar import day_of
from woowup_async.models.product import Branch, Product
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected
from woowup_async.sources._arrow import days_of, misfits
from woowup_async.sources._typed import text_of
from woowup_async.sources.fields import put
from woowup_async.sources.grouping import Row

#: Rows that are made into Python objects at a time (guessed).
BATCH = 1_000
#: The types of columns are checked against these. A family has no model of its own.
_MODELS: dict[Entity, type[Model]] = {
    Entity.USER: User,
    Entity.PURCHASE: Purchase,
    Entity.PRODUCT: Product,
    Entity.BRANCH: Branch,
}


def faults(schema: Any, entity: Entity) -> list[str]:
    """Return an error for each column that is there twice or has a wrong type."""
    twice = [name for name, count in Counter(schema.names).items() if count > 1]
    model = _MODELS.get(entity)
    return [*(f"has the column {name!r} twice" for name in twice), *(misfits(schema, model) if model else ())]


def records_of(batches: Iterable[Any], source: str, entity: Entity) -> Generator[Record, None, None]:
    """Yield each row as a record; their numbers count from 1."""
    days = days_of(_MODELS[entity]) if entity in _MODELS else frozenset()
    for number, row in enumerate(_rows(batches), 1):
        position = Position(source, number)
        if isinstance(row, str):
            yield Record(position, {"row": number}, refusal=Rejected("client", "malformed", (Reason("", row),)))
        else:
            yield Record(position, _nested(row, days))


def table_rows(batches: Iterable[Any], width: int, mark: str) -> Generator[Row, None, None]:
    """Yield each row as cells of text; their numbers count from 1. `mark` is the decimal mark of the mapping."""
    places = [f"{place}" for place in range(width)]  # a dict by name would lose cells of repeated names
    for number, row in enumerate(_rows(batches, places), 1):
        if isinstance(row, str):
            yield Row(number, [""] * width, row)
            continue
        try:
            yield Row(number, [text_of(value, mark) for value in row.values()])
        except ValueError as error:
            yield Row(number, [""] * width, f"cannot be read: {error}")


def _nested(row: dict[str, Any], days: frozenset[str]) -> dict[str, Any]:
    """Return a row as JSON values. Dotted names make nested objects. A midnight in a field of `days` is a day."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if not _is_null(value):
            day = day_of(value) if name in days else None
            put(fields, name.split("."), _json(day or value))
    return fields


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case list():
            return [_json(inner) for inner in value if not _is_null(inner)]
        case dict():
            return {name: _json(inner) for name, inner in value.items() if not _is_null(inner)}
        case time():
            return value.isoformat()
    return value


def _is_null(value: Any) -> bool:
    """Return whether a value is missing: None, or the NaN that pandas writes for a missing number."""
    return value is None or (isinstance(value, float) and isnan(value))


def _rows(batches: Iterable[Any], names: list[str] | None = None) -> Iterator[dict[str, Any] | str]:
    """Yield each row as Python objects, with these names if given, or the reason why it cannot be read."""
    for batch in batches:
        cut = _without_nanoseconds(batch if names is None else batch.rename_columns(names))
        try:
            rows = cut.to_pylist()
        except (ValueError, OverflowError):
            yield from (_alone(cut.slice(number, 1)) for number in range(cut.num_rows))
        else:
            yield from rows


def _alone(row: Any) -> dict[str, Any] | str:
    try:
        found: dict[str, Any] = row.to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return f"cannot be read: {error}"
    return found


def _without_nanoseconds(batch: Any) -> Any:
    """Cut times to microseconds. Python has nothing finer, and pyarrow would need pandas."""
    import pyarrow

    schema = pyarrow.schema([field.with_type(_microseconds(field.type)) for field in batch.schema])
    return batch if schema.equals(batch.schema) else pyarrow.Table.from_batches([batch]).cast(schema, safe=False)


def _microseconds(arrow: Any) -> Any:
    """Return the same type with times in microseconds, at every depth."""
    import pyarrow
    from pyarrow import types

    if types.is_timestamp(arrow) and arrow.unit == "ns":
        return pyarrow.timestamp("us", arrow.tz)
    if types.is_time64(arrow) and arrow.unit == "ns":
        return pyarrow.time64("us")
    if types.is_duration(arrow) and arrow.unit == "ns":
        return pyarrow.duration("us")
    lists: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
        (types.is_list, pyarrow.list_),
        (types.is_large_list, pyarrow.large_list),
        (types.is_fixed_size_list, lambda inner: pyarrow.list_(inner, arrow.list_size)),
    )
    for is_list, made in lists:
        if is_list(arrow):
            return made(_microseconds(arrow.value_type))
    if types.is_struct(arrow):
        return pyarrow.struct([field.with_type(_microseconds(field.type)) for field in arrow])
    return arrow
