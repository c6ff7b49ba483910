"""Files that hold people's data: for their owner only, and on the disk when they are said to be.

Room: _journal.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

PRIVATE = 0o600
#: Bits of a mode that let others in.
_OTHERS = 0o077


class Exposed(Exception):
    """A file can be read by others, and its mode cannot be changed. The text names it and says what to do."""


def make_private(file: int | str | os.PathLike[str], name: str) -> None:
    """Make a file readable by its owner only, even if it is older than this run: a path, or a descriptor.

    Where there is no file, and where it is not a regular one (a terminal, a pipe, `/dev/null`), nothing is done. Some
    file systems have no modes and keep the old one without an error; there it is the folder that protects the file.

    Args:
        file: the file.
        name: what to call it in the error.

    Raises:
        Exposed: it has another owner.
        OSError: it cannot be looked at.

    """
    try:
        mode = os.stat(file).st_mode  # noqa: PTH116 - or a descriptor
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode) or not mode & _OTHERS or os.name == "nt":
        return
    try:
        os.chmod(file, PRIVATE)  # noqa: PTH101 - or a descriptor
    except OSError as error:
        raise Exposed(
            f"{name} may be read by others (its mode is {stat.S_IMODE(mode):o}), and the mode cannot be changed "
            f"({error.strerror}): let its owner run `chmod 600` on it, or give another name"
        ) from error


def create(path: Path) -> None:
    """Make a private file if it does not exist, so that it survives a power cut.

    One that is there is not even opened: closing it would drop SQLite's own locks on it in this process.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileExistsError:
        return
    if os.name != "nt":  # pragma: no branch - Windows has no descriptors of folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
