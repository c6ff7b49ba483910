"""Finds the customer of a record, in any form of the record.

Room: _wire. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from woowup_async._cancellation import FAILURES
from woowup_async._wire.rows import fields_of
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS


class _IdentifyingFields(msgspec.Struct):
    service_uid: Any = None
    email: Any = None
    document: Any = None
    telephone: Any = None


#: Characters of a damaged text that are searched (guessed: more than a record has).
_MOST_SCANNED = 300_000
_decode = msgspec.json.Decoder(_IdentifyingFields).decode


#: An identifier in a text that is not valid JSON: a line that was cut, or has a stray character.
_IN_TEXT = re.compile(r'"(service_uid|email|document|telephone)"\s*:\s*(?:"((?:[^"\\\x00-\x1f]|\\.)*)"|([0-9]+))')


def identifiers_of(raw: object) -> tuple[str, ...]:
    """Return `name:value` of each identifier that can be read in a record.

    The record may be a model, a mapping, raw JSON, damaged or not, or refused rows of a table with the identifiers that
    were read in them. Anything else has no identifiers. It never raises.
    """
    try:
        if type(raw) is bytes:  # nearly always: an encoded record
            return _named(_decode(raw))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return tuple(dict.fromkeys(f"{name}:{value}" for name, value in _pairs(raw) if _is_named(value)))
    except FAILURES:  # methods of foreign values may raise anything
        return ()


def _named(found: _IdentifyingFields) -> tuple[str, ...]:
    pairs = (
        ("service_uid", found.service_uid), ("email", found.email),
        ("document", found.document), ("telephone", found.telephone),
    )  # fmt: skip
    return tuple([f"{name}:{value}" for name, value in pairs if value is not None and _is_named(value)])


def _pairs(raw: object) -> Iterator[tuple[str, Any]]:
    if isinstance(raw, bytes | bytearray | str):
        yield from _in_json(raw)
    elif isinstance(raw, Mapping):
        if "rows" in raw:  # refused rows of a table, with the identifiers that were read in them
            found: Mapping[str, Any] = raw.get("identifiers") or {}
            yield from ((name, each) for name in IDENTIFIERS for each in found.get(name, ()))
        else:
            yield from ((name, raw.get(name)) for name in IDENTIFIERS)
    elif (fields := fields_of(raw)) is not None:
        yield from ((name, fields.get(name)) for name in IDENTIFIERS)
    else:
        yield from ((name, getattr(raw, name, None)) for name in IDENTIFIERS)


def _in_json(raw: bytes | bytearray | str) -> Iterator[tuple[str, Any]]:
    try:
        found = _decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        text = raw if isinstance(raw, str) else raw.decode(errors="replace")
        for match in _IN_TEXT.finditer(text[:_MOST_SCANNED]):
            name, quoted, digits = match.groups()
            yield name, digits if quoted is None else quoted.replace("\\/", "/")
    else:
        yield from ((name, getattr(found, name)) for name in IDENTIFIERS)


def _is_named(value: object) -> bool:
    if isinstance(value, str):
        return not is_absent_identifier(value)
    return isinstance(value, int) and not isinstance(value, bool)


class _Named(msgspec.Struct):
    invoice_number: str | int
    branch_name: str | None = None


_decode_named = msgspec.json.Decoder(_Named).decode


def purchase_of(body: bytes) -> tuple[str, str | None]:
    """Return invoice number and branch of an encoded purchase."""
    named = _decode_named(body)
    return str(named.invoice_number), named.branch_name
