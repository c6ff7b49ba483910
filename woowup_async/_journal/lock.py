"""Allows one writer to a journal, under any of its names. The kernel drops the locks when a process ends in any way.

Room: _journal. `ledger` takes the lock. `reader` only asks whether it is taken.

These files are locked by `flock` (Windows: `msvcrt.locking`), on descriptors that stay open until the lock is released:

- `NAME.lock` beside the journal's real path, so that symbolic links lead to the same lock;
- on Linux also the journal's file itself, so that hard links and a renamed file do so too. (Elsewhere `flock` would
  block SQLite's own locks on that file, so there only the number of its names is checked.)

Within a process a registry decides before any file is opened. POSIX says that closing a descriptor of the journal drops
the locks that SQLite has on it in this process, and a second writer must not drop the locks of the first.

On network file systems (NFS, SMB) these locks and SQLite's write-ahead log are not reliable: SQLite says that all
processes that use the log must be on one machine. Keep a journal on a local disk.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from woowup_async import _platform
from woowup_async._journal.files import create
from woowup_async.errors import JournalError

#: Seconds that a writer waits for readers, which have the lock for some microseconds each (guessed).
_PATIENCE = 2.0
_PAUSE = 0.001
_ONE = "one run at a time"

#: The names of a lock in this process: the real path of the journal, and its device and inode.
Name = str | tuple[int, int]

_held: dict[Name, Lock] = {}
_guard = threading.Lock()


class Taken(JournalError):
    """Another run writes to the journal, in this process or another one."""


class Lock:
    """The right to write to a journal."""

    def __init__(self, path: Path) -> None:
        """Take the lock, and create the journal's file if it does not exist.

        Raises:
            Taken: another run has the lock.
            JournalError: it cannot be taken here.

        """
        self.path = path
        self._real = Path(os.path.realpath(path))
        self._descriptors: list[int] = []
        self._names: list[Name] = []
        with _guard, _explained(path):
            try:
                self._take()
            except BaseException:
                self._let_go()
                raise

    def release(self) -> None:
        """Release the lock. SQLite's connection must be closed before."""
        with _guard:
            self._let_go()

    def _take(self) -> None:
        self._register(str(self._real))
        if self._real.exists():
            self._register(_inode(self._real))
        self._lock(_beside(self._real), os.O_RDWR | os.O_CREAT)
        create(self._real)
        if _inode(self._real) not in self._names:
            self._register(_inode(self._real))
        if _platform.may_lock_databases():
            self._lock(self._real, os.O_RDWR)
        if (names := self._real.stat().st_nlink) > 1:
            raise JournalError(
                f"journal {self.path}: the file has {names} names (hard links), and SQLite keeps the newest data in a "
                "file beside the name that it opened; keep one name, or make a copy of the file"
            )

    def _register(self, name: Name) -> None:
        if name in _held:
            raise Taken(f"journal {self.path}: this process already writes to it; {_ONE}")
        _held[name] = self
        self._names.append(name)

    def _lock(self, file: Path, flags: int) -> None:
        descriptor = _platform.open_private(file, flags)
        self._descriptors.append(descriptor)
        deadline = time.monotonic() + _PATIENCE
        while not _platform.try_lock(descriptor):
            # only readers take a shared lock, and they release it at once
            if not _platform.try_lock(descriptor, shared=True) or time.monotonic() > deadline:
                raise Taken(f"journal {self.path}: another process writes to it; {_ONE}")
            _platform.unlock_shared(descriptor)
            time.sleep(_PAUSE)

    def _let_go(self) -> None:
        for name in self._names:
            del _held[name]
        self._names.clear()
        while self._descriptors:
            os.close(self._descriptors.pop())


def is_locked(path: Path) -> bool:
    """Return whether a run writes to a journal. This check does not make a run fail that begins at the same time."""
    real = Path(os.path.realpath(path))
    with _guard, suppress(OSError):
        if str(real) in _held or _inode(real) in _held:
            return True
        descriptor = os.open(_beside(real), os.O_RDONLY)
        try:
            return not _platform.try_lock(descriptor, shared=True)
        finally:
            os.close(descriptor)
    return False  # there is no lock file, or it cannot be read


def _beside(real: Path) -> Path:
    return real.with_name(f"{real.name}.lock")


def _inode(path: Path) -> Name:
    status = path.stat()
    return status.st_dev, status.st_ino


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
            advice = f"this file system has no locks ({error.strerror}); keep a journal on a local disk"
        else:
            advice = f"cannot be written here ({error.strerror})"
        raise JournalError(f"journal {path}: {advice}") from error


def _forget() -> None:
    """Close the inherited descriptors in a forked child. Otherwise it keeps the lock if its parent is killed."""
    global _guard
    _guard = threading.Lock()  # a thread that does not exist in the child may have locked it
    for lock in set(_held.values()):
        lock._let_go()


_platform.after_fork_in_child(_forget)
