"""Rows of Arrow batches, from a file or from memory: as records with the API's names, or as cells for a mapping.

Room: sources. It needs pyarrow, which it imports when it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, date, datetime, time
from math import isnan
from typing import Any, NamedTuple

from woowup_async._flow import Entity, Position, Record
from woowup_async.errors import Reason
from woowup_async.models._base import Model
from woowup_async.models._calendar import day_of
from woowup_async.models.product import Branch, Product
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected
from woowup_async.sources._arrow import days_of, misfits
from woowup_async.sources._typed import cells_of
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


class _Damaged(NamedTuple):
    """A row with a value that cannot be read, which is None here."""

    values: dict[str, Any]
    fault: str


def faults(schema: Any, entity: Entity) -> list[str]:
    """Return an error for each column that is there twice, holds another one, or has a wrong type."""
    twice = [name for name, count in Counter(schema.names).items() if count > 1]
    model = _MODELS.get(entity)
    # one of the two values would replace the other
    holders = {name: f"{name}." for name in schema.names}
    inside = [(name, other) for name, begin in holders.items() for other in schema.names if other.startswith(begin)]
    both = (f"has the columns {name!r} and {other!r}, which is a part of it" for name, other in inside)
    return [*(f"has the column {name!r} twice" for name in twice), *both, *(misfits(schema, model) if model else ())]


def records_of(batches: Iterable[Any], source: str, entity: Entity, first: int = 1) -> Generator[Record, None, None]:
    """Yield each row as a record; their numbers count from `first`."""
    days = days_of(_MODELS[entity]) if entity in _MODELS else frozenset()
    for number, row in enumerate(_rows(batches), first):
        position = Position(source, number)
        if isinstance(row, _Damaged):
            yield Record(position, {"row": number}, refusal=Rejected("client", "malformed", (Reason("", row.fault),)))
        else:
            yield Record(position, _nested(row, days))


def table_rows(batches: Iterable[Any], width: int, mark: str) -> Generator[Row, None, None]:
    """Yield each row as cells of text; their numbers count from 1. `mark` is the decimal mark of the mapping."""
    places = [f"{place}" for place in range(width)]  # a dict by name would lose cells of repeated names
    for number, row in enumerate(_rows(batches, places), 1):
        values, fault = row if isinstance(row, _Damaged) else (row, "")
        cells, other = cells_of(values.values(), mark)
        yield Row(number, cells, fault or other)


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


def _rows(batches: Iterable[Any], names: list[str] | None = None) -> Iterator[dict[str, Any] | _Damaged]:
    """Yield each row as Python objects, with these names if given."""
    for batch in batches:
        cut = _plainly_typed(batch if names is None else batch.rename_columns(names))
        try:
            rows = cut.to_pylist()
        except (ValueError, OverflowError):
            yield from (_alone(cut.slice(number, 1)) for number in range(cut.num_rows))
        else:
            yield from rows


def _alone(row: Any) -> dict[str, Any] | _Damaged:
    found: dict[str, Any] = {}
    fault = ""
    for name, column in zip(row.schema.names, row.columns):
        try:
            found[name] = column.to_pylist()[0]
        except (ValueError, OverflowError) as error:
            found[name] = None
            fault = fault or f"cannot be read: {error}"
    return _Damaged(found, fault) if fault else found


def _plainly_typed(batch: Any) -> Any:
    """Cut times to microseconds, and widen floats of 32 bits to what their shortest text says.

    Python has nothing finer, and pyarrow would need pandas. A float of 32 bits that was 10.1 would become
    10.100000381469727.
    """
    import pyarrow
    from pyarrow import types

    def changed(number: Any) -> Any:
        def of(arrow: Any) -> Any:
            return number if types.is_float32(arrow) else _microseconds(arrow)

        return pyarrow.schema([field.with_type(_each(field.type, of)) for field in batch.schema])

    plain = changed(pyarrow.float64())
    if plain.equals(batch.schema):
        return batch
    table = pyarrow.Table.from_batches([batch])
    return table.cast(changed(pyarrow.string()), safe=False).cast(plain, safe=False)


def _microseconds(arrow: Any) -> Any:
    """Return the same type with times in microseconds."""
    import pyarrow
    from pyarrow import types

    if types.is_timestamp(arrow) and arrow.unit == "ns":
        return pyarrow.timestamp("us", arrow.tz)
    if types.is_time64(arrow) and arrow.unit == "ns":
        return pyarrow.time64("us")
    if types.is_duration(arrow) and arrow.unit == "ns":
        return pyarrow.duration("us")
    return arrow


def _each(arrow: Any, change: Callable[[Any], Any]) -> Any:
    """Return a type with its parts changed, at every depth."""
    import pyarrow
    from pyarrow import types

    lists: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
        (types.is_list, pyarrow.list_),
        (types.is_large_list, pyarrow.large_list),
        (types.is_fixed_size_list, lambda inner: pyarrow.list_(inner, arrow.list_size)),
    )
    for is_list, made in lists:
        if is_list(arrow):
            return made(_each(arrow.value_type, change))
    if types.is_struct(arrow):
        return pyarrow.struct([field.with_type(_each(field.type, change)) for field in arrow])
    return change(arrow)
