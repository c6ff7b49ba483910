"""What `encode` asks of a record beside its types.

Room: _wire. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec
from msgspec import UNSET

from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS
from woowup_async.models._clear import as_null
from woowup_async.outcomes import Rejected

#: Decimals go out as JSON numbers with the digits given.
encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=as_null)
#: A name ends in a colon. A record whose JSON has as many colons as what was decoded has no name twice: of a name that
#: stands twice the decoder keeps the last, and which one the server keeps is not known.
MEMBER = b":"
#: A colon may be written as an escape; where one is, the count of colons says nothing. (Looking for one byte first is
#: twenty times faster than looking for five.)
ESCAPE, _ESCAPED_COLON = b"\\", b"\\u003"

_PLAIN = {str, int, bool, Decimal}


def has_no_identifier(record: Any) -> bool:
    """Whether an identifier of a decoded record says nothing."""
    for value in (record.service_uid, record.email, record.document, record.telephone):
        if value == "" or (value and (not value[0].isalnum() or value[0] in "nN") and is_absent_identifier(value)):
            return True
    return False


def is_given(value: object) -> bool:
    """Whether a field holds something, in a model or in its bare twin."""
    return value is not None and value is not UNSET


def is_json(value: Any, depth: int = 2) -> bool:
    """Whether a value is surely plain JSON without nulls, and shallow; of anything else the examination decides."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is float:
        return isfinite(value)
    if not depth:
        return False
    if kind is dict:
        for name, inner in value.items():
            if type(name) is not str or not (type(inner) in _PLAIN or is_json(inner, depth - 1)):
                return False
        return True
    return kind is list and all(is_json(inner, depth - 1) for inner in value)


def rejected(code: str, *reasons: Reason) -> Rejected:
    """Refuse a record here, so that it costs no request."""
    return Rejected("client", code, reasons)


def without_nulls(value: Any) -> Any:
    """Drop null members and elements, at every depth: the server refuses nulls, and they mean absent."""
    if isinstance(value, Mapping):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [without_nulls(inner) for inner in value if inner is not None]
    return value


def hides_colons(raw: bytes) -> bool:
    """Whether a JSON text may have a colon as an escape."""
    return ESCAPE in raw and _ESCAPED_COLON in raw


def has_duplicates(raw: bytes, fields: Mapping[str, Any]) -> bool:
    """Whether an object of a JSON text, at any depth, has a name twice. `fields` is what was decoded."""
    if not hides_colons(raw) and raw.count(MEMBER) == encoder.encode(fields).count(MEMBER):
        return False
    try:
        json.loads(raw, object_pairs_hook=_distinct)
    except ValueError:
        return True
    return False


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise ValueError


def said_nothing(given: Mapping[str, Any], kept: Mapping[str, Any]) -> Iterator[Reason]:
    """Name the identifiers that were left out, where that left none."""
    if any(kept.get(name) for name in IDENTIFIERS):
        return
    for name in IDENTIFIERS:
        if (value := given.get(name)) is not None and name not in kept:
            yield Reason(name, f"'{printable(value, 40)}' is not an identifier")


def misnamed(name: str, suggestion: str | None) -> Reason:
    hint = f"; was {suggestion} meant?" if suggestion else ""
    return Reason(printable(name), f"is not a field of the schema{hint}")
