"""Checks of `encode` that the types of a record do not express.

Room: _wire. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from math import isfinite
from string import ascii_letters, digits
from typing import Any

import msgspec
from msgspec import UNSET

from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._absent import FIRST, is_absent_identifier
from woowup_async.models._base import IDENTIFIERS
from woowup_async.models._clear import as_null
from woowup_async.outcomes import Rejected

#: Decimals become JSON numbers with their digits.
encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=as_null)
#: Every name is followed by a colon. If a record's JSON has as many colons as the decoded record, no name is repeated.
#: Of a repeated name, the decoder keeps the last value. Which one the server keeps is not known.
MEMBER = b":"
#: A colon may be written as an escape. Then the count of colons proves nothing. (To look for one byte first is twenty
#: times faster than to look for five.)
ESCAPE, ESCAPED_COLON = b"\\", b"\\u003"

#: One name or number of a path such as `purchase_detail[0].sku`.
_PART = re.compile(r"[^.\[\]]+")
_PLAIN = {str, int, bool, Decimal}


#: First characters that no word for a missing value has (`is_absent_identifier`).
CERTAIN = frozenset(digits + ascii_letters) - FIRST


def has_no_identifier(record: Any) -> bool:
    """Return whether a decoded record has no identifier, or one that is empty or a word for a missing value."""
    is_missing = True
    for value in (record.service_uid, record.email, record.document, record.telephone):
        # nearly all values begin with one of these, and then none of this needs a call
        if value:
            if value[0] not in CERTAIN and is_absent_identifier(value):
                return True
            is_missing = False
        elif value is not None and value is not UNSET:
            return True
    return is_missing


def is_given(value: object) -> bool:
    """Return whether a field has a value, in a model or in its bare twin."""
    return value is not None and value is not UNSET


def is_json(value: Any, depth: int = 2) -> bool:
    """Return whether a value is certainly plain, shallow JSON without nulls. Others must be examined."""
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
    """Return the outcome of a record that is refused before sending."""
    return Rejected("client", code, reasons)


def without_nulls(value: Any) -> Any:
    """Drop null members and elements at every depth. They mean a missing value, and the server refuses them."""
    if isinstance(value, Mapping):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [without_nulls(inner) for inner in value if inner is not None]
    return value


def hides_colons(raw: bytes) -> bool:
    """Return whether a JSON text may have a colon that is written as an escape."""
    return ESCAPE in raw and ESCAPED_COLON in raw


def has_duplicates(raw: bytes, fields: Mapping[str, Any]) -> bool:
    """Return whether an object in a JSON text, at any depth, has a name twice. `fields` is the decoded text."""
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
    """Yield reasons for the identifiers that were left out, if none is left."""
    if any(kept.get(name) for name in IDENTIFIERS):
        return
    for name in IDENTIFIERS:
        if (value := given.get(name)) is not None and name not in kept:
            yield Reason(name, f"'{printable(value, 40)}' is not an identifier")


def write_days(fields: Mapping[str, Any], paths: Iterable[str]) -> None:
    """Write the times at these paths as days, in place. `fields` is a copy of the record."""
    for path in paths:
        *outer, last = _PART.findall(path)
        place: Any = fields
        for part in outer:
            place = place[int(part) if isinstance(place, list) else part]
        place[last] = place[last].date()
