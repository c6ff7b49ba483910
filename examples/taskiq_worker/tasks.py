"""A worker that sends orders from a queue, with Taskiq.

    WOOWUP_API_KEY=… taskiq worker tasks:broker --workers 2

A task ends when the outcome of its order is known. The orders of all running tasks share bulk requests, so let many run
at the same time (`--max-async-tasks 200`). Each worker process has a slot of the outbox. The budget is shared by all of
them. Set WOOWUP_BUDGET to the address of a Redis if they run on several machines.
"""

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from taskiq import InMemoryBroker, TaskiqEvents, TaskiqState

from woowup_async import Accepted, Ingester, Rejected, WoowUp
from woowup_async.contrib.outbox_slots import OutboxSlots

#: In your service: ListQueueBroker("redis://…") of taskiq-redis, or a broker of NATS, RabbitMQ, Kafka or SQS.
broker = InMemoryBroker()


class NotSent(Exception):
    """The order was not accepted yet. Taskiq runs the task again if its label says so."""


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_ingester(state: TaskiqState) -> None:
    """Open one client and one ingester for the life of the worker."""
    state.stack = AsyncExitStack()
    woowup = await state.stack.enter_async_context(WoowUp(budget=os.environ.get("WOOWUP_BUDGET", "host")))

    def ingester(path: Path) -> Ingester:
        return woowup.ingester(outbox=path, dead_letters="rejected.jsonl")

    slots = OutboxSlots(os.environ.get("ORDERS_OUTBOX", "orders.outbox"), ingester)
    state.ingester = await slots.take(state.stack)
    await slots.start(state.stack)


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_ingester(state: TaskiqState) -> None:
    """Send what was taken, and close."""
    await state.stack.aclose()


@broker.task(retry_on_error=True, max_retries=5)
async def send_order(order: dict[str, Any]) -> str:
    """Send one order. Its customer goes first, since WoowUp drops orders of customers that it does not know."""
    ingester: Ingester = broker.state.ingester
    await ingester.submit({"email": order["email"]}, entity="user")
    outcome = await (await ingester.submit(order, entity="purchase"))
    match outcome:
        case Accepted(effect):
            return effect
        case Rejected(by, code):  # a repeat would be refused again: it is in rejected.jsonl
            return f"rejected by the {by}: {code}"
    raise NotSent(outcome)
