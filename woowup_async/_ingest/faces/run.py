"""Runs sources to their end, users before purchases, and returns a report.

Room: _ingest. Each record that was read gets exactly one outcome, however the run ends.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial

import anyio.lowlevel

from woowup_async._flow import Entity, Record
from woowup_async._ingest.announcer import Announcer, Listener
from woowup_async._ingest.assembly import Parts, Resources, RunPolicy, assembled
from woowup_async._ingest.faces.catching_up import CatchingUp
from woowup_async._ingest.faces.inputs import Inputs, marks_of, opened_ledger, opened_sink
from woowup_async._ingest.faces.recent import REORDERED, RecentFirst
from woowup_async._ingest.learned import sizes_of
from woowup_async._ingest.showing import shown
from woowup_async._limiting.memory import recalled
from woowup_async._transport.sender import Sender
from woowup_async.errors import WoowUpError
from woowup_async.events import RunResumed
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy
from woowup_async.ports import Known, Opening
from woowup_async.sources.stream import blocks_of, check_records

_log = logging.getLogger("woowup_async.ingest")


class Run:
    """One run over sources."""

    def __init__(self, parts: Parts, inputs: Inputs, opening: Opening, catching_up: CatchingUp) -> None:
        self._parts, self._inputs, self._opening, self._catching_up = parts, inputs, opening, catching_up
        self.drain, self.report = parts.drain, parts.report

    def note(self, name: str, value: str) -> None:
        """Write a note into the journal. A ledger without `note` ignores it."""
        note = getattr(self._parts.ledger, "note", None)
        if note is not None:
            note(name, value)

    async def execute(self) -> Report:
        """Read the sources to their end. A customer's users are settled before the first of its purchases is sent.

        Raises:
            WoowUpError: the error that ended the run early, with `.report`.

        """
        parts, inputs = self._parts, self._inputs
        try:
            if self._opening.is_resumed:
                parts.announcer.hear(RunResumed(self._opening.settled))
            await self._carry_all(inputs)
            if unsettled := len(parts.settler.unsettled):
                await anyio.lowlevel.checkpoint()  # raises here a cancellation that ended the tasks
                raise RuntimeError(f"{unsettled} records were not settled: this is a defect, please report it")
            if parts.ledger is not None:
                await parts.ledger.finish()
                self._catching_up.note()  # after it: a run that did not finish is read again
        except BaseException as error:
            await parts.settler.release(
                "the run ended early: " + (str(error) if isinstance(error, WoowUpError) else "interrupted")
            )
            report = parts.report()
            if isinstance(error, WoowUpError):
                error.report = report
            parts.watch.ends(report, error)
            raise
        report = parts.report()
        parts.watch.ends(report)
        return report

    async def _carry_all(self, inputs: Inputs) -> None:
        sources = inputs.sources()  # in the order of `Entity`
        reordered = {each: sources[each] for each in REORDERED if each in sources and inputs.order == "recent"}
        for entity, source in sources.items():
            if entity not in reordered:
                await self._carry(entity, blocks_of(source, entity.plural))
        if reordered:
            recent = RecentFirst(self._parts.intake, only_buyers=inputs.only_buyers)
            await recent.carry(reordered, self._carry)

    async def _carry(self, entity: Entity, given: AsyncGenerator[Iterable[Record], None]) -> None:
        pipeline, blocks = self._parts.pipeline, self._blocks(given)
        admit = partial(self._parts.intake.admit, entity=entity)
        if entity is Entity.PURCHASE:
            await pipeline.purchases(blocks, admit)
        elif entity is Entity.USER:
            await pipeline.users(blocks, admit)
        else:
            await pipeline.others(entity, blocks, admit)

    async def _blocks(self, given: AsyncGenerator[Iterable[Record], None]) -> AsyncGenerator[Iterable[Record], None]:
        """Yield blocks, and wait while too many outcomes are not taken."""
        wait_for_room = self._parts.announcer.wait_for_room
        async with aclosing(given) as blocks:
            async for block in blocks:
                yield block
                if wait_for_room is not None:
                    await wait_for_room()


@asynccontextmanager
async def prepared(
    sender: Sender, policy: RunPolicy, inputs: Inputs, listener: Listener | None = None
) -> AsyncIterator[Run]:
    """Open the journal and dead letters of a run, and close them afterwards.

    Raises:
        TypeError: a source is not a source.
        JournalError, WoowUpError: the journal or the dead letters cannot be opened. Nothing was sent.

    """
    for entity, source in inputs.sources().items():
        check_records(source, entity.plural)
    async with AsyncExitStack() as stack:
        resources = await opened(sender, policy.batch, inputs, stack)
        catching_up = CatchingUp(tuple(inputs.sources().values()), resources.ledger, resources.sink)
        await catching_up.begin()
        sink = catching_up or resources.sink
        parts = assembled(sender, policy, resources, Announcer(inputs.on_event, listener, sink))
        stack.callback(parts.close)
        stack.enter_context(shown(parts.ledger, parts.announcer, sender.limiter, parts.watch.standing))
        yield Run(parts, inputs, resources.opening, catching_up)


async def opened(sender: Sender, batch: BatchPolicy, inputs: Inputs, stack: AsyncExitStack) -> Resources:
    """Open the journal and dead letters until the stack unwinds."""
    # the file of an outbox is also a journal
    ledger = await opened_ledger(inputs.outbox or inputs.journal, sender.key, stack)
    opening, known = Opening(), Known()
    if ledger is not None:
        opening = await ledger.begin(marks_of(inputs))
        recalled(sender.limiter, await ledger.recall())
        known = await ledger.known_customers()
        for path in opening.changed:
            _log.warning("%s has changed since this run began: records are recognized by their content", path)
        if opening.has_outbox and inputs.outbox is None:
            _log.warning(
                "submitted records wait in the outbox of this journal, and this run does not send them. To keep the "
                "order, open an ingester with this outbox first, and start this run afterwards"
            )
    sink = opened_sink(inputs.dead_letters, stack, is_repeatable=ledger is not None)
    return Resources(ledger, opening, sink, known, await sizes_of(batch, ledger))


async def ingest(sender: Sender, policy: RunPolicy, inputs: Inputs) -> Report:
    """Open, execute and close a run."""
    async with prepared(sender, policy, inputs) as run:
        return await run.execute()
