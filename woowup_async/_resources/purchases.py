"""`woowup.purchases`: one request for each call. For many purchases, use `woowup.ingest`.

Room: _resources.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from woowup_async._resources import endpoints
from woowup_async._resources.arguments import address_of, paging_of, query_of, text_of
from woowup_async._resources.base import Resource, Send, body_of, decoded, encoded_or_raise
from woowup_async._resources.endpoints import PURCHASES_CREATE, PURCHASES_CREATE_BULK
from woowup_async._transport.call import Call
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async.errors import InvalidRecord, NotFound, Reason
from woowup_async.models.purchase import Purchase
from woowup_async.models.replies import Queued
from woowup_async.models.stored_purchase import Card, StoredPurchase
from woowup_async.policies import BatchPolicy

#: The most cards that are remembered (guessed: a few megabytes).
_CARDS = 10_000


class Purchases(Resource):
    """Create, update, find and delete purchases. Each must belong to a user that exists."""

    def __init__(self, send: Send, policy: BatchPolicy, cards: dict[str, Card]) -> None:
        super().__init__(send)
        self._policy, self._cards = policy, cards
        self._shape = PurchaseShape(policy.max_item_bytes)

    async def create(self, purchase: Purchase | Mapping[str, Any] | bytes) -> Queued:
        """Queue one purchase. The server processes it in near real time (documented).

        If an answer was lost and the repeat finds that the purchase exists, the call succeeds. The returned code is
        then `duplicated_purchase_number`.

        Raises:
            InvalidRecord: it breaks the schema or is larger than 262,144 bytes. Nothing was sent.
            NotFound: its user does not exist (code `user_not_found`).
            BadRequest: it exists (code `duplicated_purchase_number`), or the server gives other reasons.

        """
        call = Call(PURCHASES_CREATE, body=encoded_or_raise(self._shape, purchase).body, is_creation=True)
        return decoded(PURCHASES_CREATE, await self._send(call))

    async def create_bulk(self, purchases: Iterable[Purchase | Mapping[str, Any] | bytes]) -> Queued:
        """Queue several purchases in one request. The server takes all or none, as far as is known (U5).

        Raises:
            InvalidRecord: one of them breaks the schema (paths begin with its index), or the list is empty.
            ValueError: they are more than `BatchPolicy` allows in one request. `woowup.ingest` makes several requests.
            ApiError: the server refused all of them.

        """
        bodies = [encoded_or_raise(self._shape, one, f"[{n}]").body for n, one in enumerate(purchases)]
        size = sum(map(len, bodies)) + len(bodies) - 1
        too_large = size > self._policy.max_bytes and len(bodies) > 1
        if not bodies or len(bodies) > self._policy.max_items or too_large:
            limits = f"1 to {self._policy.max_items} purchases and {self._policy.max_bytes:,} bytes"
            raise ValueError(f"one bulk request takes {limits}, got {len(bodies)} and {size:,}; use woowup.ingest")
        return await self._ask(PURCHASES_CREATE_BULK, body=b"[" + b",".join(bodies) + b"]")

    async def update(self, purchase: Purchase | Mapping[str, Any] | bytes) -> Queued:
        """Queue the replacement of a purchase, by branch and invoice number. Send all its fields (Q41).

        Raises:
            InvalidRecord: it breaks the schema. Nothing was sent.
            ApiError: the server refused it.

        """
        return await self._ask(endpoints.PURCHASES_UPDATE, body=encoded_or_raise(self._shape, purchase).body)

    async def search(
        self, *, service_uid: str, limit: int | None = None, page: int = 0, page_size: int | None = None
    ) -> AsyncIterator[StoredPurchase]:
        """Yield the purchases of a customer. Returned purchases have another shape than sent ones (Q43).

        The section of this operation does not mention pages, but the start page says that every search has them. A
        server that returns everything at once works too.

        Args:
            service_uid: the customer's `service_uid`.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        params, paging = query_of(service_uid=_text(service_uid)), paging_of(limit, page, page_size)
        try:
            async for purchase in self._pages(endpoints.PURCHASES_SEARCH, params, paging):
                yield purchase
        except NotFound:
            return

    async def find(self, invoice_number: str) -> StoredPurchase | None:
        """Return the oldest purchase with this number, or None. Other branches may have the number too (Q44).

        Purchases with another number are left out, in case the server searches for a part of it.
        """
        params = query_of(invoice_number=_text(invoice_number))
        try:
            found = await self._ask(endpoints.PURCHASES_FIND, params=params)
        except NotFound:
            return None
        is_its = (each for each in found if each.invoice_number is None or str(each.invoice_number) == invoice_number)
        return next(is_its, None)

    async def bank(self, first_six_digits: str) -> Card:
        """Return the known data of a card by its first six digits. The pool remembers each answer.

        Raises:
            ValueError: the text is not six digits. Nothing was sent.
            ApiError: the server does not know the card. A 502 is common.

        """
        digits = first_six_digits
        if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
            raise ValueError("first_six_digits must be exactly six digits; never pass a whole card number")
        if digits not in self._cards:
            if len(self._cards) >= _CARDS:
                self._cards.clear()
            self._cards[digits] = await self._ask(endpoints.PURCHASES_BANK, path=(digits,))
        return self._cards[digits]

    async def delete(self, invoice_number: str) -> None:
        """Delete the oldest purchase with this number, of any branch. It is not repeated after bytes were sent.

        Raises:
            NotFound: there is no such purchase, or it was deleted before.
            ReplyLost: the purchase may have been deleted. Look for it before you try again.

        """
        await self._ask(endpoints.PURCHASES_DELETE, body=body_of({"invoice_number": _text(invoice_number)}))

    async def delete_bulk(
        self,
        *,
        branch_name: str | None = None,
        from_: datetime | None = None,
        to: datetime | None = None,
        notify_to: str | None = None,
    ) -> int | str:
        """Delete purchases by branch, by time, or by both. The deletion runs later and cannot be undone.

        Args:
            branch_name: the branch's code, as the page says (Q45).
            from_: the first moment, an aware datetime, sent in UTC. No page says whether the ends count (Q49).
            to: the last moment, an aware datetime.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`.

        Raises:
            ValueError: a datetime is naive, one end is missing, `from_` is not before `to`, there is neither branch nor
                time (Q52), or `notify_to` is not an address (Q50). Nothing was sent.
            ReplyLost: it may be scheduled. It is not repeated after bytes were sent.

        """
        window = _window(from_, to)
        if not branch_name and not window:
            raise ValueError("delete_bulk needs branch_name, or from_ and to: it would delete all purchases")
        branch, address = text_of(branch_name, "branch_name"), address_of(notify_to, "notify_to")
        body = body_of({"branch_name": branch, **window, "notify_to": address})
        return (await self._ask(endpoints.PURCHASES_DELETE_BULK, body=body)).request_id


def _text(value: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidRecord([Reason("", f"expected text that is not empty, got {value!r}")])
    return value


def _window(from_: datetime | None, to: datetime | None) -> dict[str, str]:
    if from_ is None and to is None:
        return {}
    if from_ is None or to is None:
        raise ValueError("from_ and to must be given together")
    for name, moment in (("from_", from_), ("to", to)):
        if not isinstance(moment, datetime) or moment.utcoffset() is None:
            what = "the server reads UTC, and the hour decides which purchases are deleted (Q49)"
            raise ValueError(f"{name} must be an aware datetime: {what}; got {moment!r}")
    if from_ >= to:
        raise ValueError(f"from_ must be before to, got {from_} and {to}")
    return {
        name: moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for name, moment in (("from", from_), ("to", to))
    }
