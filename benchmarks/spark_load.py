"""200,000 purchases of 20 accounts on a cluster of Spark, beside one process that sends the same.

Segments are short, so that it ends in minutes, and a request has few purchases, so that there are enough requests to
compare with the budget.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.common import Result, child, cpu, cpu_of
from tests.support import spark as cluster
from tests.support import spark_faults as faults
from tests.support.fleet import Running, running
from tests.support.official import purchase_line
from tests.support.postgres import started
from tests.support.valkey import Valkey
from woowup_async import BatchPolicy, RateLimit, SessionPool

ACCOUNTS, EACH = 20, 10_000
#: Segments take 30 / SPEED seconds, and a request has ITEMS purchases: 500 requests of each account in 107 s.
SPEED, ITEMS = 2.0, 20


async def _alone(url: str, ledger: str, count: int) -> float:
    async def one(pool: SessionPool, number: int) -> None:
        woowup = pool.account(
            f"fleet-{number}",
            base_url=url,
            rate_limit=RateLimit(segment=30 / SPEED),
            batch=BatchPolicy(max_items=ITEMS),
        )
        report = await woowup.ingest(purchases=map(purchase_line, range(count)), journal=ledger)
        if report.accepted != count:
            raise RuntimeError(f"{report.accepted} of {count} were accepted")

    began = cpu()
    async with SessionPool() as pool, asyncio.TaskGroup() as tasks:
        for number in range(ACCOUNTS):
            tasks.create_task(one(pool, number))
    return cpu() - began


def alone(url: str, ledger: str, count: int) -> float:
    """Send some purchases of each account in this process. Return the seconds of CPU."""
    return asyncio.run(_alone(url, ledger, count))


def add_load(result: Result, folder: Path, count: int = EACH) -> None:
    """Run both with some purchases of each account, and add what was seen to a result."""
    with ExitStack() as stack:
        fleet = stack.enter_context(running(ACCOUNTS, speed=SPEED, latency=0.02))
        single = child("benchmarks.spark_load:alone", fleet.url, stack.enter_context(started()).url, count)
    with ExitStack() as stack:
        fleet = stack.enter_context(running(ACCOUNTS, speed=SPEED, latency=0.02))
        ledger, store = stack.enter_context(started()), stack.enter_context(Valkey())
        faults.environment(fleet, store, ledger)
        spark = stack.enter_context(cluster.session(cluster.CLUSTER))
        seen = _on_cluster(spark, fleet, folder, count)
    python, whole, all_of_it = seen["python"], seen["whole"], ACCOUNTS * count
    single, python, whole = (each / all_of_it * 1e6 for each in (single, python, whole))
    result.notes.append(
        f"Load: {all_of_it:,} purchases of {ACCOUNTS} accounts in {seen['seconds']:.0f} s, segments of "
        f"{30 / SPEED:g} s, {ITEMS} purchases in a request, {seen['throttled']} of {seen['requests']:,} refused (429). "
        f"CPU µs a purchase: one process {single:.0f}, Python of the executors {python:.0f}, with the JVMs {whole:.0f}."
    )
    result.bar("load: stored", seen["stored"], "≥", all_of_it)
    result.bar("load: budget share, least", seen["least"], "≥", 0.97)
    result.bar("load: CPU of Python a purchase / one process", python / single, "≤", 2)
    result.bar("load: CPU with the JVMs a purchase / one process", whole / single, "≤", 2)


def _on_cluster(spark: Any, fleet: Running, folder: Path, count: int) -> dict[str, float]:
    options = cluster.options(fleet, SPEED, max_items=ITEMS, budget="env:BUDGET_URL", journal="env:LEDGER_URL")
    table = cluster.purchases(spark, ACCOUNTS, count)
    before, began = cpu_of(*cluster.descendants(os.getpid(), "java")), time.monotonic()
    done = cluster.written(table, options, folder)
    seconds, counts = time.monotonic() - began, fleet.counts().values()
    jvms = cpu_of(*cluster.descendants(os.getpid(), "java")) - before
    return {
        "seconds": seconds,
        "least": min(_share(each) for each in counts),
        "stored": sum(each["stored"] for each in counts),
        "requests": sum(each["requests"] for each in counts),
        "throttled": sum(each["throttled"] for each in counts),
        "python": done.report["cpu"],
        "whole": done.report["cpu"] + jvms,
    }


def _share(counts: dict[str, Any]) -> float:
    """Return the requests of an account between its first and its last one, in parts of what it may send then."""
    limit, segment = RateLimit().limit, 30 / SPEED
    return float((counts["requests"] - 1) / ((counts["ended"] - counts["began"]) * limit / segment))
