"""What can go wrong while Spark writes, and what each fault leaves: one function for each.

Each writes purchases of its own, so that they can run one after the other in one session.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.support import spark as cluster
from tests.support.fleet import Running
from tests.support.postgres import Server
from tests.support.spark import IN_FLIGHT, ITEMS, Fault
from tests.support.spark_driver import Driver
from tests.support.valkey import Valkey

ACCOUNTS, EACH = 4, 2_000
#: The fleet's segments take 7.5 s instead of 30, and its answers 0.2 s.
SPEED, LATENCY = 4.0, 0.2
#: Purchases of each account that are stored when something happens, so that all tasks are at work.
_EARLY = EACH // 8


@dataclass
class Seen:
    """What a fault left.

    Attributes:
        name: of the fault.
        submitted: purchases of the table.
        stored: purchases on the servers.
        reported: outcomes in the driver's report.
        accepted: of these, accepted.
        duplicates: purchases that were sent again and ignored by the server.
        unread: requests whose process was gone when the server answered.
        most: duplicates that were in flight at most, over all kills.
        throttled: requests that were refused with 429.
        seconds: that the write took.

    """

    name: str
    submitted: int = ACCOUNTS * EACH
    stored: int = 0
    reported: int = 0
    accepted: int = 0
    duplicates: int = 0
    unread: int = 0
    most: int = 0
    throttled: int = 0
    seconds: float = 0.0

    def plus(self, other: Seen) -> Seen:
        """Return the counts of two writes together, under this one's name."""
        counts = {each: value + getattr(other, each) for each, value in asdict(self).items() if each != "name"}
        return Seen(self.name, **counts)

    def check(self) -> None:
        """Nothing was lost, each record has one outcome, and no more was sent twice than was in flight."""
        assert self.stored == self.reported == self.accepted == self.submitted, self
        assert self.duplicates <= self.most, self


@dataclass
class Place:
    """Where writes happen.

    Attributes:
        spark: a session.
        fleet: the accounts.
        folder: for reports.
        valkey: the store of the budgets.
        ledger: the server of the ledger.

    """

    spark: Any
    fleet: Running
    folder: Path
    valkey: Valkey
    ledger: Server
    first: int = 0
    is_writing: bool = False
    before: dict[str, int] = field(default_factory=dict)
    by_account: dict[str, int] = field(default_factory=dict)

    def is_early(self) -> bool:
        """Return whether each account has some purchases of this write."""
        counts = self.fleet.counts()
        return all(counts[name]["stored"] - before >= _EARLY for name, before in self.by_account.items())

    def stored(self) -> int:
        """Return the purchases that were stored since the fault's write began."""
        return self.fleet.total("stored") - self.before["stored"]

    def options(self, **more: object) -> dict[str, str]:
        """Return the options of a write with the shared budget and ledger."""
        own: dict[str, object] = {"budget": "env:BUDGET_URL", "journal": "env:LEDGER_URL"}
        return cluster.options(self.fleet, SPEED, **(own | more))

    def write(
        self,
        name: str,
        what: Callable[[], object] | None = None,
        kills: int = 0,
        change: Callable[[Any], Any] = lambda table: table,
        **options: Any,
    ) -> Seen:
        """Write a table while something happens, and count.

        Args:
            name: of the fault.
            what: what happens when an eighth of each account is stored.
            kills: how many times half of the accounts lose their requests in flight.
            change: changes the table.
            options: other options.

        """
        self.begin()
        table = change(cluster.purchases(self.spark, ACCOUNTS, EACH, first=self.first))
        self.first += EACH
        fault = Fault(self.is_early, what) if what is not None else None
        began = time.monotonic()
        self.is_writing = True
        try:
            done = cluster.written(table, self.options(**options), self.folder, fault, self.end)
        finally:
            self.end()
        return self.seen(name, done.total, kills, time.monotonic() - began)

    def end(self) -> None:
        """Say that the write is over."""
        self.is_writing = False

    def begin(self) -> None:
        """Begin to count."""
        self.by_account = {name: counts["stored"] for name, counts in self.fleet.counts().items()}
        self.before = {each: self.fleet.total(each) for each in ("stored", "duplicates", "throttled", "unread")}

    def seen(self, name: str, total: dict[str, Any], kills: int, seconds: float) -> Seen:
        """Return the counts since `begin`."""
        return Seen(
            name,
            stored=self.stored(),
            reported=sum(total[each] for each in ("accepted", "rejected", "released", "in_doubt")),
            accepted=total["accepted"],
            duplicates=self.fleet.total("duplicates") - self.before["duplicates"],
            unread=self.fleet.total("unread") - self.before["unread"],
            most=kills * ACCOUNTS * IN_FLIGHT * ITEMS // 2,
            throttled=self.fleet.total("throttled") - self.before["throttled"],
            seconds=seconds,
        )


def nothing(place: Place) -> Seen:
    """Nothing goes wrong."""
    return place.write("nothing")


def task_raises(place: Place, **options: Any) -> Seen:
    """The task raises an exception when an eighth is stored, the first time."""
    url, before, marker = place.fleet.counts_url, place.fleet.total("stored"), place.folder / f"raised-{place.first}"

    def raising(batches: Iterator[Any]) -> Iterator[Any]:
        from tests.support.fleet import total_of

        yield from batches
        if not marker.exists():
            while total_of(url, "stored") < before + ACCOUNTS * _EARLY:
                time.sleep(0.02)
            marker.touch()
            raise RuntimeError("this task was made to fail")

    def change(table: Any) -> Any:
        return table.mapInArrow(raising, table.schema)

    return place.write("a task raises", kills=2, change=change, **options)


def worker_killed(place: Place) -> Seen:
    """The Python process of one executor is killed."""
    return place.write("Python worker killed", lambda: _kill_worker(place), kills=1)


def executor_killed(place: Place) -> Seen:
    """One executor is killed, with its Python process."""
    return place.write("executor killed", lambda: _kill_executor(place), kills=1)


def random_kills(place: Place, rng: random.Random, most: int) -> tuple[Seen, int]:
    """Kill executors and Python workers that send, at random moments. Return how many were killed, too."""
    killed = list[int]()

    def what() -> None:
        while place.is_writing and len(killed) < most:
            time.sleep(rng.uniform(0.0, 2.0))
            senders = {each: cluster.senders(each, place.fleet.port) for each in cluster.executors()}
            victims = [pid for executor, workers in senders.items() if workers for pid in (executor, *workers)]
            if victims and place.is_writing:
                killed.append(rng.choice(victims))
                cluster.kill(killed[-1])

    seen = place.write("random kills", what)
    seen.most = len(killed) * ACCOUNTS * IN_FLIGHT * ITEMS // 2
    return seen, len(killed)


def store_down(place: Place) -> Seen:
    """The store of the budgets is down for two seconds, and has lost its data."""

    def what() -> None:
        place.valkey.kill()
        time.sleep(2)
        place.valkey.start()

    return place.write("budget store down for 2 s", what)


def ledger_down(place: Place) -> Seen:
    """The server of the ledger crashes, and is back after two seconds."""

    def what() -> None:
        place.ledger.crash()
        time.sleep(2)
        place.ledger.start()

    return place.write("ledger down for 2 s", what, kills=2)


def driver_killed(place: Place) -> Seen:
    """The driver is killed with its executors, and another one writes the same table."""
    place.begin()
    settings = {
        "master": "local[2]",
        "accounts": ACCOUNTS,
        "each": EACH,
        "first": place.first,
        "folder": str(place.folder),
        "options": place.options(),
    }
    place.first += EACH
    began, driver = time.monotonic(), Driver(settings)
    cluster.until(place.is_early)
    driver.kill()
    done = Driver(settings).result()
    assert not done["error"], done
    return place.seen("driver killed, run again", done["report"]["total"], 2, time.monotonic() - began)


def speculation(place: Place) -> Seen:
    """Spark starts a second copy of the slower task. One account has few purchases, so that its task ends early.

    The session needs `spark.speculation` and what makes it quick: see `SPECULATION`.
    """
    return place.write("speculation on")


#: Settings with which Spark starts a second copy of each task that takes a little longer than another one.
SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.4",
    "spark.speculation.minTaskRuntime": "100ms",
}


def _kill_worker(place: Place) -> None:
    workers = [worker for each in cluster.executors() for worker in cluster.senders(each, place.fleet.port)]
    cluster.kill(workers[0])


def _kill_executor(place: Place) -> None:
    executor = next(each for each in cluster.executors() if cluster.senders(each, place.fleet.port))
    workers = cluster.workers_of(executor)
    cluster.kill(executor)
    for worker in workers:  # on another machine they would be gone with it
        cluster.kill(worker)


def environment(fleet: Running, valkey: Valkey, ledger: Server) -> None:
    """Set the variables that the executors read."""
    os.environ.update(fleet.keys)
    os.environ["BUDGET_URL"] = valkey.url
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    os.environ["LEDGER_URL"] = ledger.url
