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
    if isinstance(raw, bytes | bytearray):
        try:
            raw = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ()
    if isinstance(raw, Mapping):
        found = ((name, raw.get(name)) for name in IDENTIFIERS)
    else:
        found = ((name, getattr(raw, name, None)) for name in IDENTIFIERS)
    return tuple(f"{name}:{value}" for name, value in found if value and isinstance(value, str | int))


class _Named(msgspec.Struct):
    invoice_number: str | int
    branch_name: str | None = None


_decode_named = msgspec.json.Decoder(_Named).decode


def purchase_of(body: bytes) -> tuple[str, str | None]:
    """Return invoice number and branch of an encoded purchase."""
    named = _decode_named(body)
    return str(named.invoice_number), named.branch_name
