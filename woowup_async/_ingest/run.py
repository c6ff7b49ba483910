"""The pull face: run sources dry, users before purchases, and report.

Room: _ingest. Called by `WoowUp.ingest` and by `stream`. It keeps the books open to the end: whatever ends a run, each
record that was read gets exactly one outcome.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import anyio.lowlevel

from woowup_async._flow import Entity, Event, Item, Ledger, Opening, Record, RunResumed, Settled, Sink, digest_of
from woowup_async._ingest.desk import Desk
from woowup_async._ingest.inputs import Inputs, marks_of, opened_ledger, opened_sink
from woowup_async._ingest.memory import recalled
from woowup_async._ingest.pipeline import Pipeline
from woowup_async._transport.drain import Drain
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Sender
from woowup_async._wire.encode import Encoded, PurchaseShape, Shape, UserShape
from woowup_async._wire.identity import identifiers_of
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Rejected, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.sinks.report import Counting
from woowup_async.sources.stream import Records, check_records, records_of

_log = logging.getLogger("woowup_async.ingest")


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """What a run needs to know beside its sources."""

    batch: BatchPolicy
    ingest: IngestPolicy
    in_flight: int


@dataclass(frozen=True, slots=True)
class Listener:
    """Who takes the outcomes one by one, and how to wait for him."""

    take: Callable[[Settled], None]
    breathe: Callable[[], Awaitable[None]]


class Resources(NamedTuple):
    """What a run writes to, opened."""

    ledger: Ledger | None
    opening: Opening
    sink: Sink | None


class Run:
    """One run of the pull face."""

    def __init__(
        self,
        sender: Sender,
        policy: RunPolicy,
        inputs: Inputs,
        resources: Resources,
        listener: Listener | None,
    ) -> None:
        self._inputs, self._policy, self._listener = inputs, policy.ingest, listener
        self._ledger, self._opening, self._sink = resources
        self._on_event = inputs.on_event
        self._counting = Counting()
        self._clock = sender.clock
        self._started = self._clock.now()
        most, strict = policy.batch.max_item_bytes, policy.ingest.strict
        self._user_shape = UserShape(most, strict=strict)
        self._purchase_shape = PurchaseShape(
            most,
            strict=strict,
            approvedtime=policy.ingest.approvedtime == "createtime",
            shrink=policy.ingest.oversize == "shrink",
        )
        health = Health(self._clock, self._hear, sender.luck)
        self.drain = Drain(self._clock, policy.ingest.drain)
        bulk_sender = sender.in_bulk(self._hear, health, self.drain)
        self._desk = Desk(bulk_sender, policy.ingest, health, self._ledger, self._take, self._hear, self._counting.save)
        self._breathe = listener.breathe if listener else anyio.lowlevel.checkpoint
        self._pipeline = Pipeline(
            self._desk, policy.batch, self._user_shape, self.drain, policy.in_flight, self._breathe
        )

    async def execute(self) -> Report:
        """Run both sources dry; users settle before the first purchase is read.

        Raises:
            WoowUpError: what ended the run early, with `.report`.

        """
        try:
            if self._opening.is_resumed:
                self._hear(RunResumed(self._opening.settled))
            if self._inputs.users is not None:
                await self._pipeline.users(self._items(self._inputs.users, Entity.USER))
            if self._inputs.purchases is not None:
                await self._pipeline.purchases(self._items(self._inputs.purchases, Entity.PURCHASE))
            if self._ledger is not None:
                self._ledger.finish()
        except BaseException as error:
            self._release("the run ended early: " + (str(error) if isinstance(error, WoowUpError) else "interrupted"))
            if isinstance(error, WoowUpError):
                error.report = self.report()
            raise
        report = self.report()
        _log.info(
            "run settled: %d submitted, %d accepted, %d rejected, %d released, %d in doubt, %d requests, %.1f s",
            report.submitted, report.accepted, report.rejected, report.released, report.in_doubt, report.requests,
            report.elapsed,
        )  # fmt: skip
        return report

    def report(self) -> Report:
        """The counts so far."""
        return self._counting.report(self._clock.now() - self._started)

    async def _items(self, source: Records, entity: Entity) -> AsyncGenerator[Item, None]:
        """Check and encode; what is refused here is settled here, and costs no request."""
        needs_digest = self._ledger is not None or entity is Entity.USER
        async with aclosing(records_of(source, f"{entity.value}s")) as records:
            async for record in records:
                encoded = record.refusal or self._encoded(record, entity)
                if isinstance(encoded, Encoded):
                    self._counting.notice(entity, encoded)
                    digest = digest_of(encoded.body) if needs_digest else b""
                    yield Item(record, encoded.key, encoded.body, digest, encoded.left_out)
                else:
                    if entity is Entity.USER:
                        self._desk.owners.note(identifiers_of(record.raw), encoded)
                    self._desk.settle_refused(entity, record, encoded)
                if self._listener is not None:
                    await self._breathe()

    def _encoded(self, record: Record, entity: Entity) -> Encoded | Rejected:
        shape: Shape = self._user_shape if entity is Entity.USER else self._purchase_shape
        encoded = shape.encode(record.raw)
        if isinstance(encoded, Rejected) and entity is Entity.USER and self._policy.salvage:
            return self._user_shape.salvaged(record.raw) or encoded
        return encoded

    def _take(self, settled: Settled) -> None:
        self._counting.write(settled)
        self._tell(settled)
        if self._listener is not None:
            self._listener.take(settled)
        if self._sink is not None:
            self._keep(self._sink, settled)

    def _keep(self, sink: Sink, settled: Settled) -> None:
        try:
            sink.write(settled)
        except Exception as error:
            self._sink = None  # it failed for good, and ends the run: what is left is settled without it
            if isinstance(error, WoowUpError):
                raise
            raise WoowUpError(f"the sink of dead letters failed: {type(error).__name__}") from error

    def _release(self, why: str) -> None:
        try:
            self._desk.release(why)
        except WoowUpError as error:  # the run ends anyway; each outcome was told
            _log.warning("%s", error)

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


@contextmanager
def prepared(sender: Sender, policy: RunPolicy, inputs: Inputs, listener: Listener | None = None) -> Iterator[Run]:
    """Open what a run needs; close it again.

    Raises:
        TypeError: a source is none.
        JournalError, WoowUpError: journal or dead letters cannot be opened. Nothing was sent.

    """
    for source, name in ((inputs.users, "users"), (inputs.purchases, "purchases")):
        if source is not None:
            check_records(source, name)
    with ExitStack() as stack:
        yield Run(sender, policy, inputs, _opened(sender, inputs, stack), listener)


def _opened(sender: Sender, inputs: Inputs, stack: ExitStack) -> Resources:
    ledger, opening = opened_ledger(inputs.journal, sender.key, stack), Opening()
    if ledger is not None:
        opening = ledger.begin(marks_of(inputs))
        recalled(sender.limiter, ledger.recall())
        for path in opening.changed:
            _log.warning("%s is not as it was when this run began: records are told by their content", path)
    return Resources(ledger, opening, opened_sink(inputs.dead_letters, stack, is_repeatable=ledger is not None))


async def ingest(sender: Sender, policy: RunPolicy, inputs: Inputs) -> Report:
    """Open what a run needs, execute it, close it again."""
    with prepared(sender, policy, inputs) as run:
        return await run.execute()
