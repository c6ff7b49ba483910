"""Alternatives to the ingester, without a network: CPU per record, in µs.

If one is not installed, a text says how to install it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anyio

_MISSING = "not installed: pip install 'woowup_async[peers]'"
_CALLERS = 200


class _Cluster:
    """A cluster with one partition and one leader."""

    def leader_for_partition(self, partition: object) -> int:
        return 0


async def kafka_cost(values: list[bytes]) -> float | str:
    """Measure the message accumulator of aiokafka, drained at once."""
    try:
        from aiokafka.producer.message_accumulator import MessageAccumulator
        from aiokafka.structs import TopicPartition
    except ModuleNotFoundError:
        return _MISSING
    accumulator = MessageAccumulator(_Cluster(), 262_144, 0, 40, loop=asyncio.get_running_loop())
    partition, futures, numbers = TopicPartition("orders", 0), list[Any](), iter(values)

    async def drain() -> None:
        while True:
            nodes, _ = accumulator.drain_by_nodes(ignore_nodes=[])
            for batches in nodes.values():
                for batch in batches.values():
                    batch.done(base_offset=0, timestamp=None)
            if not nodes:
                await accumulator.waiter()

    async def caller() -> None:
        for value in numbers:
            futures.append(await accumulator.add_message(partition, None, value, 60))

    began = time.process_time()
    async with anyio.create_task_group() as draining:
        draining.start_soon(drain)
        async with anyio.create_task_group() as tasks:
            for _ in range(_CALLERS):
                tasks.start_soon(caller)
        await asyncio.gather(*futures)
        spent = time.process_time() - began
        draining.cancel_scope.cancel()
    return spent / len(values) * 1e6


async def pubsub_cost(values: list[bytes]) -> float | str:
    """Measure the publisher of google-cloud-pubsub, with its network call replaced."""
    try:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import pubsub_v1
        from google.pubsub_v1 import types
    except ModuleNotFoundError:
        return _MISSING

    class Null(pubsub_v1.PublisherClient):  # type: ignore[misc]
        def _gapic_publish(self, *arguments: Any, **options: Any) -> Any:
            messages = options.get("messages") or (arguments and arguments[-1]) or ()
            return types.PublishResponse(message_ids=["1"] * len(messages))

    settings = pubsub_v1.types.BatchSettings(max_messages=100, max_bytes=1_000_000, max_latency=1.0)
    client = Null(batch_settings=settings, credentials=AnonymousCredentials())
    topic = client.topic_path("project", "orders")

    def publish() -> float:
        began = time.process_time()
        futures = [client.publish(topic, value) for value in values]
        client.stop()
        for future in futures:
            future.result(60)
        return time.process_time() - began

    return await anyio.to_thread.run_sync(publish) / len(values) * 1e6
