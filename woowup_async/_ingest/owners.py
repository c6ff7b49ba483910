"""Whose purchases cannot arrive: users of this run that the server does not have, as far as is known.

Room: _ingest. Pure. Written by `users`, asked by `pipeline` and `purchases`.

A bulk request swallows purchases of unknown users: it answers ok and drops them later. So the purchases of a user that
was not accepted go alone, by the endpoint that says whether he exists; after his first `user_not_found` the others are
settled here. Memory: a digest for each identifier of such a user, and the reasons of the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from woowup_async._flow import digest_of
from woowup_async.errors import Reason
from woowup_async.outcomes import InDoubt, Outcome, Rejected, Released

#: Users whose reasons are kept (guessed: what a person reads).
_MOST_REASONS = 10_000
_FORGOTTEN = Rejected("client", "rejected")


class Owners:
    """Users that were not accepted, by their identifiers.

    Args:
        is_lasting: where a run has no end, only the last ones are kept, and none is taken for missing: he may come.

    """

    def __init__(self, *, is_lasting: bool = False) -> None:
        self._is_lasting = is_lasting
        self._troubled: dict[bytes, Outcome] = {}
        self._missing: set[bytes] = set()
        self._reasons = 0

    def note(self, identifiers: Iterable[str], outcome: Outcome) -> None:
        """Keep what became of a user; an accepted one is forgotten."""
        if isinstance(outcome, Rejected | Released | InDoubt):
            self._reasons += 1
            kept = _FORGOTTEN if isinstance(outcome, Rejected) and self._reasons > _MOST_REASONS else outcome
            self._troubled.update((_digest(each), kept) for each in identifiers)
            while self._is_lasting and len(self._troubled) > _MOST_REASONS:
                del self._troubled[next(iter(self._troubled))]
        elif self._troubled:
            for each in identifiers:
                self._troubled.pop(_digest(each), None)

    def __bool__(self) -> bool:
        return bool(self._troubled)

    def of(self, identifiers: Iterable[str]) -> Outcome | None:
        """Return what became of a purchase's user, if it was no acceptance."""
        digests = (_digest(each) for each in identifiers)
        return next((self._troubled[each] for each in digests if each in self._troubled), None)

    def is_missing(self, identifiers: tuple[str, ...]) -> bool:
        """Whether the server said before that it knows nobody by these."""
        return _together(identifiers) in self._missing

    def miss(self, identifiers: tuple[str, ...]) -> None:
        """Keep that the server knows nobody by these."""
        if not self._is_lasting:
            self._missing.add(_together(identifiers))


def orphaned(user: Outcome, reasons: tuple[Reason, ...] = ()) -> Outcome:
    """Return the outcome of a purchase whose user does not exist, given what became of that user."""
    if isinstance(user, Rejected):
        told = "; ".join(map(str, user.reasons)) or "see its own outcome"
        cause = Reason("", f"its user was rejected ({user.code}): {told}")
        return Rejected("server" if reasons else "client", "user_not_found", (*reasons, cause))
    what = "in doubt" if isinstance(user, InDoubt) else "released"
    return Released(f"user_not_found: its user is {what}")


def _together(identifiers: tuple[str, ...]) -> bytes:
    return _digest("\0".join(identifiers))


def _digest(text: str) -> bytes:
    return digest_of(text.encode("utf-8", "replace"))
