"""`python -m benchmarks accounts`: many accounts over four processes and one Valkey, in real time.

A report of what it costs and what bounds it, without bars. Each process has a limiter for each account, all over one
`RedisStore`. Requests go to the windows of the simulator over a small protocol of their own, 200 ms away, so that most
of the measured CPU is the limiters' and the store's. The segments of the accounts end at different times, or all at the
same time: then the next permits of all accounts come at the same moments, too.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import struct
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

from benchmarks.common import Result, child, cpu, median
from tests.support.valkey import Valkey
from woowup_async._clock import MonotonicClock
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.budget import RedisStore, account_name
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing._window import ServerWindow

PROCESSES, LIMIT, SEGMENT, TRIP = 4, 70, 30.0, 0.2
#: Seconds that are measured, after at least `_WARM` seconds in which the processes start and the workers meet.
SECONDS, _WARM = 30.0, 5.0
#: Accounts, seconds between two requests of an account in one process (0 for as many as it may send), and whether all
#: segments end at the same time.
ROWS = (
    (10, 0.0, False), (100, 0.0, False), (100, 0.0, True), (300, 0.0, False), (1_000, 0.0, False), (1_000, 40.0, False),
)  # fmt: skip
#: Tasks of an account in a process that want permits.
_TASKS = 2


#: A request is its number and its account; an answer is the number, the window's end, and whether it was refused.
_REQUEST, _ANSWER = struct.Struct("!II"), struct.Struct("!Id?")


class Server:
    """The windows of all accounts, in a thread of its own."""

    def __init__(self, accounts: int, *, in_phase: bool) -> None:
        self._in_phase = in_phase
        self._windows = [
            ServerWindow(LIMIT, SEGMENT, counts_refused=False, weighs_remaining=False) for _ in range(accounts)
        ]
        self.accepted = self.refused = self.port = 0
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])

    def __enter__(self) -> Server:
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        await self._stop.wait()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                number, account = _REQUEST.unpack(await reader.readexactly(_REQUEST.size))
                verdict = self._windows[account].arrive(clock_of(account, in_phase=self._in_phase))
                self.refused += verdict.is_refused
                self.accepted += not verdict.is_refused
                writer.write(_ANSWER.pack(number, verdict.reset, verdict.is_refused))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def clock_of(account: int, *, in_phase: bool) -> float:
    """Return what the clock of an account's server shows."""
    return time.time() + (0.0 if in_phase else account * 0.618 % 1 * SEGMENT)


class Line:
    """A process's connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._number = reader, writer, 0
        self._waiting: dict[int, asyncio.Future[tuple[float, bool]]] = {}

    async def ask(self, account: int) -> tuple[float, bool]:
        """Send a request. Return the end of the segment, and whether it was refused."""
        self._number += 1
        future = self._waiting[self._number] = asyncio.Future()
        self._writer.write(_REQUEST.pack(self._number, account))
        return await future

    async def listen(self) -> None:
        """Hand out the answers."""
        while True:
            number, reset, is_refused = _ANSWER.unpack(await self._reader.readexactly(_ANSWER.size))
            future = self._waiting.pop(number)
            if not future.done():
                future.set_result((reset, is_refused))


class Process:
    """One process with a limiter for each account."""

    def __init__(self, store: RedisStore, line: Line, accounts: int, pause: float, *, in_phase: bool) -> None:
        clock, self._line, self._pause, self._in_phase = MonotonicClock(), line, pause, in_phase
        names = [account_name(f"key {number}", "https://example.com", SEGMENT) for number in range(accounts)]
        self.limiters = [SharedLimiter(RateLimit(), clock, store, name) for name in names]

    async def spend(self, begin: float) -> dict[str, Any]:
        """Send requests for all accounts, and return the figures of the measured time."""
        tasks = [self._repeat(number) for number in range(len(self.limiters)) for _ in range(_TASKS)]
        running = [asyncio.create_task(task) for task in (self._line.listen(), *tasks)]
        await asyncio.sleep(begin - time.time())
        before, used = self._counts(), cpu()
        await asyncio.sleep(begin + SECONDS - time.time())
        used, counts = cpu() - used, self._counts()
        latency = median([limiter.statistics().budget.latency for limiter in self.limiters])  # type: ignore[union-attr]
        for limiter in self.limiters:
            limiter.kill()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return {"cpu": used, "latency": latency} | {name: counts[name] - before[name] for name in counts}

    async def _repeat(self, number: int) -> None:
        while True:
            if self._pause:
                await asyncio.sleep(random.expovariate(1 / (self._pause * _TASKS)))
            permit = await self.limiters[number].admit(Lane.BULK)
            await asyncio.sleep(TRIP / 2)
            at = clock_of(number, in_phase=self._in_phase)
            reset, is_refused = await self._line.ask(number)
            await asyncio.sleep(TRIP / 2)
            headers = {
                "date": formatdate(math.floor(at), usegmt=True),
                "x-rate-limit-limit": str(LIMIT),
                "x-rate-limit-reset": f"{reset:.0f}",
            }
            if is_refused:
                headers["retry-after"] = str(math.ceil(reset - at))
            permit.answered(429 if is_refused else 200, headers)

    def _counts(self) -> Counter[str]:
        total = Counter[str]()
        for limiter in self.limiters:
            seen = limiter.statistics().budget
            assert seen is not None
            total.update(trips=seen.trips, conflicts=seen.conflicts, fallbacks=seen.fallbacks)
        return total


def work(url: str, port: int, row: tuple[int, float, bool], begin: float) -> dict[str, Any]:
    """Be one of the processes."""

    async def main() -> dict[str, Any]:
        line = Line(*await asyncio.open_connection("127.0.0.1", port))
        async with RedisStore(url) as store:
            accounts, pause, in_phase = row
            return await Process(store, line, accounts, pause, in_phase=in_phase).spend(begin)

    return asyncio.run(main())


def together(accounts: int, pause: float, in_phase: bool) -> dict[str, float]:
    """Let the processes spend the accounts over a new Valkey."""
    with Valkey() as valkey, Server(accounts, in_phase=in_phase) as server, ThreadPoolExecutor(PROCESSES) as pool:
        begin = math.ceil((time.time() + _WARM) / SEGMENT) * SEGMENT
        arguments = (valkey.url, server.port, (accounts, pause, in_phase), begin)
        made = [pool.submit(child, "benchmarks.accounts:work", *arguments) for _ in range(PROCESSES)]
        time.sleep(begin - time.time())
        used, accepted, refused = _cpu_of(valkey), server.accepted, server.refused
        time.sleep(begin + SECONDS - time.time())
        used, accepted, refused = _cpu_of(valkey) - used, server.accepted - accepted, server.refused - refused
        memory = valkey.run("INFO", "memory")["used_memory"]
        runs = [one.result() for one in made]
    total = Counter[str]()
    for run in runs:
        total.update({name: run[name] for name in ("cpu", "trips", "conflicts", "fallbacks")})
    turns = max(1, total["trips"] / 2)
    return {
        "rate": accepted / SECONDS,
        "share": accepted / (accounts * LIMIT * SECONDS / SEGMENT),
        "refused": 1_000 * refused / max(1, accepted),
        "trips": total["trips"] / max(1, accepted),
        "conflicts": total["conflicts"] / turns,
        "fallbacks": total["fallbacks"],
        "latency": 1e3 * median([run["latency"] for run in runs]),
        "client": total["cpu"] / SECONDS,
        "per_trip": 1e6 * total["cpu"] / max(1, total["trips"]),
        "server": used / SECONDS,
        "bytes": memory / accounts,
    }


def _cpu_of(valkey: Valkey) -> float:
    used = valkey.run("INFO", "cpu")
    return float(used["used_cpu_sys"]) + float(used["used_cpu_user"])


def main() -> None:
    """Measure, print, save."""
    result = Result("accounts", "Many accounts over four processes and one Valkey")
    result.head = (
        "accounts", "each process sends", "requests a second", "of all budgets", "refused per 1,000",
        "round trips a request", "conflicts", "fallbacks", "round trip ms", "CPU of clients", "µs a round trip",
        "CPU of Valkey", "bytes an account",
    )  # fmt: skip
    result.notes.append(
        f"Real time: {SECONDS:g} s of a run of each row. CPU in cores; the machine has {os.cpu_count()}."
    )
    result.notes.append(
        "Conflicts are parts of the transactions. Fallbacks are limiters that went on without the store."
    )
    result.notes.append(f"Load of the machine before: {os.getloadavg()[0]:.1f}, with other programs on it.")
    for accounts, pause, in_phase in ROWS:
        seen = together(accounts, pause, in_phase)
        how = f"a request every {pause:g} s" if pause else "as much as it may"
        how += ", all segments end together" if in_phase else ""
        per_trip = f"{seen['per_trip']:.0f}" if seen["trips"] > 1 else "–"
        result.rows.append((
            f"{accounts:,}", how, f"{seen['rate']:,.0f}", f"{seen['share']:.3f}", f"{seen['refused']:.1f}",
            f"{seen['trips']:.1f}", f"{seen['conflicts']:.1%}", f"{seen['fallbacks']:,.0f}", f"{seen['latency']:.1f}",
            f"{seen['client']:.2f}", per_trip, f"{seen['server']:.2f}", f"{seen['bytes']:,.0f}",
        ))  # fmt: skip
        print(json.dumps(result.rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
    result.save()


if __name__ == "__main__":
    main()
