"""A DAG for Airflow 3 that sends a shop's export every night: a plan, the backfill, and a look at the account.

The key is in the environment of the workers (`WOOWUP_API_KEY`), from your secrets backend. The journal is the memory of
the job: keep it on a local disk, and let one worker run the tasks. One run at a time, since one process uses a journal.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

FOLDER = os.environ.get("SHOP_FOLDER", "/srv/woowup/shop")
FILES = ["--users", "clientes.jsonl", "--purchases", "ventas.jsonl"]
JOURNAL = ["--journal", "shop.journal"]


def woowup(*words: str) -> int:
    """Run the command in the folder of the shop, and return its exit code."""
    done = subprocess.run(["woowup", *words], cwd=FOLDER, check=False)
    if done.returncode == 2:
        raise ValueError(f"wrong usage: woowup {' '.join(words)}")
    return done.returncode


@dag(
    schedule="30 1 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10)},
    tags=["woowup"],
)
def woowup_nightly() -> None:
    """Send what changed in the export."""

    @task
    def plan() -> None:
        """Write what would be sent to the log of the task. Nothing is sent."""
        woowup("plan", *FILES, *JOURNAL)

    @task(execution_timeout=timedelta(hours=4))
    def backfill() -> int:
        """Send. After a stop (exit code 3), the next attempt of the task continues."""
        code = woowup("backfill", *FILES, *JOURNAL, "--dead-letters", "bad.jsonl", "--log-format", "json")
        if code == 3:
            raise RuntimeError("stopped: the next attempt continues")
        return code

    @task
    def verify(code: int) -> None:
        """Fail if the account lacks accepted purchases, and say so if some were rejected."""
        if code == 1:
            woowup("dead-letters", "bad.jsonl")
        if woowup("verify", "shop.journal", "--sample", "20", "--delay", "0"):
            raise RuntimeError("the account lacks purchases: see the log")

    sent = backfill()
    plan() >> sent
    verify(sent)


woowup_nightly()
