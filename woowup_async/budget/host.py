"""A store for the processes of one user on one machine: a file for each account, and nothing to install or to start.

Room: budget.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from woowup_async import _platform
from woowup_async._platform import PRIVATE
from woowup_async.budget import _boot, _folder
from woowup_async.budget._blob_file import MAX_FILE_BYTES, Damaged, packed, unpacked
from woowup_async.budget.account import check_account, check_blob
from woowup_async.budget.store import Snapshot
from woowup_async.errors import BudgetUnavailable

_log = logging.getLogger("woowup_async.budget")

#: Seconds that a swap waits while other processes swap (guessed: a swap takes a tenth of a millisecond).
_PATIENCE = 1.0
#: Threads of an event loop that write to a disk at a time (guessed).
_THREADS = 8
#: Seconds between two tries to lock (guessed). Each wait is random, so that no process always comes too late.
_PAUSE = (0.0002, 0.001)

_threads: RunVar[anyio.CapacityLimiter] = RunVar("woowup_async.budget.host")


class HostStore:
    """Keeps blobs in files that all processes of this user on this machine share.

    Swaps are made one after the other under a lock that the kernel drops when a process ends, and a file is replaced
    as a whole. So a process can be killed at any moment. The clock is the machine's, counted since its boot. A blob
    that was written before the boot, or that is damaged, counts as absent.

    It needs no `async with`, and keeps nothing open between two calls. It works on Linux and macOS.

    Args:
        directory: a private folder, which is made with mode 0700 if it does not exist. None:
            `$WOOWUP_STATE_DIR/budget`, else `$XDG_RUNTIME_DIR/woowup/budget`, else `~/.local/state/woowup/budget`
            (docs/budget.md).

    """

    def __init__(self, directory: str | os.PathLike[str] | None = None) -> None:
        self._directory = None if directory is None else Path(directory).absolute()
        self._checked: tuple[Path, bool] | None = None  # and whether it is in memory
        self._reported = set[str]()

    async def __aenter__(self) -> HostStore:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __repr__(self) -> str:
        return f"HostStore({str(self._directory) if self._directory else ''!r})"

    async def read(self, account: str) -> Snapshot:
        """Return the newest blob of an account.

        Raises:
            BudgetUnavailable: the folder is not private, not writable or not local, or a file cannot be read.

        """
        check_account(account)
        self._is_in_memory()  # refuses what is not local
        with self._folder() as folder:
            version, blob = self._load(folder, account)
            # not before the file was read: the blob may be younger
            return Snapshot(_boot.now(), version, blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        """Store a blob as the next version, if the newest version is still `version`. Return whether it was.

        Raises:
            BudgetUnavailable: as in `read`; the disk is full; or a process has held the lock for a second.
            ValueError: the blob is larger than `MAX_BLOB_BYTES`.

        """
        check_account(account)
        check_blob(blob)
        until = time.monotonic() + _PATIENCE
        while (is_stored := await self._attempt(account, version, blob)) is None:
            if time.monotonic() > until:
                raise BudgetUnavailable(f"the budget in {self._where()} is unavailable: a process keeps its lock")
            await anyio.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret
        return is_stored

    async def _attempt(self, account: str, version: int, blob: bytes) -> bool | None:
        if self._is_in_memory():
            return self._try_swap(account, version, blob)
        # replacing a file on a disk took 9 ms in one of a hundred swaps (measured; decision 127)
        return await anyio.to_thread.run_sync(
            self._try_swap, account, version, blob, abandon_on_cancel=True, limiter=_limiter()
        )

    def _is_in_memory(self) -> bool:
        where = self._where()
        if self._checked is None or self._checked[0] != where:
            with self._folder():  # makes the folder if needed
                self._checked = where, _folder.is_in_memory(where)
        return self._checked[1]

    def _try_swap(self, account: str, version: int, blob: bytes) -> bool | None:
        """Swap, or return None if another process has the lock."""
        with self._folder() as folder:
            lock = os.open(f"{_file(account)}.lock", _flags(os.O_RDWR | os.O_CREAT), PRIVATE, dir_fd=folder)
            try:
                is_locked = _platform.try_lock(lock)
                newest, _ = self._load(folder, account)
                # a version that was replaced does not come back: no need to wait for the lock to know that it is lost
                if newest != version:
                    return False
                if not is_locked:
                    return None
                # a new history begins above all older ones: a version of theirs is not met again
                following = newest + 1 if newest else time.time_ns() // 1_000
                _replace(folder, _file(account), packed(_boot.boot_id(), following, blob))
                return True
            finally:
                os.close(lock)

    def _load(self, folder: int, account: str) -> tuple[int, bytes | None]:
        try:
            content = _content(folder, _file(account))
        except FileNotFoundError:
            return 0, None
        try:
            return unpacked(_boot.boot_id(), content) or (0, None)
        except Damaged:
            if account not in self._reported:
                self._reported.add(account)
                _log.warning("the budget in %s/%s is damaged and begins anew", self._where(), _file(account))
            return 0, None

    @contextmanager
    def _folder(self) -> Iterator[int]:
        where = self._where()
        try:
            with _folder.opened(where) as folder:
                yield folder
        except BudgetUnavailable:
            raise
        except OSError as error:
            raise BudgetUnavailable(f"the budget in {where} is unavailable: {error.strerror or error}") from error

    def _where(self) -> Path:
        if _platform.is_windows():
            raise BudgetUnavailable("the budget of this machine is unavailable: it needs Linux or macOS")
        return self._directory or _folder.default_folder()


def _limiter() -> anyio.CapacityLimiter:
    # of its own: an application may keep all threads of the default one busy
    try:
        return _threads.get()
    except LookupError:
        _threads.set(limiter := anyio.CapacityLimiter(_THREADS))
        return limiter


def _file(account: str) -> str:
    # some file systems do not tell capital letters from small ones
    return account if account == account.lower() else f"_{account.encode().hex()}"


def _flags(flags: int) -> int:
    return flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def _content(folder: int, name: str) -> bytes:
    descriptor = os.open(name, _flags(os.O_RDONLY), dir_fd=folder)
    try:
        parts = []
        while part := os.read(descriptor, MAX_FILE_BYTES + 1):
            parts.append(part)
            if sum(map(len, parts)) > MAX_FILE_BYTES:
                break
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _replace(folder: int, name: str, content: bytes) -> None:
    """Replace a file as a whole. The caller has the lock, so the name of the new file is free."""
    new = f"{name}.new"
    try:
        descriptor = os.open(new, _flags(os.O_WRONLY | os.O_CREAT | os.O_TRUNC), PRIVATE, dir_fd=folder)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
        finally:
            os.close(descriptor)
        # not made durable: after a power cut, the boot is another one
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise
