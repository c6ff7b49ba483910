"""What the limiter must not forget between processes, as bytes for the journal.

Room: _limiting. A run that is killed and started again within a minute must not burst onto its own spending.
"""

from __future__ import annotations

import time

import msgspec

from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.spending import Memory


class _Note(msgspec.Struct, array_like=True):
    at: float
    memory: Memory


def remembered(limiter: object) -> bytes:
    """Write down what was spent, by the wall clock: the one that outlives a process. b"" for what has no window."""
    if not isinstance(limiter, AccountLimiter):
        return b""
    wall = time.time()
    return msgspec.json.encode(_Note(wall, limiter.remember(wall)))


def recalled(limiter: object, note: bytes) -> bool:
    """Let a limiter begin with it, unless it knows better itself, or what was spent no longer weighs."""
    if not (note and isinstance(limiter, AccountLimiter) and limiter.is_idle()):
        return False
    wall = time.time()
    try:
        known = msgspec.json.decode(note, type=_Note)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # another version's: the phase is learned again
        return False
    if not 0 <= wall - known.at <= 2 * limiter.rate_limit.segment:
        return False
    limiter.recall(known.memory, wall)
    return True
