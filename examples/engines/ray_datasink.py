"""Ray Data: a sink whose tasks send their blocks, and whose driver gets the counts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import msgspec
import ray
from ray.data import Datasink
from ray.data.block import BlockAccessor

# the writer for Spark, which needs no Spark: one event loop and one pool for the accounts of a task
from woowup_async.contrib.spark import plan_of, send

OPTIONS = {"accounts": "env:KEY_{account}", "json": "record", "journal": "env:JOURNAL"}
if segment := os.environ.get("SEGMENT"):  # a simulator may have short ones
    OPTIONS["segment"] = segment


class WoowUpSink(Datasink[list[dict[str, Any]]]):
    """Each task sends its blocks. A task that fails is repeated, and the journal knows what was sent."""

    def write(self, blocks: Iterable[Any], ctx: Any) -> list[dict[str, Any]]:
        batches = (batch for block in blocks for batch in BlockAccessor.for_block(block).to_arrow().to_batches())
        return [msgspec.to_builtins(each) for each in send(batches, plan_of(OPTIONS), ctx.task_idx).accounts]

    def on_write_complete(self, write_result: Any) -> None:
        print(json.dumps([counts for counts_of_task in write_result.write_returns for counts in counts_of_task]))


def main() -> None:
    ray.init(num_cpus=2, object_store_memory=80 * 2**20, include_dashboard=False, log_to_driver=False)
    # a task that raises an error of the application is repeated only if this says so
    retry = {"max_retries": 3, "retry_exceptions": True}
    # sorted, the rows of an account are together; few blocks let one task have them all
    ray.data.read_parquet(os.environ["PURCHASES"]).sort("account").write_datasink(WoowUpSink(), ray_remote_args=retry)


if __name__ == "__main__":
    main()
