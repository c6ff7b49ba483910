"""`woowup.purchases`: one purchase or one bulk request at a time. For many, `woowup.ingest` batches and settles.

Room: _resources. Called by users through `WoowUp`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from woowup_async._resources.base import Resource, Send, encoded_or_raise
from woowup_async._resources.endpoints import PURCHASES_CREATE, PURCHASES_CREATE_BULK
from woowup_async._wire.encode import PurchaseShape
from woowup_async.models.purchase import Purchase
from woowup_async.models.replies import Queued
from woowup_async.policies import BatchPolicy


class Purchases(Resource):
    """Create purchases. Each must belong to a user that exists."""

    def __init__(self, send: Send, policy: BatchPolicy) -> None:
        super().__init__(send)
        self._policy = policy
        self._shape = PurchaseShape(policy.max_item_bytes)

    async def create(self, purchase: Purchase | Mapping[str, Any] | bytes) -> Queued:
        """Queue one purchase; it is processed near real time (documented).

        Raises:
            InvalidRecord: it breaks the schema or is larger than 262,144 bytes; nothing was sent.
            NotFound: code `user_not_found` where its user does not exist.
            BadRequest: code `duplicated_purchase_number` where it exists, or the server's reasons.

        """
        return await self._ask(PURCHASES_CREATE, body=encoded_or_raise(self._shape, purchase).body)

    async def create_bulk(self, purchases: Iterable[Purchase | Mapping[str, Any] | bytes]) -> Queued:
        """Queue several purchases in one request: all or none, as far as is known (U5).

        Raises:
            InvalidRecord: one of them breaks the schema (paths begin with its index), or there are none.
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
