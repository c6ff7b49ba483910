"""Yields outcomes one by one, at the caller's pace.

Room: _ingest. The task of the run belongs to the `async with` block. The iteration owns no task, so it may be left at
any time. A run waits while `_MOST_WAITING` outcomes are not taken.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio
import msgspec
from anyio.abc import TaskGroup

from woowup_async._cancellation import interrupted, is_scope_cancelled
from woowup_async._clock import Signal
from woowup_async._flow import Settled
from woowup_async._ingest.announcer import Listener
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import Run, prepared
from woowup_async._limiting.allowance import Allowance
from woowup_async._transport.sender import Sender
from woowup_async.outcomes import Report

if TYPE_CHECKING:
    from woowup_async._ingest.faces.outcome_table import OutcomeTable

#: Outcomes not yet taken at which the run waits (guessed: ten batches).
_MOST_WAITING = 1_000


class Outcomes(AsyncIterator[Settled]):
    """A run as an iterator: `async with woowup.outcomes(...) as outcomes: async for settled in outcomes: ...`.

    Each record that is read is yielded once. Leaving the block early stops the run as `drain` does.

    Raises:
        WoowUpError: from the iteration, after the last outcome: the error that ended the run early, with `.report`.

    """

    def __init__(self, sender: Sender, policy: RunPolicy, inputs: Inputs) -> None:
        self._sender, self._policy, self._inputs = sender, policy, inputs
        self._stack = AsyncExitStack()
        self._waiting: deque[Settled] = deque()
        self._changed = Signal()
        self._failure: Exception | None = None
        self._is_over = False
        self._table: OutcomeTable | None = None
        self._run: Run | None = None
        self._tasks: TaskGroup | None = None
        self._running = anyio.CancelScope()

    @property
    def report(self) -> Report:
        """The counts so far. They are final after the iteration or the block."""
        return self._run.report() if self._run else Report()

    async def to_arrow(self) -> Any:
        """Read the outcomes that are left, and return a `pyarrow.Table` with one row for each (extra `parquet`).

        Its columns are `entity`, `source` and `position` of the record, `key`, `outcome` (accepted, rejected, released
        or in_doubt), `effect`, `by`, `code`, `why`, `reasons` (structs of `path` and `message`) and `left_out`. What an
        outcome does not have is null. Records themselves are not in it. `polars.from_arrow(table)` and
        `table.to_pandas()` convert it.

        Raises:
            ModuleNotFoundError: pyarrow is not installed. No outcome was taken.
            WoowUpError: the error that ended the run early. Call this again for the outcomes before it.

        """
        from woowup_async._ingest.faces.outcome_table import OutcomeTable

        self._table = table = self._table or OutcomeTable()
        async for settled in self:
            table.add(settled)
        return table.table()

    def note(self, name: str, value: str) -> None:
        """Write a note into the journal, if there is one, for `woowup status`."""
        if self._run is not None and not self._is_over:
            self._run.note(name, value)

    def allow(self, requests: int, reached: Callable[[], None]) -> None:
        """Limit the number of requests of the run. Call it before the block. It does not end the run by itself.

        Args:
            requests: the most requests, 1 or more. Each attempt counts as a request.
            reached: called when another request is wanted and all of these were sent and are over. It is called again
                for the next one.

        """
        allowance = Allowance(self._sender.limiter, requests, reached)
        self._sender = msgspec.structs.replace(self._sender, limiter=allowance)

    def drain(self) -> None:
        """Send nothing more. Answers under way may come within `IngestPolicy.drain`, the rest is `Released`."""
        self._running.cancel()

    def abort(self) -> None:
        """Stop now. Records under way are `InDoubt`."""
        self.drain()
        if self._run is not None:
            self._run.drain.abort()

    async def __aenter__(self) -> Self:
        if self._run is not None:
            raise RuntimeError("this object runs only once: call outcomes() again for another run")
        listener = Listener(self._take, self._wait_for_room)
        work = prepared(self._sender, self._policy, self._inputs, listener)
        self._run = await self._stack.enter_async_context(work)
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._execute, self._run)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drain()
        try:
            if self._tasks is not None:
                # the block's own error must stay as it is, and a group that gets it would wrap it
                await self._tasks.__aexit__(None, None, None)
        finally:
            await self._stack.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Settled:
        while not self._waiting:
            if self._is_over:
                if self._failure is not None:
                    failure, self._failure = self._failure, None
                    raise failure
                raise StopAsyncIteration
            await self._changed.wait()
        settled = self._waiting.popleft()
        if len(self._waiting) == _MOST_WAITING // 2:
            self._changed.ring()
        return settled

    async def _execute(self, run: Run) -> None:
        try:
            with self._running:
                await run.execute()
        except CancelledError:
            if is_scope_cancelled():
                raise
            self._failure = interrupted("the run")
        except Exception as error:
            self._failure = error
        finally:
            self._is_over = True
            self._changed.ring()

    def _take(self, settled: Settled) -> None:
        self._waiting.append(settled)
        if len(self._waiting) == 1:
            self._changed.ring()

    async def _wait_for_room(self) -> None:
        while len(self._waiting) >= _MOST_WAITING:
            await self._changed.wait()
