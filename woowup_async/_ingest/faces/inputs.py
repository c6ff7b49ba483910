"""The inputs of a run: sources, journal, dead letters and a listener. It opens those that were given as a path.

Room: _ingest.
"""

from __future__ import annotations

import os
from asyncio import CancelledError
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, closing
from functools import wraps
from inspect import isawaitable
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from woowup_async._cancellation import Border, in_thread, stray
from woowup_async._flow import Entity
from woowup_async._ledger.address import address_of, check_driver, path_of
from woowup_async._transport.credentials import ApiKey
from woowup_async.budget.dsn import Dsn
from woowup_async.ports import Ledger, Mark, OnEvent, Sink
from woowup_async.sinks.dead_letters import DeadLetters
from woowup_async.sources.stream import Records

PathOrSink = str | os.PathLike[str] | Sink
PathOrLedger = str | os.PathLike[str] | Dsn | Ledger


class Inputs(msgspec.Struct, frozen=True):
    """The arguments of `ingest` and `outcomes`. `WoowUp.ingest` documents each."""

    users: Records | None = None
    purchases: Records | None = None
    journal: PathOrLedger | None = None
    dead_letters: PathOrSink | None = None
    on_event: OnEvent | None = None
    outbox: str | os.PathLike[str] | None = None
    products: Records | None = None
    branches: Records | None = None
    members: Records | None = None
    order: Literal["given", "recent"] = "given"
    only_buyers: bool = False

    def __post_init__(self) -> None:
        if self.order not in ("given", "recent"):
            raise ValueError(f"order must be 'given' or 'recent', got {self.order!r}")
        if self.only_buyers and self.order != "recent":
            raise ValueError("only_buyers needs order='recent': it must know all purchases before it sends a user")
        if self.only_buyers and self.purchases is None:
            raise ValueError("only_buyers needs purchases: without them, no user is a buyer")
        if self.outbox is not None and self.journal is not None:
            raise ValueError("give an outbox or a journal, not both: the file of an outbox is also a journal")
        if address_of(self.outbox) is not None:
            raise ValueError("an outbox is a file: a ledger in PostgreSQL can only be a journal")

    def sources(self) -> dict[Entity, Records]:
        """Return the sources that were given."""
        found = {entity: getattr(self, entity.plural) for entity in Entity}
        return {entity: source for entity, source in found.items() if source is not None}


async def opened_ledger(journal: PathOrLedger | None, key: ApiKey, stack: AsyncExitStack) -> Ledger | None:
    """Open a journal until the stack unwinds. A ledger object belongs to the caller and is not closed."""
    if (address := address_of(journal)) is not None:
        check_driver(address)
        from woowup_async._ledger.recognising import RecognisingPostgresLedger

        shared = RecognisingPostgresLedger(address, key.mark)
        stack.push_async_callback(shared.aclose)
        return shared
    if isinstance(journal, str | os.PathLike):
        return await _opened_file(path_of(journal), key, stack)
    return None if journal is None else cast("Ledger", _ForeignLedger(cast("Ledger", journal)))


async def _opened_file(path: Path, key: ApiKey, stack: AsyncExitStack) -> Ledger:
    """Open a journal's file in a thread: it is read to its end to be checked, and its lock may wait for readers."""
    # SQLite is only loaded if there is a journal
    from woowup_async._journal.file_ledger import FileLedger
    from woowup_async._journal.recognising import ledger_at

    opened: list[FileLedger] = []

    async def close() -> None:
        for ledger in opened:
            await ledger.aclose()

    def work() -> None:
        opened.append(FileLedger(ledger_at(path, key.mark)))

    stack.push_async_callback(close)  # before it is opened: a cancellation is raised when it is open
    await in_thread(work)
    return opened[0]


def opened_sink(dead_letters: PathOrSink | None, stack: AsyncExitStack, *, is_repeatable: bool) -> Sink | None:
    """Open the file of dead letters until the stack unwinds. A sink object belongs to the caller and is not closed."""
    if isinstance(dead_letters, str | os.PathLike):
        return stack.enter_context(closing(DeadLetters(dead_letters, skip_known=is_repeatable)))
    return dead_letters


class _ForeignLedger:
    """A ledger of the caller. A cancellation that it raises although nothing was cancelled is a stray one."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        method, what = getattr(self._ledger, name), f"the journal {type(self._ledger).__name__}"
        if not callable(method):
            return method

        async def waited(work: Awaitable[Any]) -> Any:
            with Border(what):
                return await work

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                result = method(*args, **kwargs)
            except CancelledError as error:
                raise stray(what, error) from error
            return waited(result) if isawaitable(result) else result

        setattr(self, name, call)  # the next call finds it at once
        return call


def marks_of(inputs: Inputs) -> tuple[Mark, ...]:
    """Return the files of the sources, with their present size and time."""
    return tuple(dict.fromkeys(mark for source in inputs.sources().values() for mark in _marks(source)))


def _marks(source: object) -> Iterator[Mark]:
    for part in getattr(source, "sources", None) or (source,):
        path = getattr(part, "path", None)
        if isinstance(path, Path) and path.is_file():
            stat = path.stat()
            yield Mark(str(path.resolve()), stat.st_size, stat.st_mtime)
