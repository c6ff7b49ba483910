"""Prefect 3: a task that is repeated after an error, and goes on where it stopped."""

from __future__ import annotations

import asyncio
import os

from prefect import flow, task

from woowup_async import RateLimit, WoowUp
from woowup_async.sources import JsonLines

SEGMENT = float(os.environ.get("SEGMENT", "30"))  # a simulator may have short ones


# the journal makes a repeated task cheap, so it may be repeated often
@task(retries=5, retry_delay_seconds=2)
async def backfill(path: str) -> dict[str, int]:
    # a worker on another machine needs a journal that it can reach, too: postgresql://...
    async with WoowUp(rate_limit=RateLimit(segment=SEGMENT)) as woowup:
        report = await woowup.ingest(purchases=JsonLines(path), journal=os.environ["JOURNAL"])
    return {"accepted": report.accepted, "rejected": report.rejected, "requests": report.requests}


@flow
async def woowup_backfill() -> None:
    print(await backfill(os.environ["PURCHASES"]))


if __name__ == "__main__":
    asyncio.run(woowup_backfill())
