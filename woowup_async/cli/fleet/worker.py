"""One process of a fleet: runs the accounts that it was dealt, side by side over one pool of connections.

Room: cli. `python -m woowup_async.cli.fleet.worker` reads a `Task` and then orders from standard input, and writes
messages to standard output. If its input ends, the command is gone, and it stops cleanly.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, cast

import anyio
import msgspec

from woowup_async import SessionPool, _platform
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._text import printable
from woowup_async.cli import options as o
from woowup_async.cli.advice import advice_for
from woowup_async.cli.display.terminal import prepare
from woowup_async.cli.fleet.accounts import Account
from woowup_async.cli.fleet.messages import ABORT, DRAIN, Done, Ended, Message, Progress, Task
from woowup_async.errors import AccountGone, Forbidden
from woowup_async.outcomes import Report

#: Seconds between two messages about the progress (guessed).
_PERIOD = 1.0
#: The collector visits the objects of all accounts. With Python's defaults it does so 30 times as often.
_CALM = (20_000, 20, 50)
#: Open files of one account (its journal has three, its sources have some more), and of the process (guessed).
_FILES_OF_ACCOUNT, _FILES = 8, 200
#: Longest text of a failure that is passed on.
_TEXT = 1_000


class Worker:
    """Runs accounts.

    Args:
        task: the accounts, and how to run them.
        say: takes each message.
        most: accounts that run at a time.

    """

    def __init__(self, task: Task, say: Callable[[Message], None], most: int = 1_000_000) -> None:
        self._task, self._say = task, say
        self._room = anyio.Semaphore(most)
        self._runs: dict[str, Outcomes] = {}
        self._ended: list[Report] = []
        self._is_stopping = False

    async def work(self) -> None:
        """Run all accounts to their ends. An account that fails does not stop the others."""
        task = self._task
        pool = SessionPool(trust_env=task.trust_env, proxy=task.proxy, ca_file=task.ca_file, budget=task.budget)
        async with pool, anyio.create_task_group() as beside:
            beside.start_soon(self._keep_telling)
            async with anyio.create_task_group() as accounts:
                for account in task.accounts:
                    accounts.start_soon(self._account, pool, account)
            beside.cancel_scope.cancel()
        self._tell()
        self._say(Done())

    def order(self, order: str) -> None:
        """Stop all accounts: cleanly, or at once."""
        self._is_stopping = True
        for run in self._runs.values():
            if order == ABORT:
                run.abort()
            else:
                run.drain()

    async def _account(self, pool: SessionPool, account: Account) -> None:
        async with self._room:
            report, failure, name = Report(), "", account.name
            is_stopped = self._is_stopping
            if not is_stopped:
                try:
                    run = self._runs[name] = self._run(pool, account)
                    try:
                        await self._to_its_end(run)
                    finally:
                        report = run.report
                except Exception as error:  # whatever it is, the other accounts go on
                    failure = _text_of(error)
                is_stopped = self._is_stopping and not failure
            self._runs.pop(name, None)
            self._ended.append(report)
            self._say(Ended(name, report, failure, is_stopped))

    def _run(self, pool: SessionPool, account: Account) -> Outcomes:
        """Open the sources and the account."""
        task = self._task
        tables = o.TableOptions(
            Path(account.mapping) if account.mapping else None, account.layout, account.preset, account.timezone,
            account.decimal, account.clean, account.region,
        )  # fmt: skip
        users, purchases = tables.open(o.RecordOptions(account.users or None, account.purchases or None))
        woowup = pool.account(
            os.environ.get(account.key_env, ""), base_url=account.base_url or task.base_url,
            rate_limit=task.rate_limit, ingest=task.ingest, batch=task.batch,
        )  # fmt: skip
        return woowup.outcomes(
            users, purchases, journal=account.journal, dead_letters=account.dead_letters,
            order=cast("Literal['given', 'recent']", task.order), only_buyers=task.only_buyers,
        )  # fmt: skip

    async def _to_its_end(self, run: Outcomes) -> None:
        failure: Exception | None = None
        async with run:
            try:
                async for _ in run:
                    pass
            except Exception as error:  # the block would wait for what it has not read
                failure = error
        if failure is not None:
            raise failure

    async def _keep_telling(self) -> None:
        while True:
            await anyio.sleep(_PERIOD)
            self._tell()

    def _tell(self) -> None:
        reports = [*self._ended, *(run.report for run in self._runs.values())]
        self._say(
            Progress(
                sum(one.submitted for one in reports),
                sum(one.requests for one in reports),
                sum(one.throttled for one in reports),
            )
        )


def _text_of(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = str(error) or type(error).__name__
    if isinstance(error, Forbidden | AccountGone):
        text = f"{text}; {advice_for(error)}"
    return printable(text, _TEXT)


class _Input:
    """Lines of standard input, read without its buffer: a thread that waits in it would hang the end of the process."""

    def __init__(self) -> None:
        self._rest = b""

    def line(self) -> bytes | None:
        """Wait for a line. Return None at the end."""
        while b"\n" not in self._rest:
            piece = os.read(0, 65_536)
            if not piece:
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def orders(self) -> Iterator[str]:
        """Yield the orders, and an order to stop when the command is gone."""
        while (line := self.line()) is not None:
            yield line.decode()
        yield DRAIN


class _Output:
    """Messages on standard output. What other code prints goes to standard error from now on."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "wb")
        with suppress(OSError):  # there is no standard error
            os.dup2(2, 1)

    def say(self, message: Message) -> None:
        """Write a message."""
        with suppress(BrokenPipeError):  # the command is gone: the end of the input says so, too
            self._file.write(msgspec.json.encode(message) + b"\n")
            self._file.flush()


def _accounts_at_a_time() -> int:
    """Return how many accounts the limit of open files allows, after raising it as far as possible."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1_000_000 if most == resource.RLIM_INFINITY else max(1, (most - _FILES) // _FILES_OF_ACCOUNT)


async def _serve(task: Task, given: _Input, output: _Output) -> None:
    loop = asyncio.get_running_loop()
    worker = Worker(task, output.say, _accounts_at_a_time())

    def listen() -> None:
        for order in given.orders():
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(worker.order, order)

    threading.Thread(target=listen, daemon=True).start()
    with _platform.signals_handled(loop, _platform.stopping_signals()[1:], lambda _: worker.order(DRAIN)):
        await worker.work()


def main() -> None:
    """Run a worker."""
    _platform.ignore_interrupts()  # the command gets them, too, and gives the order
    prepare()
    given, output = _Input(), _Output()
    line = given.line()
    if line is None:
        return
    task = msgspec.json.decode(line, type=Task)
    gc.freeze()
    gc.set_threshold(*_CALM)
    anyio.run(_serve, task, given, output)


if __name__ == "__main__":
    main()
