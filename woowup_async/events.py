"""What `on_event` hears: frozen facts, told as they happen.

Room: level 1, nouns. An exception in a hook never harms a run; the hook is then called no more. Records in events hold
customers' data: count them, do not log them.
"""

from woowup_async._flow import (
    BatchRefused,
    BatchSealed,
    Entity,
    Event,
    OutageBegan,
    OutageEnded,
    OutageProbed,
    PermitSpent,
    Record,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunResumed,
    Settled,
    Throttled,
)

__all__ = [
    "BatchRefused",
    "BatchSealed",
    "Entity",
    "Event",
    "OutageBegan",
    "OutageEnded",
    "OutageProbed",
    "PermitSpent",
    "Record",
    "ReplyReceived",
    "RequestSent",
    "RetryScheduled",
    "RunResumed",
    "Settled",
    "Throttled",
]
