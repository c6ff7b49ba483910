"""What a limiter remembers between processes, as bytes for the journal.

Room: _limiting. A run that is killed and starts again within a minute must count what it already spent.
"""

from __future__ import annotations

import time

import msgspec

from woowup_async._limiting.allowance import Allowance
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async._limiting.spending import Memory

Limiter = AccountLimiter | SharedLimiter


class _Dated(msgspec.Struct, array_like=True):
    at: float
    memory: Memory


def account_limiter(limiter: object) -> Limiter | None:
    """Return the limiter that has the account's window; None if there is none."""
    limiter = limiter.inner if isinstance(limiter, Allowance) else limiter
    return limiter if isinstance(limiter, Limiter) else None


def remembered(limiter: object) -> bytes:
    """Return what a limiter spent, as bytes with wall-clock times; b"" for a limiter without a window."""
    window = account_limiter(limiter)
    if window is None:
        return b""
    wall = time.time()
    return msgspec.json.encode(_Dated(wall, window.remember(wall)))


def recalled(limiter: object, note: bytes) -> bool:
    """Give a new limiter the memory of the last one, and return whether it was used.

    It is ignored if the limiter was already used, or if nothing in it counts any more.
    """
    window = account_limiter(limiter)
    if not note or window is None or not window.is_idle():
        return False
    wall = time.time()
    try:
        known = msgspec.json.decode(note, type=_Dated)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # of another version: the phase is learned again
        return False
    if not 0 <= wall - known.at <= 2 * window.rate_limit.segment:
        return False
    window.recall(known.memory, wall)
    return True
