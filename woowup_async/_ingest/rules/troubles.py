"""The troubles of an ingester: which ones there are, which is the worst, and what to do about each.

Room: _ingest. Pure: the times come from the caller, in the seconds of its clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from woowup_async.errors import AccountGone, Forbidden, JournalError
from woowup_async.statistics import Health, HealthReason, HealthStatus


class Advice(NamedTuple):
    """What a trouble means. `text` never has data of a record or an API key."""

    reason: HealthReason
    status: HealthStatus
    text: str


class Trouble(Enum):
    """Troubles, the worst one first."""

    KEY = Advice(
        "key_refused",
        "failed",
        "WoowUp refuses the API key: set the right key and start again; the outbox is kept; if the key was renewed, "
        "give the files of the outbox to `woowup new-key` before",
    )
    ACCOUNT = Advice("account_deleted", "failed", "the account was deleted: ask WoowUp, its key will not work again")
    DISK = Advice(
        "disk_failed",
        "failed",
        "records cannot be written to the disk: make room or repair it; if the ingester has ended, start again",
    )
    DEFECT = Advice("defect", "failed", "an error ended the ingester: see the log, and start again")
    CLOSED = Advice("closed", "failed", "the ingester was closed, and takes no more records")
    FULL = Advice(
        "outbox_full",
        "failed",
        "the outbox is full: see in the log why records are not sent, and send fewer until then",
    )
    OVERDUE = Advice(
        "overdue", "failed", "a record has waited too long: see in the log and in `throttled` why it is not sent"
    )
    STARTING = Advice("starting", "starting", "the ingester is not open yet: wait")
    OUTAGE = Advice("outage", "degraded", "WoowUp does not answer: wait, sending continues by itself when it does")
    COOLDOWN = Advice(
        "cooldown",
        "degraded",
        "WoowUp refused a request because of the rate limit (429): wait; if it happens often, look for other programs",
    )
    NO_ROOM = Advice("no_room", "degraded", "submit waits for room: records come faster than the budget allows")


#: Those that stop all work, and that no event tells.
STANDING = (Trouble.KEY, Trouble.ACCOUNT, Trouble.DISK, Trouble.DEFECT, Trouble.FULL)


def trouble_of(failure: BaseException) -> Trouble:
    """Return which trouble an error is that ends an ingester."""
    match failure:
        case Forbidden():
            return Trouble.KEY
        case AccountGone():
            return Trouble.ACCOUNT
        case JournalError():
            return Trouble.DISK
    # the file of dead letters, for example
    return Trouble.DISK if isinstance(failure.__cause__, OSError) else Trouble.DEFECT


class Troubles:
    """The troubles that hold now, each with the time at which it began.

    Args:
        now: the time from which it is known whether there are troubles.

    """

    def __init__(self, now: float) -> None:
        self._since: dict[Trouble, float] = {}
        self._clear_since = now

    def begin(self, trouble: Trouble, at: float) -> bool:
        """Note a trouble. Return whether it is new; if it is not, it keeps its time."""
        is_new = trouble not in self._since
        self._since.setdefault(trouble, at)
        return is_new

    def end(self, trouble: Trouble, at: float) -> float | None:
        """Note that a trouble is over. Return how many seconds it lasted; None if it did not hold."""
        began = self._since.pop(trouble, None)
        if began is None:
            return None
        if not self._since:
            self._clear_since = max(self._clear_since, at)
        return max(0.0, at - began)

    def observe(self, trouble: Trouble, at: float, *, holds: bool) -> None:
        """Note whether a trouble holds, as seen at a time."""
        if holds:
            self.begin(trouble, at)
        else:
            self.end(trouble, at)

    def holds(self, trouble: Trouble) -> bool:
        """Return whether a trouble holds."""
        return trouble in self._since

    def worst(self) -> tuple[Trouble | None, float]:
        """Return the worst trouble and when it began; None, and since when there is none."""
        for trouble in Trouble:
            if trouble in self._since:
                return trouble, self._since[trouble]
        return None, self._clear_since

    def health(self, now: float, wall: datetime, *, has_ended: bool = False) -> Health:
        """Return the health that these troubles make.

        Args:
            now: the time of the caller's clock.
            wall: the time of the wall clock at the same moment. It may have jumped since a trouble began.
            has_ended: whether the ingester has ended.

        """
        trouble, at = self.worst()
        since = wall - timedelta(seconds=max(0.0, now - at))
        if trouble is None:
            return Health("ok", "", since, "")
        reason, status, advice = trouble.value
        return Health(status, reason, since, advice, has_ended)
