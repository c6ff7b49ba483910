"""Looks up purchases whose answers were lost.

Room: _ingest. Each look costs one request for each purchase.
"""

from __future__ import annotations

from collections.abc import Sequence

from woowup_async._flow import Item
from woowup_async._resources.base import decoded
from woowup_async._resources.endpoints import PURCHASES_FIND
from woowup_async._transport.call import Call
from woowup_async._transport.sender import Sender
from woowup_async._transport.trail import Trail
from woowup_async._wire.identity import purchase_of
from woowup_async.errors import ApiError, TransportError
from woowup_async.models.stored_purchase import StoredPurchase

#: Seconds before each look, so that a queued purchase is visible (guessed; "near real time" is documented, U11).
_DELAYS = (2.0, 8.0)


class ReadBack:
    """Asks for purchases by their invoice numbers."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def found(self, items: Sequence[Item]) -> set[str]:
        """Return the keys of the purchases that the account has. A purchase that is not found is looked up twice."""
        found = set[str]()
        for delay in _DELAYS:
            missing = [item for item in items if item.key not in found]
            if missing:
                await self._sender.clock.sleep_until(self._sender.clock.now() + delay)
            for item in missing:
                if await self._has(item):
                    found.add(item.key)
        return found

    async def _has(self, item: Item) -> bool:
        number, branch = purchase_of(item.body)
        try:
            reply = await self._sender.send(Call(PURCHASES_FIND, (("invoice_number", number),)), Trail())
            stored = decoded(PURCHASES_FIND, reply)
        except (ApiError, TransportError):
            return False
        return any(_is_same(each, number, branch) for each in stored)


def _is_same(stored: StoredPurchase, number: str, branch: str | None) -> bool:
    # a search by number returns the first purchase of any branch (Q44), and another branch's proves nothing; nor does
    # another number, from a server that ignores the filter or searches for a part of it
    is_there = str(stored.invoice_number) == number
    return is_there and (stored.branch.name if stored.branch is not None else None) == branch
