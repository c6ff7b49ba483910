"""`python -m tests.engines NAME`: run the example of one engine against a simulated account that fails in the middle.

`make test-engines` runs this in a virtual environment of each engine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support.official import purchase_line
from woowup_async.testing import Simulator

#: The file of each engine, and whether it reads Parquet with a column of accounts.
EXAMPLES = {
    "dask": ("dask_partitions.py", True),
    "ray": ("ray_datasink.py", True),
    "airflow": ("airflow_dag.py", False),
    "dagster": ("dagster_asset.py", False),
    "prefect": ("prefect_flow.py", False),
    "dlt": ("dlt_destination.py", False),
}
#: What an installation of an engine has done before.
PREPARED = {"airflow": ("airflow", "db", "migrate")}
#: Purchases, of which each request has a hundred, and seconds for which the account is gone.
COUNT, GONE = 4_000, 1.0
_ROOT = Path(__file__).parents[1]


def main(name: str) -> int:
    """Run one example until it succeeds, and check what arrived."""
    file, is_table = EXAMPLES[name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Simulator(speed=20, latency=0.02).run_in_thread() as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        purchases = _written(Path(folder), is_table=is_table)
        environment = _environment(simulator, Path(folder), purchases)
        if name in PREPARED:
            subprocess.run([Path(sys.executable).parent / PREPARED[name][0], *PREPARED[name][1:]],
                           cwd=folder, env=environment, check=True, capture_output=True, timeout=600)  # fmt: skip
        is_over = threading.Event()
        fails = threading.Thread(target=_fail, args=(simulator, is_over))
        fails.start()
        runs = 0
        while runs < 3:  # Dask does not repeat a task by itself: its user runs it again
            runs += 1
            done = subprocess.run(
                [sys.executable, str(_ROOT / "examples" / "engines" / file)],
                cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=600,
            )  # fmt: skip
            if done.returncode == 0:
                break
        is_over.set()
        fails.join()
        stored, duplicates = len(simulator.purchases), simulator.duplicates
    took = f"{runs} runs, {time.monotonic() - began:.0f} s"
    print(f"{name}: {stored} of {COUNT} stored, {duplicates} sent twice, {simulator.throttled} refused, {took}")
    if done.returncode or stored != COUNT or duplicates or simulator.throttled:
        print(done.stdout[-2_000:], done.stderr[-6_000:], sep="\n")
        return 1
    return 0


def _fail(simulator: Simulator, is_over: threading.Event) -> None:
    """Let the account be gone for a second, when a quarter is stored."""
    while len(simulator.purchases) < COUNT / 4:
        if is_over.wait(0.01):
            return
    simulator.account_deleted = True
    time.sleep(GONE)
    simulator.account_deleted = False


def _written(folder: Path, *, is_table: bool) -> Path:
    lines = [json.dumps(purchase_line(number)) for number in range(COUNT)]
    if not is_table:
        path = folder / "purchases.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path
    import pyarrow
    from pyarrow import parquet

    path = folder / "purchases.parquet"
    parquet.write_table(pyarrow.table({"account": ["norte"] * COUNT, "record": lines}), path)
    return path


def _environment(simulator: Simulator, folder: Path, purchases: Path) -> dict[str, str]:
    return os.environ | {
        "PURCHASES": str(purchases),
        "JOURNAL": str(folder / "journal.db"),
        "WOOWUP_API_KEY": simulator.api_key,
        "KEY_NORTE": simulator.api_key,
        "WOOWUP_BASE_URL": simulator.url,
        "WOOWUP_BUDGET": "host",
        "WOOWUP_STATE_DIR": str(folder / "state"),
        "SEGMENT": str(simulator.segment),
        # what engines write beside the example, and what they would send home
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(_ROOT / "examples" / "engines"),
        "DAGSTER_HOME": "",
        "PREFECT_HOME": str(folder / "prefect"),
        "DLT_DATA_DIR": str(folder / "dlt"),
        "DO_NOT_TRACK": "1",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RAY_USAGE_STATS_ENABLED": "0",
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
