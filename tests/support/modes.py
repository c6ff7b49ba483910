"""Whether a file is private."""

from __future__ import annotations

import stat
from pathlib import Path

from woowup_async._platform import PRIVATE, has_modes


def is_private(path: Path) -> bool:
    """Return whether only its owner reads and writes a file. On Windows the folder says who does."""
    return not has_modes() or stat.S_IMODE(path.stat().st_mode) == PRIVATE
