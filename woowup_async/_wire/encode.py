"""From a record to the bytes that are sent: a model, a mapping or raw JSON, checked and measured.

Room: _wire. Pure. Called by `_ingest` for each record and by `_resources` for each body.

Raw JSON that is clean passes through as it is: one typed decode validates it, and the same bytes are sent. Only where
a rule must change them are they encoded anew: an integer invoice number, null members (the server refuses nulls), a
defaulted `approvedtime`, or a record that is too long only for its spaces and escapes.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET

from woowup_async._text import printable
from woowup_async._wire.checks import (
    ESCAPE,
    MEMBER,
    encoder,
    has_duplicates,
    hides_colons,
    is_given,
    is_json,
    misnamed,
    names_nobody,
    rejected,
    said_nothing,
    without_nulls,
)  # fmt: skip
from woowup_async._wire.plain import plain
from woowup_async.errors import Reason
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS, bare, without_absent
from woowup_async.models._calendar import is_birthdate, is_day, is_loose_date
from woowup_async.models._examine import examine
from woowup_async.models._fields import Email, Moment, SixDigits, Sku
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected

#: Keeps the digits of numbers that are encoded anew.
_loose = msgspec.json.Decoder(float_hook=Decimal)

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _pattern(hint: Any) -> Callable[[str], object]:
    return re.compile(next(meta.pattern for meta in hint.__metadata__)).search


# Patterns of a purchase's texts: msgspec would call them too, and take twice as long to do so.
_sku, _email, _six_digits, _moment = map(_pattern, (Sku, Email, SixDigits, Moment))


class Encoded(msgspec.Struct, frozen=True, gc=False):
    """A record ready to be sent, and what was noticed on the way.

    Args:
        body: UTF-8 JSON, as sent.
        key: what the server knows it by.
        dated: whether it has a `createtime`.
        rewritten: whether its JSON had to be encoded anew.
        unknown: names that the schema does not know, each with the name that was probably meant.
        left_out: fields of the record that are not in the body.

    """

    body: bytes
    key: str
    dated: bool = True
    rewritten: bool = False
    unknown: tuple[tuple[str, str | None], ...] = ()
    left_out: tuple[str, ...] = ()


class Shape(ABC):
    """How one kind of record is checked, keyed and encoded.

    Args:
        max_bytes: largest record as sent.
        strict: refuse names that the schema does not know.

    """

    model: ClassVar[type[Purchase] | type[User]]
    #: Whether the decoder holds the patterns of texts; if not, `_has_patterns` does.
    is_patterned: ClassVar[bool] = True

    def __init__(self, max_bytes: int, *, strict: bool = False) -> None:
        self._max_bytes, self._strict = max_bytes, strict
        #: Without nulls, and without what Python does after decoding: `_plainly` holds the rules between fields.
        self._wire = bare(self.model, patterned=self.is_patterned)
        plain = bare(self.model, patterned=self.is_patterned, plain=True)
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(plain).decode

    @abstractmethod
    def key(self, fields: Mapping[str, Any]) -> str:
        """Name the record as the server knows it."""

    @abstractmethod
    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        """Take a record that holds the rules between its fields, and that none changes; None: examine it."""

    @abstractmethod
    def _holds_json(self, record: Any) -> bool:
        """Whether its free parts are plain JSON values: the encoder would write bytes and sets as something else."""

    def _has_patterns(self, record: Any) -> bool:
        """Whether its texts hold the patterns that the decoder did not check."""
        return True

    @abstractmethod
    def _rewrite(self, fields: dict[str, Any]) -> None:
        """Apply those rules in place."""

    def encode(self, raw: object) -> Encoded | Rejected:
        """Check and encode; what is wrong comes back as `Rejected` with all its reasons. It raises for no record."""
        try:
            return self._encoded(raw)
        except Exception as error:  # of a method of the record, or a defect: it is one record's trouble
            return rejected("invalid", Reason("", f"cannot be encoded: {printable(type(error).__name__)}"))

    def _encoded(self, raw: object) -> Encoded | Rejected:
        if isinstance(raw, bytes):
            encoded = self._from_json(raw)
        elif isinstance(raw, self.model):
            encoded = self._from_model(raw)
        elif isinstance(raw, bytearray):
            encoded = self._from_json(bytes(raw))
        elif isinstance(raw, Mapping):
            encoded = self._from_mapping(raw)
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
        is_sound = raw.count(MEMBER) == encoder.encode(record).count(MEMBER) and self._has_patterns(record)
        is_sound = is_sound and not (ESCAPE in raw and hides_colons(raw))
        return (is_sound and self._plainly(raw.strip(), record)) or self._from_doubtful_json(raw)

    def _from_doubtful_json(self, raw: bytes) -> Encoded | Rejected:
        try:
            fields = _loose.decode(raw)
        except _UNDECODABLE as error:
            return rejected("malformed", Reason("", f"is not valid JSON: {printable(str(error))}"))
        if not isinstance(fields, dict):
            return rejected("invalid", Reason("", f"expected a JSON object, got {type(fields).__name__}"))
        _, reasons = plain(fields)
        return rejected("invalid", *reasons) if reasons else self._from_fields(fields, raw)

    def _from_model(self, record: Purchase | User) -> Encoded | Rejected:
        """It has held its rules since it was built."""
        try:
            body = encoder.encode(record)
        except Exception:  # of a value in one of its dicts
            return self._from_foreign(record)
        # `null` may also stand inside a text: the slow path then finds nothing to change
        return (b"null" not in body and self._plainly(body, record)) or self._from_foreign(record)

    def _from_mapping(self, fields: Mapping[str, Any]) -> Encoded | Rejected:
        try:
            record = msgspec.convert(fields, self._wire)
            if not self._holds_json(record):  # before it is encoded: it may be without end
                return self._from_foreign(fields)
            body = encoder.encode(fields)
            self._decode(body)  # an infinite Decimal is written as no JSON at all
        except Exception:  # of a value of a class of its own, too
            return self._from_foreign(fields)
        return (self._has_patterns(record) and self._plainly(body, record)) or self._from_foreign(fields)

    def _from_foreign(self, record: object) -> Encoded | Rejected:
        """Take a mapping that may hold anything, or a model with nulls in its dicts."""
        known, reasons = plain(record)
        return rejected("invalid", *reasons) if reasons else self._from_fields(known, None)

    def _from_fields(self, given: Mapping[str, Any], raw: bytes | None) -> Encoded | Rejected:
        fields = without_absent(given)
        found = examine(self.model, fields)
        if found.reasons:
            return rejected("invalid", *found.reasons, *said_nothing(given, fields))
        if self._strict and found.unknown:
            return rejected("unknown_fields", *(misnamed(*pair) for pair in found.unknown.items()))
        sent = without_nulls(fields)
        self._rewrite(sent)
        changed = raw is not None and (sent != given or has_duplicates(raw, given))
        body = raw.strip() if raw is not None and not changed else encoder.encode(sent)
        return Encoded(body, self.key(sent), "createtime" in sent, changed, tuple(found.unknown.items()))

    def _measured(self, encoded: Encoded) -> Encoded | Rejected:
        """Make a record that is too long shorter without changing it, or as the policy allows."""
        compact = encoder.encode(_loose.decode(encoded.body))
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
        """Leave out what may be left out until it fits, or nothing is left to leave out."""
        return body, ()


def purchase_key(number: str, branch: str | None = None) -> str:
    """Name a purchase as the server knows it; no two different ones have the same key."""
    if branch:
        return f"{branch.replace('%', '%25').replace('/', '%2F')}/{number}"
    return f"/{number}" if "/" in number else number


#: Texts of a line that a purchase can do without, in the order in which `shrink` leaves them out.
DISPENSABLE = ("description", "specifications", "thumbnail_url", "image_url", "url")


class PurchaseShape(Shape):
    """Purchases: known by branch and invoice number.

    Args:
        max_bytes: largest purchase as sent.
        strict: refuse names that the schema does not know.
        approvedtime: fill a missing one with the `createtime`.
        shrink: leave `DISPENSABLE` texts out of a purchase that is too large.

    """

    model, is_patterned = Purchase, False

    def __init__(
        self, max_bytes: int, *, strict: bool = False, approvedtime: bool = False, shrink: bool = False
    ) -> None:
        super().__init__(max_bytes, strict=strict)
        self._approvedtime, self._shrink = approvedtime, shrink
        self._branch: str | None = None
        self._prefix = ""

    def key(self, fields: Mapping[str, Any]) -> str:
        """`branch/invoice`, or the invoice number alone."""
        return purchase_key(str(fields["invoice_number"]), fields.get("branch_name"))

    def _shrunk(self, body: bytes) -> tuple[bytes, tuple[str, ...]]:
        left_out: list[str] = []
        if not self._shrink:
            return body, ()
        fields = _loose.decode(body)
        for name in DISPENSABLE:
            if len(body) <= self._max_bytes:
                break
            without = [line.pop(name, None) for line in fields["purchase_detail"]]
            if any(value is not None for value in without):
                body = encoder.encode(fields)
                left_out.append(f"purchase_detail[].{name}")
        return body, tuple(left_out)

    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        number, payment, branch = record.invoice_number, record.payment, record.branch_name
        if (
            type(number) is not str
            or not number
            or ((not number[0].isalnum() or number[0] in "nN") and is_absent_identifier(number))
            or not (record.email or record.service_uid or record.document or record.telephone)
            or names_nobody(record)
            or (type(payment) is list and not all(is_given(each.total) for each in payment))
            or (self._approvedtime and record.createtime and not record.approvedtime)
        ):
            return None
        if branch != self._branch:  # of one branch there are many in a row
            self._branch, self._prefix = branch, purchase_key("", branch or None)
        key = self._prefix + number if self._prefix else purchase_key(number)
        return Encoded(body, key, bool(record.createtime))

    def _holds_json(self, record: Any) -> bool:
        for each in (record, *record.purchase_detail):
            if each.custom_attributes and not is_json(each.custom_attributes):
                return False
        return not record.metadata or is_json(record.metadata)

    def _has_patterns(self, record: Any) -> bool:
        for line in record.purchase_detail:
            if not _sku(line.sku):
                return False
            ends, extended = line.manufacturer_warranty_date, line.extension_warranty_date
            if (ends and not is_loose_date(ends)) or (extended and not is_loose_date(extended)):
                return False
        created, approved, payment, seller = record.createtime, record.approvedtime, record.payment, record.seller
        if created is not UNSET and not (_moment(created) and (created[8:10] < "29" or is_day(created))):
            return False
        if (
            approved is not UNSET
            and approved != created
            and not (_moment(approved) and (approved[8:10] < "29" or is_day(approved)))
        ):
            return False
        if seller is not UNSET and not _email(seller.email):
            return False
        if payment is UNSET:
            return True
        for each in payment if type(payment) is list else (payment,):
            if each.card_first_digits is not UNSET and not _six_digits(each.card_first_digits):
                return False
        return True

    def _rewrite(self, fields: dict[str, Any]) -> None:
        fields["invoice_number"] = str(fields["invoice_number"])
        if self._approvedtime and "createtime" in fields:
            fields.setdefault("approvedtime", fields["createtime"])


#: What `salvage` keeps of a user.
ESSENTIAL = (*IDENTIFIERS, "first_name", "last_name")


class UserShape(Shape):
    """Users: known by the first of their identifiers."""

    model = User

    def salvaged(self, raw: object) -> Encoded | None:
        """Encode identifiers and names only; None where that is no less, or is refused here, too."""
        try:
            fields, left_out = self._parted(raw)
        except Exception:  # no JSON, or of a method of the record
            return None
        encoded = self.encode(fields)
        return (
            msgspec.structs.replace(encoded, left_out=left_out) if left_out and isinstance(encoded, Encoded) else None
        )

    def _parted(self, raw: object) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What is kept of a user, and the names of what is not."""
        given: Any = _loose.decode(raw) if isinstance(raw, bytes | bytearray) else raw
        if isinstance(given, User):
            given = msgspec.structs.asdict(given)
        read, _ = plain(given)
        kept = {name: read[name] for name in ESSENTIAL if read.get(name) is not None}
        return kept, tuple(name for name in read if name not in kept and given[name] is not None)

    def key(self, fields: Mapping[str, Any]) -> str:
        """`identifier:value`."""
        return next(f"{name}:{fields[name]}" for name in IDENTIFIERS if fields.get(name))

    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        born, joined = record.birthdate, record.club_inscription_date
        if names_nobody(record) or (born and not is_birthdate(born)) or (joined and not is_loose_date(joined)):
            return None
        for name in IDENTIFIERS:
            if value := getattr(record, name):
                return Encoded(body, f"{name}:{value}")
        return None

    def _holds_json(self, record: Any) -> bool:
        return not record.custom_attributes or is_json(record.custom_attributes)

    def _rewrite(self, fields: dict[str, Any]) -> None:
        return
