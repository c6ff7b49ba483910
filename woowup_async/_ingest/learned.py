"""Watches how bulk requests are answered, and keeps the sizes that were learned in the journal.

Room: _ingest. A size that could not be written is only logged: the next outcome finds the same disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import msgspec

from woowup_async._flow import Item
from woowup_async._ingest.rules.batching import BatchLimits, Sizes
from woowup_async._ingest.rules.growth import Answer
from woowup_async.policies import BatchPolicy
from woowup_async.ports import Ledger

_log = logging.getLogger("woowup_async.ingest")

#: The name of the note in a journal.
NOTE = "bulk_sizes"


class Exchange:
    """Hears each attempt of a bulk request, so that the next batches get smaller before it is given up.

    Attributes:
        elapsed: seconds of the last attempt.

    """

    def __init__(self, limits: BatchLimits, items: Sequence[Item]) -> None:
        self._limits, self._items, self.elapsed = limits, items, 0.0

    def __call__(self, status: int | None, elapsed: float) -> None:
        """Take the status and the seconds of an attempt. Without an answer the status is None."""
        self.elapsed = elapsed
        if status is None or status >= 500:
            self._limits.answered(self._items, Answer.FAILED)


async def sizes_of(policy: BatchPolicy, ledger: Ledger | None) -> Sizes | None:
    """Return what a journal knows, if the requests of a run grow."""
    noted = getattr(ledger, "noted", None)
    return None if policy.grow_to is None or noted is None else sizes_in(await noted(NOTE))


def limits_of(policy: BatchPolicy, ledger: Ledger | None, sizes: Sizes | None) -> BatchLimits:
    """Return the limits of a run. If they grow, they begin with `sizes`, and the journal gets what is learned."""
    note = getattr(ledger, "note", None)
    if policy.grow_to is None or note is None:
        return BatchLimits(policy)
    return BatchLimits(policy, sizes, _keeper(note))


def sizes_in(text: str | None) -> Sizes | None:
    """Read the note of a journal. If it cannot be read, nothing is known."""
    try:
        return msgspec.json.decode(text, type=Sizes) if text else None
    except msgspec.DecodeError:
        return None


def _keeper(note: Callable[[str, str], None]) -> Callable[[Sizes], None]:
    def keep(sizes: Sizes) -> None:
        try:
            note(NOTE, msgspec.json.encode(sizes).decode())
        except Exception as error:
            _log.debug("the sizes of bulk requests were not written: %s", error)

    return keep
