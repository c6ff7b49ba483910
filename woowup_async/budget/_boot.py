"""The clock that all processes of a machine share, and the boot since which it counts.

Room: budget.
"""

from __future__ import annotations

from functools import cache

from woowup_async import _platform
from woowup_async.errors import BudgetUnavailable


def now() -> float:
    """Return the seconds since the boot, the same in all processes. They go on while the machine sleeps.

    The server's window does so, too.
    """
    return _platform.seconds_since_boot()


@cache
def boot_id() -> str:
    """Return the id of the machine's boot.

    Raises:
        BudgetUnavailable: this system does not say it.

    """
    if found := _platform.boot_id():
        return found
    raise BudgetUnavailable("the budget of this machine is unavailable: the system does not tell its boots apart")
