"""Checks a record (a model, a mapping or raw JSON), and encodes it to the bytes that are sent.

Room: _wire. Pure.

Valid raw JSON is sent unchanged: one typed decode validates it, and the same bytes are sent. It is encoded again only
if a rule must change it: an integer invoice number, null members (the server refuses nulls), a default `approvedtime`,
or a record that is too long only because of its spaces and escapes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import msgspec

from woowup_async._cancellation import FAILURES
from woowup_async._text import likely_encoding, printable
from woowup_async._wire.checks import (
    ESCAPE,
    ESCAPED_COLON,
    MEMBER,
    encoder,
    has_duplicates,
    rejected,
    said_nothing,
    without_nulls,
    write_days,
)  # fmt: skip
from woowup_async._wire.plain import plain
from woowup_async._wire.rows import mapping_of
from woowup_async.errors import Reason
from woowup_async.models._base import Model, bare, without_absent
from woowup_async.models._build import misnamed
from woowup_async.models._examine import examine
from woowup_async.outcomes import Rejected

#: Keeps the digits of numbers that are encoded again.
loose = msgspec.json.Decoder(float_hook=Decimal)

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Encoded(msgspec.Struct, frozen=True, gc=False):
    """A record that is ready to be sent.

    Args:
        body: UTF-8 JSON, as sent.
        key: what the server identifies it by.
        dated: whether it has a `createtime`.
        rewritten: whether its JSON had to be encoded again.
        unknown: names that the schema does not have, each with the name that was probably meant.
        left_out: fields of the record that are not in the body.

    """

    body: bytes
    key: str
    dated: bool = True
    rewritten: bool = False
    unknown: tuple[tuple[str, str | None], ...] = ()
    left_out: tuple[str, ...] = ()


@cache  # they are alike for all accounts
def _decode(kind: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(kind).decode


class Shape(ABC):
    """How one kind of record is checked, keyed and encoded.

    Args:
        max_bytes: the largest record as sent.
        strict: refuse names that the schema does not have.

    """

    model: ClassVar[type[Model]]
    #: Whether the decoder checks the patterns of texts. If not, `_has_patterns` does.
    is_patterned: ClassVar[bool] = True

    def __init__(self, max_bytes: int, *, strict: bool = False) -> None:
        self._max_bytes, self._strict = max_bytes, strict
        #: A type without nulls and without checks in Python: `_plainly` checks the rules between fields.
        self._wire = bare(self.model, patterned=self.is_patterned)
        plain = bare(self.model, patterned=self.is_patterned, plain=True)
        self._decode = _decode(plain)
        #: Encoding into the same memory again takes a quarter less time. It is used between two calls of the encoder.
        self._buffer = bytearray()

    @abstractmethod
    def key(self, fields: Mapping[str, Any]) -> str:
        """Return the key by which the server identifies the record."""

    @abstractmethod
    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        """Return the record if it satisfies the rules between fields and none changes it. None: it must be examined."""

    @abstractmethod
    def _holds_json(self, record: Any) -> bool:
        """Return whether its free parts are plain JSON values. The encoder would convert bytes and sets."""

    def _has_patterns(self, record: Any) -> bool:
        """Return whether its texts match the patterns that the decoder did not check."""
        return True

    @abstractmethod
    def _rewrite(self, fields: dict[str, Any]) -> None:
        """Apply the rules that change a record, in place."""

    def encode(self, raw: object) -> Encoded | Rejected:
        """Check and encode a record, or return `Rejected` with all reasons. It never raises."""
        try:
            return self._encoded(raw)
        except FAILURES as error:  # a method of the record failed, or there is a bug: it affects one record only
            return rejected("invalid", Reason("", f"cannot be encoded: {printable(type(error).__name__)}"))

    def _encoded(self, raw: object) -> Encoded | Rejected:
        if isinstance(raw, bytes):
            encoded = self._from_json(raw)
        elif isinstance(raw, self.model):
            encoded = self._from_model(raw)
        elif isinstance(raw, bytearray):
            encoded = self._from_json(bytes(raw))
        elif (fields := raw if isinstance(raw, Mapping) else mapping_of(raw)) is not None:
            encoded = self._from_mapping(fields)
        else:
            expected = f"a {self.model.__name__}, a mapping or the bytes of one JSON object"
            return rejected("invalid", Reason("", f"expected {expected}, got {type(raw).__name__}"))
        if isinstance(encoded, Rejected) or len(encoded.body) <= self._max_bytes:
            return encoded
        return self._measured(encoded)

    def _from_json(self, raw: bytes) -> Encoded | Rejected:
        try:
            record = self._decode(raw)
        except _UNDECODABLE:
            return self._from_doubtful_json(raw)
        encoder.encode_into(record, self._buffer)
        if (
            raw.count(MEMBER) != self._buffer.count(MEMBER)
            or (ESCAPE in raw and ESCAPED_COLON in raw)
            or not self._has_patterns(record)
        ):
            return self._from_doubtful_json(raw)
        return self._plainly(raw.strip(), record) or self._from_doubtful_json(raw)

    def _from_doubtful_json(self, raw: bytes) -> Encoded | Rejected:
        try:
            fields = loose.decode(raw)
        except UnicodeDecodeError:
            encoding = likely_encoding(raw.decode("utf-8", "surrogateescape"))
            return rejected("malformed", Reason("", f"is not UTF-8, probably {encoding}: convert the file to UTF-8"))
        except _UNDECODABLE as error:
            return rejected("malformed", Reason("", f"is not valid JSON: {printable(str(error))}"))
        if not isinstance(fields, dict):
            return rejected("invalid", Reason("", f"expected a JSON object, got {type(fields).__name__}"))
        _, reasons = plain(fields)
        return rejected("invalid", *reasons) if reasons else self._from_fields(fields, raw)

    def _from_model(self, record: Model) -> Encoded | Rejected:
        """Encode a model. It was checked when it was built."""
        try:
            encoder.encode_into(record, self._buffer)
        except Exception:  # a value in one of its dicts cannot be encoded
            return self._from_foreign(record)
        body = bytes(self._buffer)
        # `null` may also be part of a text: then the slow path finds nothing to change. (CPython's search from the end
        # takes half as long as the one from the start.)
        return (body.rfind(b"null") < 0 and self._plainly(body, record)) or self._from_foreign(record)

    def _from_mapping(self, fields: Mapping[str, Any]) -> Encoded | Rejected:
        try:
            record = msgspec.convert(fields, self._wire)
            if not self._holds_json(record):  # before encoding: a value may be endless
                return self._from_foreign(fields)
            body = encoder.encode(fields)
            self._decode(body)  # an infinite Decimal is encoded as invalid JSON
        except Exception:  # methods of foreign values may raise anything
            return self._from_foreign(fields)
        return (self._has_patterns(record) and self._plainly(body, record)) or self._from_foreign(fields)

    def _from_foreign(self, record: object) -> Encoded | Rejected:
        """Encode a mapping with any values, or a model with nulls in its dicts."""
        known, reasons = plain(record)
        return rejected("invalid", *reasons) if reasons else self._from_fields(known, None)

    def _from_fields(self, given: Mapping[str, Any], raw: bytes | None) -> Encoded | Rejected:
        fields = without_absent(given)
        found = examine(self.model, fields)
        if found.reasons:
            return rejected("invalid", *found.reasons, *said_nothing(given, fields))
        if self._strict and found.unknown:
            return rejected("unknown_fields", *(misnamed(*pair) for pair in found.unknown.items()))
        write_days(fields, found.days)
        sent = without_nulls(fields)
        sent |= {name: int(sent[name]) for name in found.whole}
        self._rewrite(sent)
        changed = raw is not None and (bool(found.whole) or sent != given or has_duplicates(raw, given))
        body = raw.strip() if raw is not None and not changed else encoder.encode(sent)
        return Encoded(body, self.key(sent), "createtime" in sent, changed, tuple(found.unknown.items()))

    def _measured(self, encoded: Encoded) -> Encoded | Rejected:
        """Shorten a record that is too long: first its spaces and escapes, then what the policy allows."""
        compact = encoder.encode(loose.decode(encoded.body))
        if len(compact) <= self._max_bytes:
            return msgspec.structs.replace(encoded, body=compact, rewritten=True)
        shrunk, left_out = self._shrunk(compact)
        if len(shrunk) <= self._max_bytes:
            return msgspec.structs.replace(encoded, body=shrunk, rewritten=True, left_out=left_out)
        reason = f"is {len(compact):,} bytes as sent, the limit is {self._max_bytes:,}"
        if left_out:
            reason += f"; {len(shrunk):,} without {', '.join(left_out)}"
        return rejected("too_large", Reason("", reason))

    def _shrunk(self, body: bytes) -> tuple[bytes, tuple[str, ...]]:
        """Leave out optional texts until the record fits or none is left."""
        return body, ()
