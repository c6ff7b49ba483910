"""Sinks for settled records: dead letters, and the changes by cleaning."""

from woowup_async.sinks.changes import Changes
from woowup_async.sinks.dead_letters import DeadLetters

__all__ = ["Changes", "DeadLetters"]
