"""The limiter with the clock of Windows before Python 3.13: it moves in ticks, and timers end up to one tick early.

"What's New In Python 3.13" has the resolution. The event loop runs a timer that is due within that resolution.
"""

import asyncio
import math

import anyio
import pytest

from benchmarks.limiter import clients
from benchmarks.limiter.situations import OURS

TICK = 1 / 64
BY_NAME = {situation.name: situation for situation in OURS}


class CoarseClock:
    read = 0

    def now(self) -> float:
        CoarseClock.read += 1
        return math.floor(asyncio.get_running_loop().time() / TICK) * TICK

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        early = (math.ceil(deadline / TICK) - 1) * TICK
        # the loop needs some time even if the timer is due at once
        seconds = max(1e-3, early - asyncio.get_running_loop().time())
        with anyio.move_on_after(seconds):
            await (unless.wait() if unless else anyio.sleep(seconds))


@pytest.mark.untraced
@pytest.mark.parametrize("seconds", [120.0, pytest.param(200.0, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", ["alone, 50 ms", "no headers, 200 ms", "killed and restarted with its memory"])
def test_it_is_never_refused_and_spends_as_much(name: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = BY_NAME[name].run(0, seconds=seconds)
    monkeypatch.setattr(clients, "VirtualClock", CoarseClock)
    monkeypatch.setattr(CoarseClock, "read", 0)
    coarse = BY_NAME[name].run(0, seconds=seconds)
    assert CoarseClock.read > 2 * seconds
    assert coarse.refused == 0
    assert coarse.share >= fine.share - 0.02
