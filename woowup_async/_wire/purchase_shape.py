"""Purchases: how they are checked, keyed and encoded.

Room: _wire. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import UNSET

from woowup_async._wire.checks import CERTAIN, encoder, has_no_identifier, is_given, is_json
from woowup_async._wire.shape import Encoded, Shape, loose
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._calendar import is_day, is_loose_date
from woowup_async.models._fields import Email, Moment, SixDigits, Sku
from woowup_async.models.purchase import Purchase


def _pattern(hint: Any) -> Callable[[str], object]:
    return re.compile(next(meta.pattern for meta in hint.__metadata__)).search


# Patterns of a purchase's texts. If msgspec called them, they would take twice as long. Purchases share most texts but
# their times, and to remember an answer takes half the time of a search. Long texts are not kept.
_sku, _email, _six_digits, _moment = map(_pattern, (Sku, Email, SixDigits, Moment))
_known_sku, _known_email, _known_date = map(lru_cache(4_096), (_sku, _email, is_loose_date))
_SHORT = 64


def _is_date(text: str) -> object:
    return _known_date(text) if len(text) < _SHORT else is_loose_date(text)


def purchase_key(number: str, branch: str | None = None) -> str:
    """Return the key by which the server identifies a purchase. Different purchases have different keys."""
    if branch:
        return f"{branch.replace('%', '%25').replace('/', '%2F')}/{number}"
    return f"/{number}" if "/" in number else number


#: Optional texts of a line, in the order in which `shrink` leaves them out.
DISPENSABLE = ("description", "specifications", "thumbnail_url", "image_url", "url")


class PurchaseShape(Shape):
    """Purchases, identified by branch and invoice number.

    Args:
        max_bytes: the largest purchase as sent.
        strict: refuse names that the schema does not have.
        approvedtime: copy `createtime` to a missing `approvedtime`.
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
        """Return `branch/invoice`, or the invoice number alone."""
        return purchase_key(str(fields["invoice_number"]), fields.get("branch_name"))

    def _shrunk(self, body: bytes) -> tuple[bytes, tuple[str, ...]]:
        left_out: list[str] = []
        if not self._shrink:
            return body, ()
        fields = loose.decode(body)
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
            or (number[0] not in CERTAIN and is_absent_identifier(number))
            or has_no_identifier(record)
            or (type(payment) is list and not all(is_given(each.total) for each in payment))
            or (self._approvedtime and record.createtime and not record.approvedtime)
        ):
            return None
        if branch != self._branch:  # many purchases in a row have the same branch
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
            sku, ends, extended = line.sku, line.manufacturer_warranty_date, line.extension_warranty_date
            if not (_known_sku(sku) if len(sku) < _SHORT else _sku(sku)):
                return False
            if (ends and not _is_date(ends)) or (extended and not _is_date(extended)):
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
        if seller is not UNSET and not (_known_email if len(seller.email) < _SHORT else _email)(seller.email):
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
