"""The pull face: run sources dry, users before purchases, and report.

Room: _ingest. Called by `WoowUp.ingest`. It keeps the books open to the end: whatever ends a run, each record that
was read gets exactly one outcome.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, closing, nullcontext
from dataclasses import dataclass

from woowup_async._flow import Entity, Event, Item, Record, Settled, Sink
from woowup_async._ingest.books import Books
from woowup_async._ingest.pipeline import Pipeline
from woowup_async._transport.sender import Sender
from woowup_async._wire.encode import Encoded, PurchaseShape, Shape, UserShape
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Outcome, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.sinks.dead_letters import DeadLetters
from woowup_async.sinks.report import Counting
from woowup_async.sources.stream import Records, check_records, records_of

_log = logging.getLogger("woowup_async.ingest")

OnEvent = Callable[[Event], None]
PathOrSink = str | os.PathLike[str] | Sink


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """What a run needs to know beside its sources."""

    batch: BatchPolicy
    ingest: IngestPolicy
    in_flight: int


class Run:
    """One run of the pull face."""

    def __init__(self, sender: Sender, policy: RunPolicy, on_event: OnEvent | None, sink: Sink | None) -> None:
        self._on_event, self._sink = on_event, sink
        self._counting = Counting()
        self._books = Books()
        self._clock = sender.clock
        self._started = self._clock.now()
        self._shapes: dict[Entity, Shape] = {
            Entity.USER: UserShape(policy.batch.max_item_bytes, strict=policy.ingest.strict),
            Entity.PURCHASE: PurchaseShape(
                policy.batch.max_item_bytes,
                strict=policy.ingest.strict,
                approvedtime=policy.ingest.approvedtime == "createtime",
            ),
        }
        self._pipeline = Pipeline(
            sender.in_bulk(self._hear),
            policy.batch,
            in_flight=policy.in_flight,
            resend=policy.ingest.doubt == "resend",
            books=self._books,
            settle=lambda entity, item, outcome: self._settle(entity, item.record, item.key, outcome),
            on_event=self._hear,
        )

    async def execute(self, users: Records | None, purchases: Records | None) -> Report:
        """Run both sources dry; users settle before the first purchase is read.

        Raises:
            WoowUpError: what ended the run early, with `.report`.

        """
        try:
            if users is not None:
                await self._pipeline.users(self._items(users, Entity.USER))
            if purchases is not None:
                await self._pipeline.purchases(self._items(purchases, Entity.PURCHASE))
        except BaseException as error:
            self._release("the run ended early: " + (str(error) if isinstance(error, WoowUpError) else "interrupted"))
            if isinstance(error, WoowUpError):
                error.report = self._report()
            raise
        report = self._report()
        _log.info(
            "run settled: %d submitted, %d accepted, %d rejected, %d released, %d in doubt, %d requests, %.1f s",
            report.submitted, report.accepted, report.rejected, report.released, report.in_doubt, report.requests,
            report.elapsed,
        )  # fmt: skip
        return report

    async def _items(self, source: Records, entity: Entity) -> AsyncGenerator[Item, None]:
        """Check and encode; what is refused here is settled here, and costs no request."""
        shape = self._shapes[entity]
        async with aclosing(records_of(source, f"{entity.value}s")) as records:
            async for record in records:
                encoded = record.refusal or shape.encode(record.raw)
                if isinstance(encoded, Encoded):
                    self._counting.notice(entity, encoded)
                    yield Item(record, encoded.key, encoded.body)
                else:
                    self._settle(entity, record, "", encoded)

    def _settle(self, entity: Entity, record: Record, key: str, outcome: Outcome) -> None:
        settled = Settled(entity, record, key, outcome)
        self._counting.write(settled)
        self._tell(settled)
        if self._sink is not None:
            self._keep(self._sink, settled)

    def _keep(self, sink: Sink, settled: Settled) -> None:
        try:
            sink.write(settled)
        except WoowUpError:
            self._sink = None  # it failed for good, and ends the run: what is left is settled without it
            raise

    def _release(self, why: str) -> None:
        for page, outcome in self._books.leftovers(why):
            self._settle(page.entity, page.item.record, page.item.key, outcome)

    def _report(self) -> Report:
        return self._counting.report(self._clock.now() - self._started)

    def _hear(self, event: Event) -> None:
        self._counting.hear(event)
        self._tell(event)

    def _tell(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:
            _log.exception("on_event failed; it is not called again in this run")
            self._on_event = None


async def ingest(
    sender: Sender,
    policy: RunPolicy,
    *,
    users: Records | None,
    purchases: Records | None,
    dead_letters: PathOrSink | None,
    on_event: OnEvent | None,
) -> Report:
    """Open what a run needs, execute it, close it again."""
    for source, name in ((users, "users"), (purchases, "purchases")):
        if source is not None:
            check_records(source, name)
    with _opened(dead_letters) as sink:
        return await Run(sender, policy, on_event, sink).execute(users, purchases)


def _opened(dead_letters: PathOrSink | None) -> closing[DeadLetters] | nullcontext[Sink | None]:
    if isinstance(dead_letters, (str, os.PathLike)):
        return closing(DeadLetters(dead_letters))
    return nullcontext(dead_letters)
