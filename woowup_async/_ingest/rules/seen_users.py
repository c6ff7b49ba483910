"""Keeps what a run without a journal must know about the users that it sent, besides their last versions.

Room: _ingest. Pure.
"""

from __future__ import annotations

from woowup_async._flow import Item
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected

#: Users in doubt that are remembered (guessed: a megabyte).
_MOST_IN_DOUBT = 10_000


class SeenUsers:
    """The users of a run that were not simply accepted.

    Args:
        is_lasting: whether the run has no known end. Then verdicts are not kept, since their number has no bound.

    """

    def __init__(self, *, is_lasting: bool) -> None:
        self._is_lasting = is_lasting
        self._verdicts: dict[bytes, Outcome] = {}
        self._in_doubt: dict[str, bytes] = {}

    def note(self, item: Item, outcome: Outcome) -> None:
        """Store the outcome of a user."""
        if self._in_doubt:
            self._in_doubt.pop(item.key, None)
        if isinstance(outcome, Accepted) and not outcome.left_out:
            return
        if isinstance(outcome, InDoubt):
            self._in_doubt[item.key] = item.digest
            if len(self._in_doubt) > _MOST_IN_DOUBT:
                del self._in_doubt[next(iter(self._in_doubt))]
        elif isinstance(outcome, Accepted | Rejected) and not self._is_lasting:
            self._verdicts[item.digest] = outcome

    def doubt_of(self, key: str) -> bytes | None:
        """Return the digest of a user that was sent without an answer; None if there is none."""
        return self._in_doubt.get(key)

    def verdict_of(self, item: Item) -> Outcome | None:
        """Return the outcome of an identical user that was rejected, or accepted in part."""
        return self._verdicts.get(item.digest)
