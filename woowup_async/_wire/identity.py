"""Who a record is about, whatever form it has.

Room: _wire. Pure. Asked by `_ingest` where a user was not accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from woowup_async.models._base import IDENTIFIERS


class _Identifiers(msgspec.Struct):
    service_uid: Any = None
    email: Any = None
    document: Any = None
    telephone: Any = None


_decode = msgspec.json.Decoder(_Identifiers).decode


def identifiers_of(raw: object) -> tuple[str, ...]:
    """Return `name:value` of each identifier of a model, a mapping or raw JSON; of anything else none."""
    try:
        if isinstance(raw, bytes | bytearray):
            raw = _decode(raw)
    except Exception:  # no JSON, or of a method of the record
        return ()
    return tuple(f"{name}:{value}" for name in IDENTIFIERS if (value := _identifier(raw, name)))


def _identifier(raw: object, name: str) -> str:
    """One identifier as text; "" where there is none, or where it cannot be read."""
    try:
        value = raw.get(name) if isinstance(raw, Mapping) else getattr(raw, name, None)
        if isinstance(value, str):
            return str.__str__(value)
        return int.__repr__(value) if isinstance(value, int) and int.__bool__(value) else ""
    except Exception:  # of a method of the record or of the value, or an int of thousands of digits
        return ""


class _Named(msgspec.Struct):
    invoice_number: str | int
    branch_name: str | None = None


_decode_named = msgspec.json.Decoder(_Named).decode


def purchase_of(body: bytes) -> tuple[str, str | None]:
    """Return invoice number and branch of an encoded purchase."""
    named = _decode_named(body)
    return str(named.invoice_number), named.branch_name
