"""The pace of a host without a documented window."""

import anyio
import pytest

from benchmarks.virtual import VirtualClock, run
from woowup_async._limiting.pace import PlainPace
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane


def test_five_at_once_and_one_a_second() -> None:
    async def main() -> list[float]:
        clock = VirtualClock()
        pace, given = PlainPace(clock), list[float]()
        for _ in range(8):
            (await pace.admit(Lane.INTERACTIVE)).lost()
            given.append(round(clock.now(), 1))
        return given

    assert run(main()) == [0, 0, 0, 0, 0, 1, 2, 3]


@pytest.mark.parametrize(("headers", "pause"), [({"retry-after": "7"}, 7.0), ({}, 30.0)])
def test_a_429_pauses_both_lanes(headers: dict[str, str], pause: float) -> None:
    async def main() -> float:
        clock = VirtualClock()
        pace = PlainPace(clock)
        (await pace.admit(Lane.BULK)).answered(429, headers)
        with pytest.raises(AdmissionTimeout) as excinfo:
            await pace.admit(Lane.INTERACTIVE, timeout=1.0)
        assert excinfo.value.retry_after == pytest.approx(pause - 1, abs=0.01)
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(pace.admit, Lane.INTERACTIVE)
        (await pace.admit(Lane.BULK)).answered(200, {})
        return clock.now()

    assert run(main()) == pytest.approx(pause, abs=0.01)
