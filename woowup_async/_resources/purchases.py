"""`woowup.purchases`: one request at a time. For many purchases, `woowup.ingest` batches and settles.

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

#: Cards that are remembered (guessed: a few megabytes).
_CARDS = 10_000


class Purchases(Resource):
    """Create, update, find and delete purchases. Each must belong to a user that exists."""

    def __init__(self, send: Send, policy: BatchPolicy, cards: dict[str, Card]) -> None:
        super().__init__(send)
        self._policy, self._cards = policy, cards
        self._shape = PurchaseShape(policy.max_item_bytes)

    async def create(self, purchase: Purchase | Mapping[str, Any] | bytes) -> Queued:
        """Queue one purchase; it is processed near real time (documented).

        Where an answer was lost and the repeat finds that the purchase exists, that is a success, too: the code of what
        is returned is then `duplicated_purchase_number`.

        Raises:
            InvalidRecord: it breaks the schema or is larger than 262,144 bytes; nothing was sent.
            NotFound: code `user_not_found` where its user does not exist.
            BadRequest: code `duplicated_purchase_number` where it exists, or the server's reasons.

        """
        call = Call(PURCHASES_CREATE, body=encoded_or_raise(self._shape, purchase).body, is_creation=True)
        return decoded(PURCHASES_CREATE, await self._send(call))

    async def create_bulk(self, purchases: Iterable[Purchase | Mapping[str, Any] | bytes]) -> Queued:
        """Queue several purchases in one request: all or none, as far as is known (U5).

        Raises:
            InvalidRecord: one of them breaks the schema (paths begin with its index), or the list is empty.
            ValueError: more than one request takes by `BatchPolicy`; `woowup.ingest` splits.
            ApiError: the server refused them all.

        """
        bodies = [encoded_or_raise(self._shape, one, f"[{n}]").body for n, one in enumerate(purchases)]
        size = sum(map(len, bodies)) + len(bodies) - 1
        too_large = size > self._policy.max_bytes and len(bodies) > 1
        if not bodies or len(bodies) > self._policy.max_items or too_large:
            limits = f"1 to {self._policy.max_items} purchases and {self._policy.max_bytes:,} bytes"
            raise ValueError(f"one bulk request takes {limits}, got {len(bodies)} and {size:,}; use woowup.ingest")
        return await self._ask(PURCHASES_CREATE_BULK, body=b"[" + b",".join(bodies) + b"]")

    async def update(self, purchase: Purchase | Mapping[str, Any] | bytes) -> Queued:
        """Queue the replacement of a purchase, by branch and invoice number. Send it whole (Q41).

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            ApiError: the server refused it.

        """
        return await self._ask(endpoints.PURCHASES_UPDATE, body=encoded_or_raise(self._shape, purchase).body)

    async def search(
        self, *, service_uid: str, limit: int | None = None, page: int = 0, page_size: int | None = None
    ) -> AsyncIterator[StoredPurchase]:
        """Yield the purchases of a customer. What comes back has another shape than what is sent (Q43).

        The section of this operation does not mention paging, but the start page says that every search has it. A
        server that answers everything at once works, too.

        Args:
            service_uid: of the customer.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.

        """
        params, paging = query_of(service_uid=_text(service_uid)), paging_of(limit, page, page_size)
        try:
            async for purchase in self._pages(endpoints.PURCHASES_SEARCH, params, paging):
                yield purchase
        except NotFound:
            return

    async def find(self, invoice_number: str) -> StoredPurchase | None:
        """Return the first purchase created under this number, or None; other branches may have it too (Q44)."""
        params = query_of(invoice_number=_text(invoice_number))
        try:
            found = await self._ask(endpoints.PURCHASES_FIND, params=params)
        except NotFound:
            return None
        return found[0] if found else None

    async def bank(self, first_six_digits: str) -> Card:
        """Return what is known of a card by its first six digits. Each is asked for once, then remembered by the pool.

        Raises:
            ValueError: these are not six digits; nothing was sent.
            ApiError: the server does not know; 502 is common.

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
        """Delete the first purchase of this number, of whichever branch; never repeated after bytes were sent.

        Raises:
            NotFound: there is no such purchase, or it was deleted before.
            ReplyLost: perhaps done: look before you try again.

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
        """Delete a branch's purchases, or those of a time, or both. It runs later, and cannot be taken back.

        Args:
            branch_name: the branch's code, as the page says (Q45).
            from_: first moment, aware; sent in UTC. Whether the ends count is undocumented (Q49).
            to: last moment, aware.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`.

        Raises:
            ValueError: a naive datetime, one end without the other, `from_` not before `to`, nothing to go by (Q52), or
                `notify_to` is not an address (Q50). Nothing was sent.
            ReplyLost: perhaps scheduled; never repeated after bytes were sent.

        """
        window = _window(from_, to)
        if not branch_name and not window:
            raise ValueError("delete_bulk needs branch_name, or from_ and to: it would take everything")
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
        raise ValueError("from_ and to belong together")
    for name, moment in (("from_", from_), ("to", to)):
        if not isinstance(moment, datetime) or moment.utcoffset() is None:
            what = "the server reads UTC, and the hour decides what goes (Q49)"
            raise ValueError(f"{name} must be an aware datetime: {what}; got {moment!r}")
    if from_ >= to:
        raise ValueError(f"from_ must be before to, got {from_} and {to}")
    return {
        name: moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for name, moment in (("from", from_), ("to", to))
    }
