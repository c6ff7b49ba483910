"""The events that `on_event` gets during a run.

Room: nouns. Pure. An exception in a hook never harms a run, but the hook is not called again. Records in events contain
customers' data: count them, do not log them.
"""

from __future__ import annotations

import msgspec

from woowup_async._flow import Cause, Entity, Position, Record, Settled


class BatchSealed(msgspec.Struct, frozen=True, gc=False):
    """A batch was closed and waits to be sent."""

    items: int
    size_bytes: int
    cause: Cause


class BatchRefused(msgspec.Struct, frozen=True, gc=False):
    """A bulk request was refused as a whole. Its items are sent in smaller parts until the bad ones are alone."""

    items: int
    code: str


class PermitSpent(msgspec.Struct, frozen=True, gc=False):
    """An attempt got its permit. `waited`: seconds in its lane ("interactive" or "bulk")."""

    endpoint: str
    lane: str
    waited: float


class RequestSent(msgspec.Struct, frozen=True):
    """Bytes of a request were sent, and the exchange has ended, with an answer or without.

    Args:
        endpoint: name of the call.
        attempt: from 1.
        method: HTTP method.
        status: HTTP status; None if no answer came.
        error: the name of the error, if no answer came.
        elapsed: seconds that the exchange took.
        records: in a run, the records in the request.
        url: of the request, without its query; each identifier in its path is written as `REDACTED`.

    """

    endpoint: str
    attempt: int
    method: str = ""
    status: int | None = None
    error: str = ""
    elapsed: float = 0.0
    records: tuple[Record, ...] = ()
    url: str = ""

    def __repr__(self) -> str:
        return f"RequestSent({self.endpoint!r}, {self.attempt}, {self.method!r}, {self.status}, {self.error!r})"


class ReplyReceived(msgspec.Struct, frozen=True, gc=False):
    """An exchange ended with an answer. `elapsed` is in seconds, and `attempt` counts from 1."""

    endpoint: str
    attempt: int
    status: int
    code: str
    elapsed: float


class RateLimited(msgspec.Struct, frozen=True, gc=False):
    """The server refused a request because of the rate limit (429). The whole account waits.

    `retry_after`: seconds that the server asked to wait; None if it did not say.
    """

    endpoint: str
    retry_after: float | None


class RetryScheduled(msgspec.Struct, frozen=True, gc=False):
    """An attempt failed and will be repeated after `delay` seconds."""

    endpoint: str
    attempt: int
    delay: float
    why: str


class OutageBegan(msgspec.Struct, frozen=True, gc=False):
    """The server failed many times in a row. Sending stops, and single requests probe it.

    Args:
        why: the last failure.
        brief: the last failure without the server's own words, which may contain personal data.

    """

    why: str
    brief: str = ""


class OutageProbed(msgspec.Struct, frozen=True, gc=False):
    """A probe failed. The next one is sent in `delay` seconds. `elapsed`: seconds since the outage began."""

    why: str
    delay: float
    elapsed: float


class OutageEnded(msgspec.Struct, frozen=True, gc=False):
    """The server answers again after `elapsed` seconds."""

    elapsed: float


class RunResumed(msgspec.Struct, frozen=True, gc=False):
    """The journal has an unfinished run. The records that it settled are not sent again."""

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
