"""`python -m benchmarks ledger`: what a ledger in PostgreSQL costs for each record, with one and with eight processes.

Each process has an account, and looks up, claims and settles new purchases in batches of 100, without sending them. The
server is on the same machine, so the network costs nothing, and the processes share the cores with it.

A floor is measured beside it: the same rows looked up, inserted and updated through the same kind of connection, one
statement for each batch, with one index and without any check.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import Result, child, cpu, cpu_of, median
from benchmarks.stores import _wait_for_all
from tests.support import postgres
from tests.support.journals import item, note
from woowup_async._flow import Entity
from woowup_async._journal.outcomes import encoded
from woowup_async._ledger import arrays
from woowup_async._ledger.codes import stored
from woowup_async._ledger.connections import connected
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async.budget.dsn import Dsn
from woowup_async.outcomes import Accepted

COUNT, BATCH, PROCESSES, ROUNDS = 20_000, 100, 8, 3
_STEPS = ("find", "claim", "settle")
_BARE_TABLE = """
CREATE TABLE bare (
    account integer, key text COLLATE "C", state smallint NOT NULL, digest bytea NOT NULL, outcome text,
    position text NOT NULL, PRIMARY KEY (account, key)
) WITH (fillfactor = 50)
"""
_FIND = """
SELECT u.n, b.* FROM unnest(%b::text[]) WITH ORDINALITY AS u (key, n)
CROSS JOIN LATERAL (SELECT * FROM bare WHERE account = %b::int AND bare.key = u.key LIMIT 1) AS b
"""
_INSERT = """
INSERT INTO bare (account, key, state, digest, position)
SELECT %b::int, u.key, 0, u.digest, u.position FROM unnest(%b::text[], %b::bytea[], %b::text[])
    AS u (key, digest, position)
"""
_UPDATE = """
WITH u AS MATERIALIZED (
    SELECT b.row FROM unnest(%b::text[]) AS u (key)
    CROSS JOIN LATERAL (SELECT ctid AS row FROM bare WHERE account = %b::int AND bare.key = u.key LIMIT 1) AS b
)
UPDATE bare SET state = 1, outcome = %b::text FROM u WHERE bare.ctid = u.row
"""


def measure(url: str, gate: str, processes: int) -> dict[str, Any]:
    """Store new records, once all processes are at the gate. Return the seconds of each step."""
    return asyncio.run(_measure(url, Path(gate), processes))


def measure_bare(url: str, gate: str, processes: int) -> dict[str, Any]:
    """Store the same rows without a ledger, once all processes are at the gate."""
    return asyncio.run(_measure_bare(url, Path(gate), processes))


async def _measure_bare(url: str, gate: Path, processes: int) -> dict[str, Any]:
    connection = await connected(Dsn(url))
    queued, mine = stored(encoded(Accepted("queued"))), os.getpid()
    took: dict[str, list[float]] = {step: [] for step in _STEPS}
    batches = [
        [item(f"Centro/F-{at + one:08}", str(at + one)) for one in range(BATCH)] for at in range(0, COUNT, BATCH)
    ]
    gc.freeze()  # all items are there before; those of a run come and go
    _wait_for_all(gate, processes)
    began, spent = time.perf_counter(), cpu()
    for items in batches:
        moments = [time.perf_counter()]
        places = [one.key for one in items]
        cursor = await connection.cursor(binary=True).execute(_FIND, (arrays.texts(places), mine))
        assert not await cursor.fetchall()
        moments.append(time.perf_counter())
        digests, positions = [one.digest for one in items], [str(one.record.position) for one in items]
        columns = arrays.texts(places), arrays.digests(digests), arrays.texts(positions)
        await connection.cursor(binary=True).execute(_INSERT, (mine, *columns))
        moments.append(time.perf_counter())
        await connection.cursor(binary=True).execute(_UPDATE, (arrays.texts(places), mine, queued))
        moments.append(time.perf_counter())
        for name, before, after in zip(_STEPS, moments, moments[1:]):
            took[name].append(after - before)
    found: dict[str, Any] = {step: median(each) * 1e3 for step, each in took.items()}
    found["best"] = sum(min(each) for each in took.values()) / BATCH * 1e6
    found |= {"began": began, "ended": time.perf_counter(), "cpu": cpu() - spent}
    await connection.close()
    return found


async def _measure(url: str, gate: Path, processes: int) -> dict[str, Any]:
    ledger = PostgresLedger(Dsn(url), lambda salt: f"{os.getpid()}-{time.time()}".encode())
    await ledger.begin([])
    batches = [
        [item(f"Centro/F-{at + one:08}", str(at + one)) for one in range(BATCH)] for at in range(0, COUNT, BATCH)
    ]
    took: dict[str, list[float]] = {step: [] for step in _STEPS}
    queued = Accepted("queued")
    gc.freeze()  # all items are there before; those of a run come and go
    _wait_for_all(gate, processes)
    began, spent = time.perf_counter(), cpu()
    for items in batches:
        moments = [time.perf_counter()]
        await ledger.find(Entity.PURCHASE, [one.key for one in items])
        moments.append(time.perf_counter())
        assert not await ledger.claim(Entity.PURCHASE, items)
        moments.append(time.perf_counter())
        await ledger.settle([note(one, queued) for one in items], b"")
        moments.append(time.perf_counter())
        for step, before, after in zip(_STEPS, moments, moments[1:]):
            took[step].append(after - before)
    found: dict[str, Any] = {step: median(each) * 1e3 for step, each in took.items()}
    found["best"] = sum(min(each) for each in took.values()) / BATCH * 1e6
    found |= {"began": began, "ended": time.perf_counter(), "cpu": cpu() - spent}
    await ledger.aclose()
    return found


def together(server: postgres.Server, processes: int, what: str) -> dict[str, float]:
    """Let some processes write, each for its own account."""
    before = _cpu_of(server)
    with tempfile.TemporaryDirectory() as gate, ThreadPoolExecutor(processes) as pool:
        made = [pool.submit(child, f"benchmarks.ledger:{what}", server.url, gate, processes) for _ in range(processes)]
        runs = [one.result() for one in made]
    spent = _cpu_of(server) - before
    # the clock of `perf_counter` is one for all processes of a machine
    seconds = max(run["ended"] for run in runs) - min(run["began"] for run in runs)
    records = COUNT * processes
    return {step: median([run[step] for run in runs]) for step in _STEPS} | {
        "best": min(run["best"] for run in runs),
        "each": seconds * processes / records * 1e6,
        "rate": records / seconds,
        "cpu": sum(run["cpu"] for run in runs) / records * 1e6,
        "server": spent / records * 1e6,
    }


def _cpu_of(server: postgres.Server) -> float:
    """Return the seconds of CPU of all processes of a server, also of those that have ended."""
    pid = server._process.get_pid()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_of(pid, ended=True) + cpu_of(*map(int, children))


def main() -> None:
    """Measure, print, save."""
    head = (
        "processes",
        "look up, ms",
        "claim, ms",
        "settle, ms",
        "µs a record",
        "fastest",
        "client CPU µs",
        "server CPU µs",
        "records a second",
    )
    result = Result("ledger", "A shared ledger in PostgreSQL", head=head)
    result.notes.append(
        f"Batches of {BATCH} new purchases, {COUNT:,} for each process; medians of {ROUNDS} rounds; a Unix socket."
    )
    result.notes.append("µs a record is the time of one process for each of its records: three steps of a batch.")
    result.notes.append("The fastest is the sum of the fastest of each step: what it takes if nothing else is running.")
    result.notes.append(
        "The floor is the same rows through the same kind of connection: a look-up, an insert and an update (HOT) of "
        "100 rows, one index, no check, no claim. CPU is for each record, of all processes of the server and of the "
        "clients; two cores can do 50,000 records a second if both together take 40 µs."
    )
    result.notes.append(f"Load of the machine before: {os.getloadavg()[0]:.1f}, with other programs on it.")
    with postgres.started() as server:
        server.execute(_BARE_TABLE, "GRANT ALL ON bare TO shop")
        for processes, what in (
            (1, "measure"),
            (1, "measure_bare"),
            (PROCESSES, "measure"),
            (PROCESSES, "measure_bare"),
        ):
            runs = [together(server, processes, what) for _ in range(ROUNDS)]
            one = {key: median([run[key] for run in runs]) for key in runs[0]}
            steps = [f"{one[step]:.1f}" for step in _STEPS]
            result.rows.append(
                (
                    f"{processes}{', floor' if what == 'measure_bare' else ''}",
                    *steps,
                    f"{one['each']:.0f}",
                    f"{one['best']:.0f}",
                    f"{one['cpu']:.0f}",
                    f"{one['server']:.0f}",
                    f"{one['rate']:,.0f}",
                )
            )
            print(json.dumps(result.rows[-1], ensure_ascii=False), flush=True)
            if what == "measure_bare":
                continue
            if processes == 1:
                result.bar("one process, µs a record", one["each"], "≤", 60)
            else:
                result.bar(f"{processes} processes, records a second", one["rate"], "≥", 50_000)
        size = server.one("SELECT pg_total_relation_size('woowup_record')::float8 / count(*) FROM woowup_record")
        result.bar("bytes a record, with its index", size, "≤", 350)
    result.save()


if __name__ == "__main__":
    main()
