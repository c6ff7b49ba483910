"""Dagster: an asset whose step is repeated after an error, and goes on where it stopped."""

from __future__ import annotations

import asyncio
import os

import dagster as dg

from woowup_async import RateLimit, Report, WoowUp
from woowup_async.sources import JsonLines

SEGMENT = float(os.environ.get("SEGMENT", "30"))  # a simulator may have short ones


async def ingested() -> Report:
    # a run on another machine needs a journal that it can reach, too: postgresql://...
    async with WoowUp(rate_limit=RateLimit(segment=SEGMENT)) as woowup:
        return await woowup.ingest(purchases=JsonLines(os.environ["PURCHASES"]), journal=os.environ["JOURNAL"])


# the journal makes a repeated step cheap, so it may be repeated often
@dg.asset(retry_policy=dg.RetryPolicy(max_retries=5, delay=2), pool="woowup")
def woowup_purchases() -> dg.MaterializeResult:
    report = asyncio.run(ingested())
    counts = {"accepted": report.accepted, "rejected": report.rejected, "requests": report.requests}
    print(counts)
    return dg.MaterializeResult(metadata=counts)


definitions = dg.Definitions(assets=[woowup_purchases])
if __name__ == "__main__":
    raise SystemExit(not dg.materialize([woowup_purchases]).success)
