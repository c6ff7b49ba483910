"""Uploads of purchases to the null server: with this library, with floors, and with other clients.

`upload`, `memory` and `loop` use them, each run in its own process. A run is void unless all documents were delivered.
"""

from __future__ import annotations

import asyncio
import os
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from benchmarks.common import cpu, lines, mappings, models, peak_mb
from woowup_async import Purchase, RateLimit, WoowUp

CHUNK, TASKS = 100, 8
_TICK = 0.001
Upload = Callable[[str, int], Awaitable[None]]


async def ours(url: str, count: int, raws: Callable[[int], Iterator[Any]] = lines, journal: Path | None = None) -> None:
    """Upload with `woowup.ingest`."""
    async with WoowUp("benchmark", base_url=f"{url}/apiv3", rate_limit=RateLimit(limit=1_000_000)) as woowup:
        report = await woowup.ingest(purchases=raws(count), journal=journal)
        assert report.accepted == count, report


async def ours_from_models(url: str, count: int) -> None:
    """Upload with `woowup.ingest`, from models."""
    await ours(url, count, models)


async def ours_with_journal(url: str, count: int) -> None:
    """Upload with `woowup.ingest` and a journal on disk."""
    path = Path(f"/tmp/woowup-benchmark-{os.getpid()}.journal")
    try:
        await ours(url, count, journal=path)
    finally:
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()


def _bodies(raws: Iterator[Any], prepare: Callable[[Any], bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for raw in raws:
        batch.append(prepare(raw))
        if len(batch) == CHUNK:
            yield _joined(batch)
            batch = []
    if batch:
        yield _joined(batch)


def _joined(bodies: list[bytes]) -> bytes:
    """Join without a second copy, as we do: a floor must not be slower than it could be."""
    bodies[0] = b"[" + bodies[0]
    bodies[-1] += b"]"
    return b",".join(bodies)


async def _posted(url: str, bodies: Iterator[bytes]) -> None:
    async with aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session:

        async def work() -> None:
            for body in bodies:
                async with session.post(f"{url}/floor", data=body) as response:
                    await response.read()

        await asyncio.gather(*(work() for _ in range(TASKS)))


async def floor(url: str, count: int) -> None:
    """Upload ready-made bodies with aiohttp."""
    await _posted(url, _bodies(lines(count), lambda raw: raw))


async def floor_with_decode(url: str, count: int) -> None:
    """Upload with aiohttp, with one typed decode for each purchase."""
    decode = msgspec.json.Decoder(Purchase).decode

    def checked(raw: bytes) -> bytes:
        decode(raw)
        return raw

    await _posted(url, _bodies(lines(count), checked))


async def floor_with_encode(url: str, count: int) -> None:
    """Upload with aiohttp, with one encode for each model."""
    await _posted(url, _bodies(models(count), msgspec.json.Encoder(decimal_format="number").encode))


async def httpx_floor(url: str, count: int) -> None:
    """Upload ready-made bodies with httpx."""
    import httpx

    bodies = _bodies(lines(count), lambda raw: raw)
    async with httpx.AsyncClient(headers={"Content-Type": "application/json"}) as client:

        async def work() -> None:
            for body in bodies:
                await client.post(f"{url}/floor", content=body)

        await asyncio.gather(*(work() for _ in range(TASKS)))


async def elasticsearch(url: str, count: int) -> None:
    """Upload with `async_bulk` of elasticsearch-py."""
    from elasticsearch import AsyncElasticsearch
    from elasticsearch.helpers import async_bulk

    async with AsyncElasticsearch(url) as client:
        await async_bulk(client, ({"_index": "p", "_source": fields} for fields in mappings(count)), chunk_size=CHUNK)


async def opensearch(url: str, count: int) -> None:
    """Upload with `async_bulk` of opensearch-py."""
    from opensearchpy import AsyncOpenSearch
    from opensearchpy.helpers import async_bulk

    async with AsyncOpenSearch(url) as client:
        await async_bulk(client, ({"_index": "p", "_source": fields} for fields in mappings(count)), chunk_size=CHUNK)


async def posthog(url: str, count: int) -> None:
    """Upload with the client of Posthog, which sends in a thread."""
    from posthog import Posthog

    client = Posthog("key", host=url, flush_at=CHUNK, max_queue_size=count + 1, gzip=False)
    for fields in mappings(count):
        client.capture("order", distinct_id="ana", properties=fields)
    await asyncio.to_thread(client.shutdown)


async def posthog_async(url: str, count: int) -> None:
    """Upload with the asyncio client of Posthog."""
    from posthog import AsyncPosthog

    client = AsyncPosthog("key", host=url, flush_at=CHUNK, max_queue_size=count + 1, gzip=False)
    for fields in mappings(count):
        client.capture("order", distinct_id="ana", properties=fields)
    await client.shutdown()


async def segment(url: str, count: int) -> None:
    """Upload with the client of Segment, which sends in a thread."""
    from segment.analytics.client import Client

    client = Client("key", host=url, upload_size=CHUNK, max_queue_size=count + 1, gzip=False)
    for fields in mappings(count):
        client.track("ana", "order", fields)
    await asyncio.to_thread(client.flush)
    client.join()


async def influxdb(url: str, count: int) -> None:
    """Upload with the batching writer of influxdb-client, where a document is a text."""
    from influxdb_client import InfluxDBClient, Point, WriteOptions

    def write() -> None:
        with (
            InfluxDBClient(url=url, token="t", org="o") as client,
            client.write_api(write_options=WriteOptions(batch_size=CHUNK, flush_interval=60_000)) as writer,
        ):
            for number, raw in enumerate(lines(count)):
                writer.write("b", "o", Point("p").tag("n", str(number)).field("document", raw.decode()))

    await asyncio.to_thread(write)


async def bigquery(url: str, count: int) -> None:
    """Upload with the streaming insert of google-cloud-bigquery, in a thread."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.bigquery import Client

    def write() -> None:
        client = Client("p", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
        fields = mappings(count)
        while rows := [*islice(fields, CHUNK)]:
            assert not client.insert_rows_json("p.d.t", rows)

    await asyncio.to_thread(write)


UPLOADS: dict[str, Upload] = {
    "ours": ours,
    "ours_from_models": ours_from_models,
    "ours_with_journal": ours_with_journal,
    "floor": floor,
    "floor_with_decode": floor_with_decode,
    "floor_with_encode": floor_with_encode,
    "httpx": httpx_floor,
    "elasticsearch": elasticsearch,
    "opensearch": opensearch,
    "posthog": posthog,
    "posthog_async": posthog_async,
    "segment": segment,
    "influxdb": influxdb,
    "bigquery": bigquery,
}


async def _ticking(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_TICK)
        lags.append(time.perf_counter() - began - _TICK)


async def _measured(name: str, url: str, count: int, *, ticks: bool) -> dict[str, Any]:
    lags: list[float] = []
    idle: list[float] = []
    if ticks:
        control = asyncio.create_task(_ticking(idle))
        await asyncio.sleep(1.0)
        control.cancel()
    await UPLOADS[name](url, CHUNK * 10)  # imports, connections, caches
    _delivered(url)
    ticker = asyncio.create_task(_ticking(lags)) if ticks else None
    used, began = cpu(), time.perf_counter()
    await UPLOADS[name](url, count)
    wall, used = time.perf_counter() - began, cpu() - used
    if ticker is not None:
        ticker.cancel()
    delivered = _delivered(url)
    found: dict[str, Any] = {
        "cpu": used / count * 1e6,
        "wall": wall / count * 1e6,
        "peak": peak_mb(),
        "delivered": delivered,
        "offered": count,
    }
    for kind, each in (("lag", sorted(lags)), ("idle", sorted(idle))):
        if each:
            found |= {f"{kind}_p99": each[int(len(each) * 0.99)] * 1e3, f"{kind}_max": each[-1] * 1e3}
    return found


def _delivered(url: str) -> int:
    """Return the number of documents since the last call."""
    with urllib.request.urlopen(f"{url}/delivered") as answer:
        return int(answer.read())


def measure(name: str, url: str, count: int, ticks: bool = False) -> dict[str, Any]:
    """Upload in this process, on one core if there are two. If a client is not installed, say so."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        return asyncio.run(_measured(name, url, count, ticks=ticks))
    except ModuleNotFoundError as error:
        return {"missing": f"{error.name} is not installed: pip install 'woowup_async[peers]'"}
