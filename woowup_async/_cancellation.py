"""Cancellations that somebody asked for, told from those that foreign code raises by itself.

Room: nouns. `asyncio.CancelledError` is how a task is cancelled, and foreign code can raise it, too: a future of its
own that was cancelled is enough. Such a stray one must not end a run as if it had been stopped: decision 94.
"""

from __future__ import annotations

import asyncio
from math import inf
from types import TracebackType

import anyio

from woowup_async.errors import WoowUpError

#: What foreign code that does not wait may raise. It cannot be cancelled, so each `CancelledError` is a stray one.
FAILURES = (Exception, asyncio.CancelledError)


def is_scope_cancelled() -> bool:
    """Return whether a scope around this point of the task is cancelled: one of anyio, and not shielded off."""
    return anyio.current_effective_deadline() == -inf


def was_asked_for() -> bool:
    """Return whether a `CancelledError` that came up here is the task's own cancellation.

    `Task.cancel` is counted until it is taken back, and `asyncio.timeout` and the scopes of anyio cancel by it. The
    exception is a thread that asks for its caller's scope: it raises, although the task was not cancelled yet.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0 or is_scope_cancelled()


def stray(what: str, error: BaseException) -> WoowUpError:
    """Return the error for a `CancelledError` that `what` raised, such as "the source of purchases"."""
    failure = WoowUpError(
        f"{what} raised CancelledError, and nothing was cancelled: let it catch that error, or raise another one"
    )
    failure.__cause__ = error
    return failure


def interrupted(what: str) -> WoowUpError:
    """Return the error for the end of a task of ours that neither a failure nor the caller ended."""
    return WoowUpError(f"a task of {what} was cancelled from outside: cancel what awaits {what} instead")


class Border:
    """Calls foreign code that may wait: a stray cancellation becomes an error, and one that was asked for goes on.

    It has no state: one serves any number of calls at a time.

    Raises:
        WoowUpError: it raised `CancelledError`, and nothing was cancelled.

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
