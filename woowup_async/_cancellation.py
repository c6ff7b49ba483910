"""Distinguishes requested cancellations from those that foreign code raises by itself.

Room: nouns. `asyncio.CancelledError` cancels a task. Foreign code can raise it, too, for example if it awaits a
cancelled future. Such a stray cancellation must not end a run as if the run had been stopped (decision 94).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from math import inf
from types import TracebackType
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
from anyio import to_thread

from woowup_async.errors import WoowUpError

T = TypeVar("T")

#: What foreign code without `await` may raise. It cannot be cancelled, so each `CancelledError` from it is stray.
FAILURES = (Exception, asyncio.CancelledError)


def is_scope_cancelled() -> bool:
    """Return whether a scope of anyio around this point is cancelled, and no shield is between."""
    return anyio.current_effective_deadline() == -inf


def was_asked_for() -> bool:
    """Return whether a `CancelledError` that was caught here is a cancellation of this task.

    A task counts calls of `Task.cancel` until they are undone, and `asyncio.timeout` and the scopes of anyio use
    `Task.cancel`. The exception is a thread that checks its caller's scope: it raises before the task is cancelled.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0 or is_scope_cancelled()


def stray(what: str, error: BaseException) -> WoowUpError:
    """Return the error for a `CancelledError` that `what` raised, such as "the source of purchases"."""
    failure = WoowUpError(
        f"{what} raised CancelledError, and nothing was cancelled: it must catch that error or raise another one"
    )
    failure.__cause__ = error
    return failure


def interrupted(what: str) -> WoowUpError:
    """Return the error for one of our tasks that was ended neither by a failure nor by the caller."""
    return WoowUpError(f"a task of {what} was cancelled from outside: cancel what awaits {what} instead")


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Wait for work to its end, even if the caller is cancelled meanwhile. The cancellation is raised afterwards.

    Raises:
        CancelledError: the caller was cancelled, and the work ended without an error. An error of the work is raised
            in any case.

    """
    task, cancelled = asyncio.ensure_future(work), None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait((task,))  # it does not cancel the task
            except asyncio.CancelledError as error:  # of `Task.cancel`, which no scope stops
                cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result


async def in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Call something in a thread, and wait for its end, even if the caller is cancelled meanwhile.

    `to_thread.run_sync` also waits if a scope of anyio is cancelled. But after `Task.cancel` it raises at once, and the
    caller would close what the thread still uses. With a connection of SQLite this crashes the process.

    Raises:
        CancelledError: the caller was cancelled: before this, so nothing was called, or meanwhile.

    """
    await anyio.lowlevel.checkpoint_if_cancelled()
    return await finished(to_thread.run_sync(call, *arguments))


class Border:
    """A context manager for calls of foreign code that may wait. It turns a stray cancellation into an error.

    It passes on a requested cancellation. It has no state, so one object serves any number of calls at once.

    Raises:
        WoowUpError: the code raised `CancelledError` although nothing was cancelled.

    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, asyncio.CancelledError) and not was_asked_for():
            raise stray(self._what, error)
