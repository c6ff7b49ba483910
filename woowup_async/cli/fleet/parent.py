"""The process of the command: starts a worker for each core, hears what they say, and starts one again if it dies.

Room: cli.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import anyio
import msgspec
from anyio.abc import Process

from woowup_async._text import counted, printable
from woowup_async.cli.fleet.accounts import Account
from woowup_async.cli.fleet.messages import ABORT, DRAIN, Done, Ended, Message, Progress, Task
from woowup_async.cli.signals import STOPPING, received

#: How often a worker may die without the end of an account before its accounts fail (guessed: one may be the cause).
MOST_DEATHS = 3
_COMMAND = (sys.executable, "-m", "woowup_async.cli.fleet.worker")
_decode = msgspec.json.Decoder(Message).decode


@dataclass(slots=True)
class Hand:
    """The accounts of one worker, and what became of them.

    Attributes:
        number: of the worker, from 1.
        accounts: those that have not ended.
        progress: what the worker said last, and what its dead predecessors had sent.
        deaths: how often a worker died since an account of these ended.

    """

    number: int
    accounts: dict[str, Account]
    progress: Progress = field(default_factory=Progress)
    deaths: int = 0
    process: Process | None = None
    _before: Progress = field(default_factory=Progress)

    def hear(self, progress: Progress) -> None:
        """Take the counts of the worker. They begin at 0 when a worker is started again."""
        before = self._before
        self.progress = Progress(
            before.settled + progress.settled,
            before.requests + progress.requests,
            before.throttled + progress.throttled,
        )

    def died(self, *, has_moved: bool) -> None:
        """Keep the counts of a dead worker. `has_moved`: whether it ended an account."""
        self.deaths = 1 if has_moved else self.deaths + 1
        self._before = self.progress


@dataclass(slots=True)
class Fleet:
    """Runs a task with several processes.

    Args:
        task: without accounts.
        hands: the accounts of each worker.
        tell: takes a line about something unusual.
        command: starts a worker.

    Attributes:
        ended: the accounts that have ended, by name.
        stopped_by: what stopped it early. Empty if nothing did.

    """

    task: Task
    hands: Sequence[Hand]
    tell: Callable[[str], None]
    command: Sequence[str] = _COMMAND
    ended: dict[str, Ended] = field(default_factory=dict)
    stopped_by: str = ""
    _is_aborted: bool = False

    async def run(self) -> None:
        """Run all workers to their ends. The first SIGINT or SIGTERM stops all accounts cleanly, the second at once."""
        async with anyio.create_task_group() as beside:
            beside.start_soon(self._hear_signals)
            async with anyio.create_task_group() as workers:
                for hand in self.hands:
                    workers.start_soon(self._keep, hand)
            beside.cancel_scope.cancel()

    async def stop(self, cause: str) -> None:
        """Stop all accounts cleanly, or at once if it was called before."""
        order = ABORT if self.stopped_by else DRAIN
        self.stopped_by = self.stopped_by or cause
        for hand in self.hands:
            await self._order(hand, order)

    def progress(self) -> Progress:
        """Return the counts of all workers so far."""
        each = [hand.progress for hand in self.hands]
        return Progress(
            sum(one.settled for one in each), sum(one.requests for one in each), sum(one.throttled for one in each)
        )

    async def _hear_signals(self) -> None:
        async with received(*STOPPING) as signals:
            async for _ in signals:
                await self.stop("interrupted")

    async def _order(self, hand: Hand, order: str) -> None:
        if hand.process is not None and hand.process.stdin is not None:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # it has ended
                await hand.process.stdin.send(f"{order}\n".encode())

    async def _keep(self, hand: Hand) -> None:
        """Run a worker for these accounts until all have ended, again if it dies."""
        while hand.accounts and not self.stopped_by:
            before = len(hand.accounts)
            code = await self._run(hand)
            left = len(hand.accounts)
            if not left:
                return
            hand.died(has_moved=left < before)
            names = f"{counted(left, 'account')} that {'has' if left == 1 else 'have'} not ended"
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            if hand.deaths >= MOST_DEATHS:
                self.tell(f"worker {hand.number} died ({how}) {hand.deaths} times, so this gives up its {names}")
                self._give_up(hand, f"its worker died {hand.deaths} times, last with {how}")
                return
            if not self.stopped_by:
                self.tell(f"worker {hand.number} died ({how}); another one resumes its {names}")
        for name in [*hand.accounts]:
            self._end(hand, Ended(name, is_stopped=True))

    async def _run(self, hand: Hand) -> int:
        """Run one worker until it ends. Return its exit code; below 0, the signal that killed it."""
        task = msgspec.structs.replace(self.task, accounts=list(hand.accounts.values()))
        # a session of its own, so that a Ctrl-C of the terminal reaches this process only
        async with await anyio.open_process(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, start_new_session=True
        ) as process:
            hand.process = process
            try:
                await self._order(hand, msgspec.json.encode(task).decode())
                if self.stopped_by:
                    await self._order(hand, DRAIN)
                await self._hear(hand, process)
                return await process.wait()
            finally:
                hand.process = None

    async def _hear(self, hand: Hand, process: Process) -> None:
        rest = b""
        if process.stdout is None:
            return
        async for piece in process.stdout:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._take(hand, line)

    def _take(self, hand: Hand, line: bytes) -> None:
        try:
            message = _decode(line)
        except ValueError:  # something that runs when Python starts may print, before the worker does
            self.tell(f"worker {hand.number} printed: {printable(line.decode(errors='replace'))}")
            return
        match message:
            case Ended():
                self._end(hand, message)
            case Progress():
                hand.hear(message)
            case Done():
                pass

    def _end(self, hand: Hand, ended: Ended) -> None:
        if hand.accounts.pop(ended.account, None) is not None:
            self.ended[ended.account] = ended

    def _give_up(self, hand: Hand, why: str) -> None:
        for name in [*hand.accounts]:
            self._end(hand, Ended(name, failure=why))
