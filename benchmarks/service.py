"""`python -m benchmarks.service`: the throughput of the ingester, the CPU of a submit, the latency of the example app.

Throughput: many callers send orders one after the other to an account at ten times its speed, through the ingester and
with one `purchases.create` for each order. Overhead: CPU of a record from `submit` to its outcome (null transport),
compared with the accumulators of two well-known clients. Latency: the time to the 202 of `examples/fastapi_app` in its
own process or four workers, at fixed rates and at the highest rate of 200 clients.
"""

from __future__ import annotations

import argparse
import gc
import glob
import json
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import msgspec

from benchmarks.common import machine
from benchmarks.peers import kafka_cost, pubsub_cost
from woowup_async import IngestPolicy, Purchase, RateLimit, User, WoowUp
from woowup_async._planning.dry_run import Free, Willing
from woowup_async.testing import Simulator

RESULTS = Path(__file__).parent / "results"
EXAMPLE = Path(__file__).parent.parent / "examples" / "fastapi_app"
SPEED = 10.0
#: Simulated seconds over which throughput is measured, after a first segment.
SPAN = 120.0
SUBMITS = 20_000
ORDERS, CLIENTS = 5_000, 200
ATTEMPTS = 1_000_000


def order(number: int) -> dict[str, Any]:
    """Return a purchase of about 1 KB."""
    line = {"sku": "AB-1", "quantity": 1, "unit_price": 9.5, "product_name": "Remera lisa de algodón, cuello redondo"}
    return {
        "email": "ana@example.com",
        "invoice_number": f"F-{number:07}",
        "purchase_detail": [line] * 8,
        "prices": {"total": 76},
        "createtime": "2024-01-01 10:00:00",
    }


async def throughput(flow: str) -> float:
    """Return the accepted purchases per simulated minute."""
    async with Simulator(speed=SPEED) as simulator:
        limit = RateLimit(segment=simulator.segment)
        async with WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit) as woowup:
            await woowup.users.create(User(email="ana@example.com"))
            numbers = iter(range(10_000_000))
            async with woowup.ingester() as ingester, anyio.create_task_group() as tasks:

                async def pushing() -> None:
                    while True:
                        await (await ingester.submit(order(next(numbers))))

                async def posting() -> None:
                    while True:
                        await woowup.purchases.create(order(next(numbers)))

                pushed = flow == "ingester"
                for _ in range(1_000 if pushed else CLIENTS):
                    tasks.start_soon(pushing if pushed else posting)
                await anyio.sleep(30 / SPEED)
                before, began = len(simulator.purchases), time.perf_counter()
                await anyio.sleep(SPAN / SPEED)
                rate = (len(simulator.purchases) - before) / (time.perf_counter() - began) / SPEED * 60
                tasks.cancel_scope.cancel()
    return rate


async def cost(records: list[Any], outbox: Path | None = None) -> float:
    """Return the CPU of one record from `submit` to its outcome, in µs."""
    async with WoowUp("key") as woowup:
        await woowup._connections.aclose()
        woowup._connections._transport = Willing()
        woowup._session.limiter = Free()  # type: ignore[assignment]
        async with woowup.ingester(outbox=outbox) as ingester:
            numbers, per = iter(records), CLIENTS

            async def caller() -> None:
                for record in numbers:
                    await ingester.submit(record)

            began = time.process_time()
            async with anyio.create_task_group() as tasks:
                for _ in range(per):
                    tasks.start_soon(caller)
            await ingester.flush()
            spent = time.process_time() - began
            assert ingester.report.accepted == len(records)
    return spent / len(records) * 1e6


def floor(lines: list[bytes]) -> float:
    """Return the CPU of the typed decode alone, in µs."""
    decode = msgspec.json.Decoder(Purchase).decode
    began = time.process_time()
    for line in lines:
        decode(line)
    return (time.process_time() - began) / len(lines) * 1e6


async def costs() -> dict[str, float | str]:
    """Return medians of three interleaved measurements."""
    orders = [order(number) for number in range(SUBMITS)]
    lines = [msgspec.json.encode(each) for each in orders]
    models = [msgspec.convert(each, Purchase) for each in orders]
    gc.collect()
    gc.freeze()  # otherwise each collection would visit what only this benchmark keeps
    measures: dict[str, Callable[[], Awaitable[float | str]]] = {
        "floor: the typed decode alone, JSON bytes": lambda: _done(floor(lines)),
        "ingester, JSON bytes": lambda: cost(lines),
        "ingester, mappings": lambda: cost(orders),
        "ingester, models": lambda: cost(models),
        "ingester with an outbox, JSON bytes": lambda: _with_outbox(lines),
        "aiokafka's accumulator, bytes": lambda: kafka_cost(lines),
        "google-cloud-pubsub's client, bytes": lambda: pubsub_cost(lines),
    }
    seen: dict[str, list[Any]] = {name: [] for name in measures}
    for _ in range(3):
        for name, measure in measures.items():
            seen[name].append(await measure())
    return {
        name: sorted(figures, key=str if isinstance(figures[0], str) else float)[1] for name, figures in seen.items()
    }


async def stalled(attempts: int) -> float:
    """Return the MB that attempts to submit add while the server does not answer and the ingester is full."""
    stopped: Any = Willing()
    stopped.send = lambda request: anyio.sleep_forever()
    async with WoowUp("key", ingest=IngestPolicy(drain=0)) as woowup:
        await woowup._connections.aclose()
        woowup._connections._transport = stopped
        async with woowup.ingester() as ingester:
            for number in range(ingester.capacity):
                await ingester.submit(order(number))
            before, refused = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
            for number in range(attempts):
                try:
                    ingester.submit_nowait(order(number))
                except anyio.WouldBlock:
                    refused += 1
            assert refused == attempts
            return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


async def _done(figure: float) -> float:
    return figure


async def _with_outbox(lines: list[bytes]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return await cost(lines, Path(folder) / "orders.outbox")


async def latencies(rate: float | None, workers: int = 1) -> list[float]:
    """Return the seconds to the 202, at a rate of orders per second or as fast as all clients can."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        async with Simulator(speed=60) as simulator:
            environment = os.environ | {
                "WOOWUP_API_KEY": simulator.api_key,
                "WOOWUP_BASE_URL": simulator.url,
                "WOOWUP_SEGMENT": str(simulator.segment),
                "ORDERS_OUTBOX": f"{folder}/orders.outbox",
                "ORDERS_REJECTED": f"{folder}/rejected.jsonl",
            }
            command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
            command += ["--workers", str(workers)] if workers > 1 else []
            process = await anyio.open_process(command, cwd=EXAMPLE, env=environment, stdout=subprocess.DEVNULL)
            try:
                await _started(folder, workers)
                return await _loaded(f"http://127.0.0.1:{port}", rate)
            finally:
                process.send_signal(signal.SIGTERM)
                await process.wait()


async def _started(folder: str, workers: int) -> None:
    """Wait until each worker has its slot."""
    for _ in range(600):
        if len(glob.glob(f"{folder}/*.outbox")) >= workers:  # noqa: PTH207 - nothing else runs yet
            return
        await anyio.sleep(0.05)


async def _loaded(url: str, rate: float | None) -> list[float]:
    waits: list[float] = []
    numbers = iter(range(ORDERS))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for _ in range(200):  # until it has started
            if await _answers(session, f"{url}/health/woowup"):
                break
            await anyio.sleep(0.05)
        began = time.perf_counter()

        async def client() -> None:
            for number in numbers:
                if rate is not None:
                    await anyio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                asked = time.perf_counter()
                async with session.post(f"{url}/orders", data=json.dumps(order(number))) as response:
                    assert response.status == 202
                waits.append(time.perf_counter() - asked)

        async with anyio.create_task_group() as tasks:
            for _ in range(CLIENTS):
                tasks.start_soon(client)
    return sorted(waits)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def latency_rows() -> list[str]:
    """Measure the time to the 202, and return the lines of its table."""
    rows = [f"| seconds to the 202 of the example app, {CLIENTS} clients | p50 | p99 |", "|---|---|---|"]
    loads: tuple[tuple[str, float | None, int], ...] = (
        ("300 orders a second", 300.0, 1),
        ("300 orders a second, 4 workers", 300.0, 4),
        ("500 orders a second", 500.0, 1),
        ("as fast as they can", None, 1),
    )
    for name, rate, workers in loads:
        waits = anyio.run(latencies, rate, workers)
        rows.append(f"| {name} | {waits[len(waits) // 2]:.4f} | {waits[int(len(waits) * 0.99)]:.4f} |")
    return rows


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--only-latency", action="store_true", help="print the last table only, and save nothing")
    if parser.parse_args().only_latency:
        print("\n".join(latency_rows()))
        return
    pushed, posted = (anyio.run(throughput, flow) for flow in ("ingester", "one by one"))
    rates = [
        ("through the ingester, 1,000 callers", f"{pushed:,.0f}"),
        (f"one `purchases.create` for each, {CLIENTS} callers", f"{posted:,.0f}"),
        ("ratio", f"{pushed / posted:.0f}"),
    ]
    found = anyio.run(costs)
    spent = [(name, figure if isinstance(figure, str) else f"{figure:.1f}") for name, figure in found.items()]
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores, client and server on the same machine.",
        "",
        *_table("accepted purchases a minute, at 140 requests a minute", "", rates),
        *_table("CPU of a record of 1 KB, from submit to outcome, null transport", "µs", spent),
        f"{ATTEMPTS:,} attempts to submit to a stopped server add {anyio.run(stalled, ATTEMPTS):.1f} MB.",
        "",
        *latency_rows(),
    ]
    print("\n".join(lines))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "service.md").write_text("# The ingester in a service\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    over = float(found["ingester, JSON bytes"]) - float(found["floor: the typed decode alone, JSON bytes"])
    bars = [("ingester over the decode, µs", over, "≤ 22", over <= 22)]
    saved = {"machine": machine(), "rows": rates + spent, "head": ("", "figure"), "bars": bars}
    (RESULTS / "service.json").write_text(json.dumps(saved, indent=1, ensure_ascii=False), encoding="utf-8")


def _table(what: str, unit: str, rows: list[tuple[str, str]]) -> list[str]:
    return [f"| {what} | {unit} |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in rows), ""]


if __name__ == "__main__":
    main()
