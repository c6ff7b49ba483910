"""Airflow 3: a task that is repeated after an error, and goes on where it stopped."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

from airflow.sdk import dag, task

from woowup_async import RateLimit, WoowUp
from woowup_async.sources import JsonLines

SEGMENT = float(os.environ.get("SEGMENT", "30"))  # a simulator may have short ones


async def ingested() -> dict[str, int]:
    # a worker on another machine needs a journal that it can reach, too: postgresql://...
    async with WoowUp(rate_limit=RateLimit(segment=SEGMENT)) as woowup:
        report = await woowup.ingest(purchases=JsonLines(os.environ["PURCHASES"]), journal=os.environ["JOURNAL"])
    return {"accepted": report.accepted, "rejected": report.rejected, "requests": report.requests}


@dag(schedule=None, catchup=False)
def woowup_backfill() -> None:
    # the journal makes a repeated task cheap, so it may be repeated often
    @task(retries=5, retry_delay=timedelta(seconds=2), max_active_tis_per_dag=1)
    def backfill() -> dict[str, int]:
        counts = asyncio.run(ingested())
        print(counts)
        return counts

    backfill()


example = woowup_backfill()
if __name__ == "__main__":
    raise SystemExit(example.test().state != "success")
