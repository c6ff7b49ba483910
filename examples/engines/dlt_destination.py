"""dlt: a destination. A load that fails is repeated by dlt, and the journal knows what was sent."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt

from woowup_async import RateLimit, WoowUp

SEGMENT = float(os.environ.get("SEGMENT", "30"))  # a simulator may have short ones


# nested lists stay in their row: the lines of a purchase are a part of it. One job at a time: it has the whole budget
@dlt.destination(batch_size=1_000, name="woowup", naming_convention="direct", max_table_nesting=0,
                 skip_dlt_columns_and_tables=True, loader_parallelism_strategy="sequential")  # fmt: skip
def woowup(items: list[dict[str, Any]], table: Any) -> None:
    asyncio.run(_ingest(table["name"], items))


async def _ingest(table: str, items: list[dict[str, Any]]) -> None:
    async with WoowUp(rate_limit=RateLimit(segment=SEGMENT)) as client:
        report = await client.ingest(**{table: items}, journal=os.environ["JOURNAL"], dead_letters="dead-letters.jsonl")
    print({"accepted": report.accepted, "rejected": report.rejected, "requests": report.requests})


# hints: texts that look like numbers or times must stay texts, and nested values stay JSON
HINTS: Any = {"invoice_number": {"data_type": "text"}, "createtime": {"data_type": "text"},
              "purchase_detail": {"data_type": "json"}, "prices": {"data_type": "json"}}  # fmt: skip


@dlt.resource(columns=HINTS)
def purchases() -> Iterator[dict[str, Any]]:
    with Path(os.environ["PURCHASES"]).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    dlt.pipeline("woowup_example", destination=woowup).run(purchases())
