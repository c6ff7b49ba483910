"""Runs over a scripted network."""

from typing import Any

from tests.support.official import purchase_line
from woowup_async._flow import Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async._transport.sender import Sender
from woowup_async.events import RunEvent
from woowup_async.outcomes import Outcome, Report
from woowup_async.policies import BatchPolicy, IngestPolicy


def purchases(count: int) -> list[dict[str, Any]]:
    return [purchase_line(number) for number in range(count)]


async def run(
    mine: Sender,
    *,
    batch: BatchPolicy = BatchPolicy(max_items=10),
    policy: IngestPolicy = IngestPolicy(),
    in_flight: int = 3,
    events: list[RunEvent] | None = None,
    **sources: Any,
) -> Report:
    if events is not None:
        sources["on_event"] = events.append
    return await ingest(mine, RunPolicy(batch, policy, in_flight), Inputs(**sources))


def outcomes(events: list[RunEvent]) -> dict[str, Outcome]:
    return {event.key: event.outcome for event in events if isinstance(event, Settled)}
