"""A driver that can be killed: `python -m tests.support.spark_driver SETTINGS` writes one table, or runs one stream.

It prints `ready` before it writes, and at the end the report as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from tests.support import spark as cluster


def main(settings: dict[str, Any]) -> None:
    """Run it."""
    with cluster.session(settings["master"], **settings.get("spark", {})) as spark:
        print("ready", flush=True)
        folder = Path(settings["folder"])
        if "stream" in settings:
            stream(spark, settings)
            return
        table = cluster.purchases(spark, settings["accounts"], settings["each"], first=settings["first"])
        done = cluster.written(table, settings["options"], folder)
        print(json.dumps({"report": done.report, "error": done.error}), flush=True)


def stream(spark: Any, settings: dict[str, Any]) -> None:
    """Send the lines of all files of a folder that no earlier driver has finished."""
    rows = spark.readStream.schema("account string, record string").option("maxFilesPerTrigger", 1)
    query = (
        rows.json(settings["stream"])
        .writeStream.format("woowup")
        .options(**settings["options"])
        .option("checkpointLocation", settings["checkpoint"])
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    print(json.dumps({"batches": query.lastProgress["batchId"] if query.lastProgress else None}), flush=True)


class Driver:
    """A driver in another process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.spark_driver", json.dumps(settings)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYSPARK_PYTHON": sys.executable},
        )
        self.pid = self._process.pid

    def kill(self) -> None:
        """Kill the driver with its JVM and all Python workers, as a machine that fails would."""
        whole = [self.pid, *cluster.descendants(self.pid)]
        for pid in whole:
            cluster.kill(pid)
        self._process.wait(30)
        self._out.close()

    def result(self) -> dict[str, Any]:
        """Wait for its end, and return what it printed last."""
        lines = self._out.read().splitlines()
        self._process.wait(60)
        self._out.close()
        assert self._process.returncode == 0, lines
        return dict(json.loads(lines[-1]))

    @property
    def _out(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
