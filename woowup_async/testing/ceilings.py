"""The largest bulk request that a simulated account takes.

Room: testing. The vendor states no such limit (U1, U2).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Literal

from woowup_async.testing._answers import Answer, answer

_BULK = ("POST", "/apiv3/purchases/bulk")


@dataclass(frozen=True, slots=True)
class BulkCeiling:
    """Limits of a bulk request of purchases, for `Simulator(bulk=...)`.

    Args:
        items: the most purchases in a request.
        size_bytes: the most bytes of its body.
        seconds_per_item: how much longer an answer takes for each purchase in the request.
        says: the answer to a request that is too large: a 413 of a proxy, a 400 that names the size, a 400 that does
            not, or a 500.

    """

    items: int | None = None
    size_bytes: int | None = None
    seconds_per_item: float = 0.0
    says: Literal["413", "400", "mute 400", "500"] = "413"

    async def refusal(self, method: str, path: str, body: bytes) -> Answer | None:
        """Wait as long as the items take. Return the answer to a request that is too large; None for another."""
        if (method, path) != _BULK:
            return None
        await asyncio.sleep(self.seconds_per_item * _items_of(body))
        is_many = self.items is not None and _items_of(body) > self.items
        is_long = self.size_bytes is not None and len(body) > self.size_bytes
        if not (is_many or is_long):
            return None
        most = f"{self.items} purchases" if is_many else f"{self.size_bytes} bytes"
        answers: dict[str, Answer] = {
            "413": (413, {}),
            "400": answer(400, "bad_request", f"too large: at most {most} in one request"),
            "mute 400": answer(400, "bad_request", "bad request"),
            "500": answer(500, "internal_error", ""),
        }
        return answers[self.says]


def _items_of(body: bytes) -> int:
    try:
        found: Any = json.loads(body)
    except ValueError:
        return 0
    return len(found) if isinstance(found, list) else 0
