"""The pull face: run sources dry, users before purchases, and report.

Room: _ingest. Called by `WoowUp.ingest` and by `stream`. It keeps the books open to the end: whatever ends a run, each
record that was read gets exactly one outcome.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from functools import partial

from woowup_async._flow import Entity, Record
from woowup_async._ingest.assembly import Engine, Listener, Resources, RunPolicy
from woowup_async._ingest.faces.inputs import Inputs, marks_of, opened_ledger, opened_sink
from woowup_async._limiting.memory import recalled
from woowup_async._transport.sender import Sender
from woowup_async.errors import WoowUpError
from woowup_async.events import RunResumed
from woowup_async.outcomes import Report
from woowup_async.ports import Opening
from woowup_async.sources.stream import Records, blocks_of, check_records

_log = logging.getLogger("woowup_async.ingest")


class Run:
    """One run of the pull face."""

    def __init__(self, engine: Engine, inputs: Inputs, opening: Opening) -> None:
        self._engine, self._inputs, self._opening = engine, inputs, opening
        self.drain, self.report = engine.drain, engine.report

    def note(self, name: str, value: str) -> None:
        """Write something down for whoever looks at the journal; a ledger of another kind has no place for it."""
        note = getattr(self._engine.ledger, "note", None)
        if note is not None:
            note(name, value)

    async def execute(self) -> Report:
        """Run both sources dry; users settle before the first purchase is read.

        Raises:
            WoowUpError: what ended the run early, with `.report`.

        """
        engine, inputs = self._engine, self._inputs
        try:
            if self._opening.is_resumed:
                engine.hear(RunResumed(self._opening.settled))
            if inputs.users is not None:
                await engine.pipeline.users(
                    self._blocks(inputs.users, Entity.USER), partial(engine.admit, entity=Entity.USER)
                )
            if inputs.purchases is not None:
                blocks = self._blocks(inputs.purchases, Entity.PURCHASE)
                await engine.pipeline.purchases(blocks, partial(engine.admit, entity=Entity.PURCHASE))
            if engine.desk.books:
                raise RuntimeError(f"{len(engine.desk.books)} records were not settled: a defect, please report it")
            if engine.ledger is not None:
                engine.ledger.finish()
        except BaseException as error:
            engine.release("the run ended early: " + (str(error) if isinstance(error, WoowUpError) else "interrupted"))
            if isinstance(error, WoowUpError):
                error.report = engine.report()
            raise
        report = engine.report()
        log_end(report)
        return report

    async def _blocks(self, source: Records, entity: Entity) -> AsyncGenerator[Sequence[Record], None]:
        """Read; wait for whoever takes the outcomes, one by one, where he is behind."""
        async with aclosing(blocks_of(source, f"{entity.value}s")) as blocks:
            async for block in blocks:
                yield block
                if self._engine.breathe is not None:
                    await self._engine.breathe()


def log_end(report: Report) -> None:
    """Say in one line how a run ended."""
    _log.info(
        "run settled: %d submitted, %d accepted, %d rejected, %d released, %d in doubt, %d requests, %.1f s",
        report.submitted, report.accepted, report.rejected, report.released, report.in_doubt, report.requests,
        report.elapsed,
    )  # fmt: skip


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
        resources = opened(sender, inputs, stack)
        engine = Engine(sender, policy, resources, inputs.on_event, listener)
        stack.callback(engine.close)
        yield Run(engine, inputs, resources.opening)


def opened(sender: Sender, inputs: Inputs, stack: ExitStack) -> Resources:
    """Open journal and dead letters until the stack unwinds."""
    # an outbox's file is a journal, too
    ledger, opening = opened_ledger(inputs.outbox or inputs.journal, sender.key, stack), Opening()
    if ledger is not None:
        opening = ledger.begin(marks_of(inputs))
        recalled(sender.limiter, ledger.recall())
        for path in opening.changed:
            _log.warning("%s is not as it was when this run began: records are told by their content", path)
    return Resources(ledger, opening, opened_sink(inputs.dead_letters, stack, is_repeatable=inputs.journal is not None))


async def ingest(sender: Sender, policy: RunPolicy, inputs: Inputs) -> Report:
    """Open what a run needs, execute it, close it again."""
    with prepared(sender, policy, inputs) as run:
        return await run.execute()
