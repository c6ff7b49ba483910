"""The memory of a limiter between processes."""

import msgspec
import pytest

from woowup_async._limiting.allowance import Allowance
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.memory import account_limiter, recalled, remembered
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing import FakeClock, MemoryStore


def new(limit: int = 10) -> AccountLimiter:
    return AccountLimiter(RateLimit(limit=limit), FakeClock())


async def memory_of_ten_requests() -> bytes:
    limiter = new()
    for _ in range(10):
        (await limiter.admit(Lane.BULK)).answered(200, {})
    return remembered(limiter)


async def test_a_new_limiter_counts_what_the_last_one_spent() -> None:
    limiter = new()

    assert recalled(limiter, await memory_of_ten_requests())
    assert limiter.statistics().estimated >= 9


async def test_a_limiter_that_was_used_keeps_its_own_counts() -> None:
    limiter = new()
    await limiter.admit(Lane.BULK)

    assert not recalled(limiter, await memory_of_ten_requests())
    assert limiter.statistics().estimated == 1


@pytest.mark.parametrize("seconds", [-9_000, 9_000])
async def test_a_memory_that_no_longer_counts_or_is_from_the_future_is_ignored(seconds: int) -> None:
    written, memory = msgspec.json.decode(await memory_of_ten_requests())

    assert not recalled(new(), msgspec.json.encode([written + seconds, memory]))


@pytest.mark.parametrize("note", [b"", b"other version", b'"\xff"', b"[" * 100_000])
def test_bytes_that_cannot_be_read_are_ignored(note: bytes) -> None:
    assert not recalled(new(), note)


async def test_an_admission_without_a_window_remembers_nothing() -> None:
    assert remembered(object()) == b""
    assert not recalled(object(), await memory_of_ten_requests())


def test_the_limiter_with_the_window_is_found_inside_an_allowance() -> None:
    limiter = new()
    assert account_limiter(limiter) is account_limiter(Allowance(limiter, 5, lambda: None)) is limiter
    shared = SharedLimiter(RateLimit(), FakeClock(), MemoryStore(), "a")
    assert account_limiter(shared) is account_limiter(Allowance(shared, 5, lambda: None)) is shared
    assert account_limiter(object()) is None
