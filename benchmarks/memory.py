"""`python -m benchmarks memory`: peak memory of runs of several lengths, with a fast, a slow and a stopped server.

Each figure comes from its own process. Purchases are generated while they are read. Ten million take some minutes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import anyio

from benchmarks.common import Result, child, lines, null_server, peak_mb
from benchmarks.uploads import measure
from woowup_async import IngestPolicy, RateLimit, WoowUp

COUNTS = (10_000, 100_000, 1_000_000, 10_000_000)
_STALL = 3.0


def streamed(url: str, count: int) -> float:
    """Return the peak MB with a server that answers at once."""
    found = measure("ours", url, count)
    assert found["delivered"] == count
    return float(found["peak"])


def slow(url: str, count: int) -> float:
    """Return the peak MB with a server that takes 50 ms for each answer."""
    return float(measure("ours", f"{url}/slow", count)["peak"])


def stalled(url: str, count: int) -> list[float]:
    """Return the MB before, and the peak MB while a million are offered to a server that does not answer."""

    async def offered() -> list[float]:
        limit, policy = RateLimit(limit=1_000_000), IngestPolicy(drain=0)
        async with WoowUp("benchmark", base_url=f"{url}/stopped/apiv3", rate_limit=limit, ingest=policy) as woowup:
            before = peak_mb()
            with anyio.move_on_after(_STALL):
                await woowup.ingest(purchases=lines(count))
            async with woowup.ingester() as ingester:
                for raw in lines(count):
                    try:
                        ingester.submit_nowait(raw)
                    except anyio.WouldBlock:
                        await asyncio.sleep(0)
                ingester._service.stop()
            return [before, peak_mb()]

    return asyncio.run(offered())


def main() -> None:
    """Measure, print, save."""
    result = Result("memory", "Peak memory", head=("purchases", "server", "peak MB"))
    result.notes.append("The whole process, Python and libraries included.")
    peaks: dict[int, Any] = {}
    with null_server() as url:
        for count in COUNTS:
            peaks[count] = child("benchmarks.memory:streamed", url, count, timeout=1_800)
            result.rows.append((f"{count:,}", "quick", f"{peaks[count]:.0f}"))
        result.rows.append(("100,000", "50 ms an answer", f"{child('benchmarks.memory:slow', url, 100_000):.0f}"))
        idle, peak = map(float, child("benchmarks.memory:stalled", url, 1_000_000))
        result.rows.append(("1,000,000 offered", "none answers", f"{peak:.0f} (idle {idle:.0f})"))
    result.bar(f"peak at {COUNTS[-1]:,} − at {COUNTS[0]:,}, MB", peaks[COUNTS[-1]] - peaks[COUNTS[0]], "≤", 10)
    result.bar("while the server stalls, above idle, MB", peak - idle, "≤", 32)
    result.save()


if __name__ == "__main__":
    main()
