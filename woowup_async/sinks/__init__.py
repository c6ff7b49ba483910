"""Where settled records go: the report, the dead letters, and what cleaning changed."""

from woowup_async.sinks.changes import Changes
from woowup_async.sinks.dead_letters import DeadLetters

__all__ = ["Changes", "DeadLetters"]
