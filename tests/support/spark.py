"""Spark on this machine: sessions in this process, tables of purchases, writes in a thread, and processes to kill."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.fleet import Running
from tests.support.official import purchase_line

#: A cluster with two executors in JVMs of their own, with one core each. Python workers have memory of their own.
CLUSTER = "local-cluster[2,1,700]"
#: Purchases of one request: small, so that a small table has many requests.
ITEMS = 20
#: Bulk requests of one account that one process has in flight at most (`SessionPool.in_flight`).
IN_FLIGHT = 8
#: A table of purchases with columns in Spanish.
MAPPING = """
[purchase]
key = ["Pedido"]
fields.invoice_number = { column = "Pedido" }
fields.email = { column = "Email" }
fields.createtime = { column = "Fecha", as = "datetime", format = "iso" }
fields."prices.total" = { column = "Total", as = "decimal" }
lines.sku = { column = "SKU" }
lines.quantity = { column = "Cantidad", as = "int" }
lines.unit_price = { column = "Total", as = "decimal" }
"""
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "700m",
    "spark.executor.memory": "700m",
    "spark.sql.shuffle.partitions": "2",
    "spark.log.level": "ERROR",
    # short runs: compiling less starts faster
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "250",
    # a killed worker of Python must not be found dead by several tasks in a row
    "spark.task.maxFailures": "6",
}


@contextmanager
def session(master: str, **settings: str) -> Iterator[Any]:
    """Start Spark in this process. The JVM and the executors get this process's environment as it is now."""
    from pyspark.sql import SparkSession

    from woowup_async.contrib.spark import register

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master(master).appName("woowup")
    with tempfile.TemporaryDirectory() as folder:
        own = {"spark.local.dir": folder, "spark.sql.warehouse.dir": f"{folder}/warehouse"}
        for name, value in {**_SETTINGS, **own, **settings}.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        try:
            register(spark)
            yield spark
        finally:
            _stop(spark)


def _stop(spark: Any) -> None:
    """Stop the session and its JVM: the next session needs other settings and another environment."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    spark.stop()
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(60)
    SparkContext._gateway = SparkContext._jvm = None


def purchases(spark: Any, accounts: int, count: int, partitions: int = 2, first: int = 0) -> Any:
    """Return a table with `count` purchases of each account, as JSON, with the rows of an account in one partition."""
    from pyspark.sql import functions as f

    line = json.dumps(purchase_line(0) | {"invoice_number": "NUMBER"})
    number = (f.col("id") / accounts).cast("long") + first
    rows = spark.range(accounts * count).select(
        f.concat(f.lit("fleet-"), (f.col("id") % accounts).cast("string")).alias("account"),
        f.replace(f.lit(line), f.lit("NUMBER"), f.concat(f.lit("F-"), number.cast("string"))).alias("record"),
    )
    # with a number, Spark does not join small partitions again
    return rows.repartition(partitions, "account")


def options(fleet: Running, speed: float, **more: object) -> dict[str, str]:
    """Return the options of a write to a fleet."""
    base = {
        "entity": "purchases",
        "json": "record",
        "accounts": "env:KEY_{account}",
        "base_url": fleet.url,
        "segment": 30 / speed,
        "max_items": ITEMS,
    }
    return {name: str(value) for name, value in (base | more).items() if value is not None}


@dataclass
class Written:
    """How a write ended.

    Attributes:
        report: what the driver reported; empty if the write failed.
        error: why it failed.

    """

    report: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def total(self) -> dict[str, Any]:
        """The counts of all accounts."""
        assert not self.error, self.error
        return dict(self.report["total"])


class Fault(threading.Thread):
    """Something that happens while this process writes.

    The write needs the main thread: another one has no active session of Spark, and does not find the data source.

    Args:
        when: it happens when this is true.
        what: what happens.

    """

    def __init__(self, when: Callable[[], object], what: Callable[[], object]) -> None:
        super().__init__()
        self._when, self._what, self._is_over = when, what, threading.Event()
        self.has_happened = False

    def run(self) -> None:
        while not self._is_over.wait(0.02):
            if self._when():
                self._what()
                self.has_happened = True
                return

    def end(self) -> None:
        """End the wait."""
        self._is_over.set()
        self.join()


def written(
    table: Any,
    settings: dict[str, str],
    folder: Path,
    fault: Fault | None = None,
    ended: Callable[[], object] = lambda: None,
) -> Written:
    """Write a table, with a fault meanwhile, and return how it ended. `ended` is called when the write has ended."""
    made, report = Written(), folder / f"report-{time.monotonic_ns()}.json"
    if fault is not None:
        fault.start()
    try:
        table.write.format("woowup").mode("append").options(**settings, report=str(report)).save()
        made.report = json.loads(report.read_text())
    except Exception as error:
        made.error = str(error)  # the JVM has the text, and may be gone when it is shown
    finally:
        ended()
        if fault is not None:
            fault.end()
    assert fault is None or fault.has_happened, f"the fault did not happen: {made}"
    return made


def until(holds: Callable[[], object], seconds: float = 300.0) -> None:
    """Wait until something of another process is true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.02)


def executors(parent: int | None = None) -> list[int]:
    """Return the processes of this process's (or a driver's) executors, from the oldest."""
    return descendants(parent or os.getpid(), "CoarseGrainedExecutorBackend")


def workers_of(executor: int) -> list[int]:
    """Return the Python workers of an executor: children of its daemon."""
    return [worker for pid in _children(executor) if "pyspark.daemon" in _command(pid) for worker in _children(pid)]


def senders(executor: int, port: int) -> list[int]:
    """Return the Python workers of an executor that are connected to a port: an executor keeps idle workers, too."""
    connected = _sockets_to(port)
    return [worker for worker in workers_of(executor) if connected & _sockets_of(worker)]


def _sockets_to(port: int) -> set[str]:
    """Return the sockets that are connected to a port of this machine."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{line[9]}]" for line in lines if line[3] == "01" and int(line[2].partition(":")[2], 16) == port}


def _sockets_of(pid: int) -> set[str]:
    found = set[str]()
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(descriptor.readlink()))
    return found


def kill(pid: int) -> None:
    """Kill a process of ours at once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def descendants(parent: int, what: str = "") -> list[int]:
    """Return the processes below a process whose command has a text."""
    found, waiting = list[int](), [parent]
    while waiting:
        for pid in _children(waiting.pop()):
            waiting.append(pid)
            if what in _command(pid):
                found.append(pid)
    return sorted(found)


def _children(pid: int) -> list[int]:
    found = list[int]()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
