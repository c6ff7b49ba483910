"""`python -m benchmarks request`: the CPU of our part of a request, without aiohttp and sockets.

A run sends purchases with one in each request, and with a hundred in each, over a transport that answers at once. The
difference is the cost of a request: task, permit, window, turn, health, drain, events, answer, settling. The limiter is
the real one. `request_parts` measures each part alone.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.common import Result, lines, median
from benchmarks.request_parts import AtOnce, parts
from woowup_async import BatchPolicy, RateLimit, WoowUp

COUNT, ROUNDS = 3_000, 9


async def _run(count: int, items: int) -> float:
    """Return the CPU of one purchase, in µs."""
    policy, limit = BatchPolicy(max_items=items), RateLimit(limit=10_000_000)
    async with WoowUp("benchmark", base_url="http://127.0.0.1:9/apiv3", rate_limit=limit, batch=policy) as woowup:
        await woowup._connections.aclose()
        woowup._connections._transport = AtOnce()
        began = time.process_time()
        report = await woowup.ingest(purchases=lines(count))
        assert report.accepted == count, report
        return (time.process_time() - began) / count * 1e6


def main() -> None:
    """Measure, print, save."""
    asyncio.run(_run(COUNT, 1))
    alone, together = [], []
    seen: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        alone.append(asyncio.run(_run(COUNT, 1)))
        together.append(asyncio.run(_run(COUNT, 100)))
        seen.append(asyncio.run(parts()))
    result = Result("request", "Our part of a request", head=("CPU of a purchase", "µs"))
    result.notes.append(f"n = {COUNT:,}, medians of {ROUNDS} alternating rounds in one process; an answer at once.")
    result.rows = [
        ("one in each request", f"{median(alone):.1f}"),
        ("a hundred in each request", f"{median(together):.1f}"),
        *((name, f"{median([each[name] for each in seen]):.1f}") for name in seen[0]),
    ]
    each = median([one - many for one, many in zip(alone, together)])
    result.bar("a request beside aiohttp, µs", each, "≤", 70)
    result.save()


if __name__ == "__main__":
    main()
