"""A private folder for the files of one user, which no other user can prepare or redirect.

Room: budget.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from woowup_async import _platform
from woowup_async.budget._mounts import MEMORY, is_network, kind_of
from woowup_async.errors import BudgetUnavailable

_PRIVATE_FOLDER = 0o700
_OTHERS, _OTHERS_WRITE = 0o077, 0o022


def default_folder() -> Path:
    """Return where this user's processes share a budget.

    `$WOOWUP_STATE_DIR/budget`, else `$XDG_RUNTIME_DIR/woowup/budget` (`/run/user/UID` if the variable is not set, as
    for a scheduled job) if that folder exists and is the user's own, else `$XDG_STATE_HOME/woowup/budget`, which is
    `~/.local/state/woowup/budget` by default.

    Raises:
        BudgetUnavailable: none of the variables is set and the user has no home.

    """
    if given := os.environ.get("WOOWUP_STATE_DIR"):
        return Path(given).absolute() / "budget"
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or _platform.runtime_folder() or "")
    if runtime.is_absolute() and _is_own(runtime):  # the XDG specification: a relative path is ignored
        return runtime / "woowup" / "budget"
    state = Path(os.environ.get("XDG_STATE_HOME") or "")
    try:
        base = state if state.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        raise BudgetUnavailable("the user has no home directory: set WOOWUP_STATE_DIR") from None
    return base / "woowup" / "budget"


def _is_own(folder: Path) -> bool:
    # `sudo` and `su` may keep the variable of another user
    try:
        return folder.stat().st_uid == _platform.user()
    except OSError:
        return False


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a private folder, which is made if it does not exist, and yield its descriptor.

    It is opened anew for each use. So a folder that was removed, as `/run/user/UID` is at the end of a session, is made
    again where new processes look for it.

    Raises:
        BudgetUnavailable: it cannot be made or opened, is a symbolic link, belongs to another user, or can be written
            to by others.

    """
    try:
        descriptor = _open(path)
    except OSError as error:
        raise BudgetUnavailable(f"the budget in {path} is unavailable: {error.strerror or error}") from error
    try:
        _check(path, descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    # a link is not followed, and what is opened is checked: nobody can exchange it in between
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
        return os.open(path, flags)


def _check(path: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != _platform.user():
        why = f"it belongs to the user {status.st_uid} and not to {_platform.user()}, which this process runs as"
    elif mode & _OTHERS_WRITE:
        why = f"other users can write to it (its mode is {mode:o}): run `chmod 700` on it, or use another folder"
    else:
        if mode & _OTHERS:
            os.fchmod(descriptor, mode & ~_OTHERS)
        return
    raise BudgetUnavailable(f"the budget in {path} is unavailable: {why}")


def is_in_memory(path: Path) -> bool:
    """Return whether a folder is in memory, and refuse a file system that several machines may write to.

    Only Linux says what a file system is.

    Raises:
        BudgetUnavailable: it is one.

    """
    mounts = _platform.kernel_list(_platform.MOUNT_INFO)
    kind = "" if mounts is None else kind_of(os.path.realpath(path), mounts)
    if is_network(kind):
        raise BudgetUnavailable(
            f"the budget in {path} is unavailable: it is on a file system of other machines ({kind}), whose clocks "
            "differ; set WOOWUP_STATE_DIR to a local folder"
        )
    return kind in MEMORY
