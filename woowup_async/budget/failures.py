"""Turns the errors of a driver into `BudgetUnavailable`, without the password that they may contain.

Room: budget.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from woowup_async.budget.dsn import Dsn
from woowup_async.errors import BudgetUnavailable

T = TypeVar("T")


async def answered(work: Awaitable[T], dsn: Dsn, timeout: float) -> T:
    """Wait for the answer of a server.

    Args:
        work: the call of the driver.
        dsn: address of the server, for the message.
        timeout: seconds until the call is given up.

    Raises:
        BudgetUnavailable: no answer in time, or any error of the driver.

    """
    try:
        with anyio.fail_after(timeout):
            return await work
    except TimeoutError:
        why = f"no answer within {timeout:g} s"
    except Exception as error:
        why = dsn.explained(error)
    # not inside `except`: the driver's error would stay in its context, with a password or a connection that has one
    raise BudgetUnavailable(f"the budget in {dsn} is unavailable: {why}")


def refused(reading: Callable[[], object], dsn: Dsn) -> None:
    """Read an address as its driver does.

    Raises:
        ValueError: the driver cannot read it.

    """
    try:
        reading()
    except Exception as error:
        why = dsn.explained(error)
    else:
        return
    raise ValueError(f"{dsn}: {why}")
