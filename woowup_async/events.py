"""What `on_event` is called with: frozen facts, as they happen.

Room: nouns. Pure. An exception in a hook never harms a run; the hook is then not called again. Records in
events hold customers' data: count them, do not log them.
"""

from __future__ import annotations

import msgspec

from woowup_async._flow import Cause, Entity, Position, Record, Settled


class BatchSealed(msgspec.Struct, frozen=True, gc=False):
    """A batch is closed and waits for a sender."""

    items: int
    size_bytes: int
    cause: Cause


class BatchRefused(msgspec.Struct, frozen=True, gc=False):
    """A bulk request was refused as a whole; its items are sent apart until the bad ones stand alone."""

    items: int
    code: str


class PermitSpent(msgspec.Struct, frozen=True, gc=False):
    """An attempt may leave, after it waited for so many seconds in its lane ("interactive" or "bulk")."""

    endpoint: str
    lane: str
    waited: float


class RequestSent(msgspec.Struct, frozen=True):
    """Bytes of a request left, and its exchange ended in one way or another.

    Args:
        endpoint: name of the call.
        attempt: from 1.
        method: HTTP method.
        status: HTTP status; None where no answer came.
        error: what came instead, by the name of its error.
        elapsed: seconds that the exchange took.
        records: those that the request is about, in a run.

    """

    endpoint: str
    attempt: int
    method: str = ""
    status: int | None = None
    error: str = ""
    elapsed: float = 0.0
    records: tuple[Record, ...] = ()

    def __repr__(self) -> str:
        return f"RequestSent({self.endpoint!r}, {self.attempt}, {self.method!r}, {self.status}, {self.error!r})"


class ReplyReceived(msgspec.Struct, frozen=True, gc=False):
    """One exchange ended with an answer. `elapsed` is in seconds; `attempt` counts from 1."""

    endpoint: str
    attempt: int
    status: int
    code: str
    elapsed: float


class RateLimited(msgspec.Struct, frozen=True, gc=False):
    """The server refused for the rate limit (429); the whole account waits, for what it asked if it did."""

    endpoint: str
    retry_after: float | None


class RetryScheduled(msgspec.Struct, frozen=True, gc=False):
    """An attempt failed and will be repeated after `delay` seconds."""

    endpoint: str
    attempt: int
    delay: float
    why: str


class OutageBegan(msgspec.Struct, frozen=True, gc=False):
    """The server failed many times in a row: sending waits, and single requests probe. `why`: the last failure."""

    why: str


class OutageProbed(msgspec.Struct, frozen=True, gc=False):
    """A probe failed; the next one goes in `delay` seconds. `elapsed`: seconds since the outage began."""

    why: str
    delay: float
    elapsed: float


class OutageEnded(msgspec.Struct, frozen=True, gc=False):
    """The server answers again, after `elapsed` seconds."""

    elapsed: float


class RunResumed(msgspec.Struct, frozen=True, gc=False):
    """The journal holds an unfinished run: what it settled is not sent again."""

    settled: int


RunEvent = (
    Settled
    | BatchSealed
    | BatchRefused
    | PermitSpent
    | RequestSent
    | RateLimited
    | ReplyReceived
    | RetryScheduled
    | OutageBegan
    | OutageProbed
    | OutageEnded
    | RunResumed
)

__all__ = [
    "BatchRefused",
    "BatchSealed",
    "Entity",
    "OutageBegan",
    "OutageEnded",
    "OutageProbed",
    "PermitSpent",
    "Position",
    "RateLimited",
    "Record",
    "ReplyReceived",
    "RequestSent",
    "RetryScheduled",
    "RunEvent",
    "RunResumed",
    "Settled",
]
