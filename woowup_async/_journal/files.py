"""Makes files with personal data readable by their owner only, and creates them so that they survive a power cut.

Room: _journal.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from woowup_async import _platform
from woowup_async._platform import PRIVATE

#: The mode bits that give access to others.
_OTHERS = 0o077


class Exposed(Exception):
    """A file can be read by others, and its mode cannot be changed. The message names it and says what to do."""


def make_private(file: int | str | os.PathLike[str], name: str) -> None:
    """Make a file readable by its owner only, even if it is older than this run.

    Nothing is done if the file does not exist or is not a regular file (a terminal, a pipe, `/dev/null`). Some file
    systems have no modes and keep the old one without an error. There only the folder protects the file.

    Args:
        file: a path or a descriptor.
        name: its name in the error.

    Raises:
        Exposed: its mode cannot be changed, for example because it has another owner.
        OSError: its mode cannot be read.

    """
    try:
        mode = os.stat(file).st_mode  # noqa: PTH116 - or a descriptor
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode) or not mode & _OTHERS or not _platform.has_modes():
        return
    try:
        os.chmod(file, PRIVATE)  # noqa: PTH101 - or a descriptor
    except OSError as error:
        raise Exposed(
            f"{name} can be read by others (its mode is {stat.S_IMODE(mode):o}), and the mode cannot be changed "
            f"({error.strerror}): let its owner run `chmod 600` on it, or use another file name"
        ) from error


def create(path: Path) -> None:
    """Make a private file if it does not exist, so that it survives a power cut.

    A file that exists is not opened: closing it would drop SQLite's own locks on it in this process.
    """
    try:
        os.close(_platform.open_private(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    _platform.make_names_durable(path.parent)
