"""What differs between Linux, macOS and Windows: locks, files, signals, addresses, encodings.

Room: nouns. No other module asks which system it runs on. `tests/test_platform.py` imitates the systems that the tests
do not run on.

Modules that one system lacks are loaded when this one is imported, and are None there.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any

#: The mode of files with personal data: only their owner reads and writes them.
PRIVATE = 0o600
#: Documented in proc(5). Only Linux has them.
MOUNT_INFO, MOUNTS = Path("/proc/self/mountinfo"), Path("/proc/self/mounts")
#: Documented in Linux' random(4): a new random id at each boot.
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
#: Documented in systemd's pam_systemd(8): the folder of a user exists while that user has a session.
RUNTIME = Path("/run/user")
#: Documented in Apple's sysctl.h: the same on macOS as the boot id of Linux.
_MACOS_BOOT = b"kern.bootsessionuuid"
#: Characters of our own texts that an old console (cp850, cp1252) lacks, and what it shows instead.
_PLAIN = {"\N{HORIZONTAL ELLIPSIS}": "...", "\N{EM DASH}": "-", "\N{EN DASH}": "-", "\N{RIGHTWARDS ARROW}": "->"}


def _loaded(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl, _msvcrt = _loaded("fcntl"), _loaded("msvcrt")


def system() -> str:
    """Return the name of the system: "linux", "darwin" (macOS), "win32" or another one."""
    return sys.platform


def is_windows() -> bool:
    """Return whether this is Windows."""
    return system() == "win32"


# --- locks ---


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file without waiting. Return whether it is locked now. The lock ends with the descriptor.

    Windows has no shared lock. There the first byte is locked, and a shared lock only looks whether it can be read.

    Raises:
        OSError: the file system has no locks.

    """
    try:
        if is_windows():
            _lock_first_byte(descriptor, shared=shared)
        else:
            _fcntl.flock(descriptor, (_fcntl.LOCK_SH if shared else _fcntl.LOCK_EX) | _fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:  # so Windows says that a byte is locked
        if is_windows():
            return False
        raise
    return True


def _lock_first_byte(descriptor: int, *, shared: bool) -> None:
    if not shared and not os.fstat(descriptor).st_size:
        os.write(descriptor, b"\0")
    os.lseek(descriptor, 0, os.SEEK_SET)
    if shared:
        os.read(descriptor, 1)
    else:
        _msvcrt.locking(descriptor, _msvcrt.LK_NBLCK, 1)


def unlock_shared(descriptor: int) -> None:
    """End a shared lock. On Windows there was none."""
    if not is_windows():
        _fcntl.flock(descriptor, _fcntl.LOCK_UN)


def may_lock_databases() -> bool:
    """Return whether `try_lock` on a database leaves SQLite's own locks alone. Elsewhere they are of one kind."""
    return system() == "linux"


def share_open_file(descriptor: int) -> bool:
    """Say that this process has a file open. Return False if another process is about to remove it.

    Windows does not remove a file that is open, so nothing is locked there.
    """
    if is_windows():
        return True
    try:
        return try_lock(descriptor, shared=True)
    except OSError:  # a file system without locks
        return True


def own_open_file(descriptor: int) -> bool:
    """Return whether no other process has a file open, and keep it so until the descriptor is closed.

    On Windows the removal itself fails if another process has the file open.
    """
    if is_windows():
        return True
    try:
        return try_lock(descriptor)
    except OSError:
        return False


def can_remove_open_files() -> bool:
    """Return whether a file that this process has open can be removed."""
    return not is_windows()


def after_fork_in_child(do: Callable[[], None]) -> None:
    """Call a function in each forked child. Windows does not fork."""
    if (register := getattr(os, "register_at_fork", None)) is not None:
        register(after_in_child=do)


# --- files ---


def has_modes() -> bool:
    """Return whether files have modes. On Windows only the folder protects a file."""
    return not is_windows()


def open_private(path: str | os.PathLike[str], flags: int) -> int:
    """Open a file as `os.open` does, and create it with mode 0600. Windows changes no line ends in it."""
    return os.open(path, flags | getattr(os, "O_BINARY", 0), PRIVATE)


def make_names_durable(folder: Path) -> None:
    """Write the names in a folder to the disk, so that a new file survives a power cut. Windows has no call for it."""
    if is_windows():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_only_address(path: PurePath) -> str:
    """Return the URI by which SQLite opens an absolute path for reading only.

    SQLite refuses a URI that names a host, so the host of a Windows share becomes part of the path. Documented in
    "Uniform Resource Identifiers" of SQLite.
    """
    address = path.as_uri()
    if not address.startswith("file:///"):
        address = "file:////" + address.removeprefix("file://")
    return f"{address}?mode=ro"


def user() -> int | None:
    """Return the number of the user whose rights this process has; None on Windows, which has none."""
    number: Callable[[], int] | None = getattr(os, "geteuid", None)
    return None if number is None else number()


def runtime_folder() -> Path | None:
    """Return where the system keeps files of this user until the session ends; None on Windows. It may not exist."""
    number = user()
    return None if number is None else RUNTIME / str(number)


def kernel_list(path: Path) -> str | None:
    """Return one of the kernel's lists, such as `MOUNT_INFO`; None if this system does not have it."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


# --- the boot of the machine ---


def seconds_since_boot() -> float:
    """Return the seconds since the boot, the same in all processes. They go on while the machine sleeps."""
    if system() == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if is_windows():
        return time.monotonic()  # since some moment, which is enough within one process; it counts the sleep
    return time.clock_gettime(time.CLOCK_MONOTONIC)  # macOS counts its sleep


def boot_id() -> str:
    """Return the id of the machine's boot; "" if the system does not say it."""
    try:
        found = BOOT_ID.read_text(encoding="ascii") if system() == "linux" else _boot_of_macos()
    except (OSError, UnicodeError, AttributeError):
        return ""
    return found.strip()


def _boot_of_macos() -> str:
    import ctypes

    size = ctypes.c_size_t(64)
    text = ctypes.create_string_buffer(size.value)
    ctypes.CDLL(None).sysctlbyname(_MACOS_BOOT, text, ctypes.byref(size), None, ctypes.c_size_t(0))
    return text.value.decode("ascii")


# --- signals ---


def stopping_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that stop a run. On Windows only Ctrl-C and Ctrl-Break reach a program."""
    return signal.SIGINT, signal.Signals["SIGBREAK" if is_windows() else "SIGTERM"]


@contextmanager
def signals_handled(
    loop: asyncio.AbstractEventLoop, wanted: tuple[signal.Signals, ...], hear: Callable[[signal.Signals], None]
) -> Iterator[None]:
    """Call a function in the event loop for each of these signals, until the block ends.

    The event loops of Windows have no signal handlers, so `signal.signal` is used there.
    """
    in_loop: list[signal.Signals] = []
    before: dict[signal.Signals, Any] = {}
    try:
        for number in wanted:
            try:
                loop.add_signal_handler(number, hear, number)
                in_loop.append(number)
            except NotImplementedError:
                before[number] = signal.signal(
                    number, lambda got, _: loop.call_soon_threadsafe(hear, signal.Signals(got))
                )
        yield
    finally:
        for number in in_loop:
            loop.remove_signal_handler(number)
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the program that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# --- encodings ---


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """Return what to show in place of characters that a console lacks: something similar, or question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in lacking), error.end


#: The name of this treatment of characters that an encoding lacks, for `errors=` of a stream.
PLAINER = "woowup.plainer"
codecs.register_error(PLAINER, _plainer)


def shown_in(encoding: str | None, text: str) -> str:
    """Return a text that an encoding can write. None: UTF-8."""
    if text.isascii():
        return text
    try:
        return text.encode(encoding or "utf-8", PLAINER).decode(encoding or "utf-8")
    except LookupError:  # an encoding that Python does not have
        return text.encode("ascii", PLAINER).decode()


def is_utf8(encoding: str | None) -> bool:
    """Return whether an encoding is UTF-8, under any of its names."""
    return (encoding or "").lower().replace("-", "").startswith("utf8")
