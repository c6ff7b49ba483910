"""The receipt that `submit` returns. Await it for the outcome, or ignore it.

Room: _ingest.
"""

from __future__ import annotations

from collections.abc import Generator

import anyio

from woowup_async._flow import Entity, Item, Record
from woowup_async.outcomes import Outcome


class Receipt:
    """A receipt for one record. `await receipt` returns its outcome, any number of times, and never raises it.

    Attributes:
        entity: the kind of the record.
        record: the submitted record.
        outcome: its outcome; None until it is settled.

    """

    entity: Entity
    record: Record
    number: int

    __slots__ = ("__weakref__", "_settled", "entity", "item", "number", "outcome", "record")

    def __init__(self, entity: Entity, record: Record) -> None:
        self.entity, self.record = entity, record
        self.outcome: Outcome | None = None
        self.item: Item | None = None
        self.number = 0
        self._settled: anyio.Event | None = None

    def settle(self, outcome: Outcome) -> None:
        """Set the outcome. Only the ingester calls this."""
        self.outcome = outcome
        if self._settled is not None:
            self._settled.set()

    def __await__(self) -> Generator[object, None, Outcome]:
        return self._wait().__await__()

    async def _wait(self) -> Outcome:
        while self.outcome is None:
            self._settled = self._settled or anyio.Event()
            await self._settled.wait()
        return self.outcome

    def __repr__(self) -> str:
        return f"Receipt({self.entity.value} {self.record.position}: {self.outcome or 'not settled'})"
