"""Many accounts in one service: one pool, and an ingester for each account in use. Idle ingesters are closed.

Room: contrib, an edge. It needs no extra.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from types import TracebackType
from typing import Self, Unpack

import anyio
from anyio.abc import TaskGroup

from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._transport.credentials import ApiKey
from woowup_async.pool import AccountOptions, SessionPool
from woowup_async.ports import OnEvent

_log = logging.getLogger("woowup_async.accounts")

OutboxOf = Callable[[str], "str | os.PathLike[str] | None"]


class _Slot:
    """One account's ingester, and the events that it is open, must close, and is closed."""

    def __init__(self) -> None:
        self.ready, self.leave, self.closed = anyio.Event(), anyio.Event(), anyio.Event()
        self.ingester: Ingester | None = None
        self.error: Exception | None = None
        self.used_at = 0.0

    @property
    def is_leaving(self) -> bool:
        """Whether the ingester is closed or will be closed."""
        if self.ingester is not None and self.ready.is_set() and not self.ingester.is_open:
            self.leave.set()  # an error ended it
        return self.leave.is_set()


class Accounts:
    """Ingesters by account: `async with Accounts(pool) as accounts: ingester = await accounts.ingester(api_key)`.

    Args:
        pool: the connections.
        idle: the seconds without a call after which an account's ingester is drained and closed.
        outbox: returns the path of an account's outbox, given its key. Do not put the key into the path.
        on_event: called with the events of all accounts.
        options: the options of `WoowUp`, the same for all accounts.

    """

    def __init__(
        self,
        pool: SessionPool,
        *,
        idle: float = 600.0,
        outbox: OutboxOf | None = None,
        on_event: OnEvent | None = None,
        **options: Unpack[AccountOptions],
    ) -> None:
        self._pool, self._idle, self._options = pool, idle, options
        self._outbox, self._on_event = outbox, on_event
        self._slots: dict[ApiKey, _Slot] = {}
        self._tasks: TaskGroup | None = None

    def __len__(self) -> int:
        return len(self._slots)

    async def ingester(self, api_key: str) -> Ingester:
        """Return an account's ingester, and open it if needed. Use it at once: an idle ingester is closed later.

        If an error ended the account's ingester, this waits until it is closed and opens another one.

        Raises:
            RuntimeError: outside `async with`.
            ValueError: the key cannot be sent in a header.
            Exception: the ingester could not be opened.

        """
        key = ApiKey(api_key)
        if self._tasks is None:
            raise RuntimeError("not open: use `async with Accounts(pool) as accounts`")
        while (slot := self._slots.get(key)) and slot.is_leaving:
            await slot.closed.wait()  # its files are in use until it is closed
        if slot is None:
            slot = self._slots[key] = _Slot()
            self._tasks.start_soon(self._serve, key, slot)
        slot.used_at = anyio.current_time()
        await slot.ready.wait()
        if slot.ingester is None:
            raise slot.error or RuntimeError("the account's ingester could not be opened")
        return slot.ingester

    async def _serve(self, key: ApiKey, slot: _Slot) -> None:
        """Keep one account open as long as it is used."""
        try:
            account = self._pool.account(key.reveal(), **self._options)
            outbox = self._outbox(key.reveal()) if self._outbox else None
            async with account.ingester(outbox=outbox, on_event=self._on_event) as slot.ingester:
                slot.used_at = anyio.current_time()  # opening it may take longer than `idle`
                slot.ready.set()
                await self._until_idle(slot, slot.ingester)
        except Exception as error:
            slot.error = error
            if slot.ready.is_set():  # otherwise the caller gets the error
                _log.warning("the ingester of an account ended: %s", error)
        finally:
            del self._slots[key]
            slot.ready.set()
            slot.closed.set()

    async def _until_idle(self, slot: _Slot, ingester: Ingester) -> None:
        while not slot.is_leaving:
            left = slot.used_at + self._idle - anyio.current_time()
            if left <= 0 and not ingester.unsettled:
                break
            with anyio.move_on_after(max(left, self._idle / 10)):
                await slot.leave.wait()
        slot.leave.set()

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._tasks = self._tasks, None
        if tasks is None:
            return
        for slot in self._slots.values():
            slot.leave.set()
        if error is not None:
            tasks.cancel_scope.cancel()
        # the caller's exception is not passed in: the task group would wrap it in an ExceptionGroup
        await tasks.__aexit__(None, None, None)
