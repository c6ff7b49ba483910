"""The clock that all processes of a machine share, and the boot since which it counts.

Room: budget.
"""

from __future__ import annotations

import sys
import time
from functools import cache
from pathlib import Path

from woowup_async.errors import BudgetUnavailable

#: Documented in Linux' random(4): a new random id at each boot.
_LINUX = Path("/proc/sys/kernel/random/boot_id")
#: Documented in Apple's sysctl.h: the same on macOS.
_MACOS = b"kern.bootsessionuuid"

if sys.platform == "linux":
    #: It counts while the machine sleeps, as the server's window does.
    CLOCK = time.CLOCK_BOOTTIME
else:  # pragma: no cover
    #: On macOS, it counts while the machine sleeps.
    CLOCK = getattr(time, "CLOCK_MONOTONIC", 0)


def now() -> float:
    """Return the seconds since the boot, the same in all processes."""
    return time.clock_gettime(CLOCK)


@cache
def boot_id() -> str:
    """Return the id of the machine's boot.

    Raises:
        BudgetUnavailable: this system does not say it.

    """
    try:
        found = _LINUX.read_text(encoding="ascii") if sys.platform == "linux" else _of_macos()
    except (OSError, UnicodeError, AttributeError):
        found = ""
    if not found.strip():
        raise BudgetUnavailable("the budget of this machine is unavailable: the system does not tell its boots apart")
    return found.strip()


def _of_macos() -> str:  # pragma: no cover
    import ctypes

    size = ctypes.c_size_t(64)
    text = ctypes.create_string_buffer(size.value)
    ctypes.CDLL(None).sysctlbyname(_MACOS, text, ctypes.byref(size), None, ctypes.c_size_t(0))
    return text.value.decode("ascii")
