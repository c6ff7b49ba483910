"""Find the Pythons of this machine that the package supports, and print one path a line.

`make test-all` runs the tests with each of them. `uv python install` or pyenv can add others.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

#: From `requires-python` to a version that does not exist yet.
MINORS = range(11, 20)
_SHOW = "import sys; print(*sys.version_info[:3], sys.version_info.releaselevel)"


def candidates() -> Iterator[Path]:
    """Yield programs that may be a supported Python: on the path, of pyenv and of uv."""
    for minor in MINORS:
        name = f"python3.{minor}"
        if found := shutil.which(name):
            yield Path(found)
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        yield from sorted(pyenv.glob(f"versions/3.{minor}.*/bin/{name}"))
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
        yield from sorted(uv.glob(f"cpython-3.{minor}.*/bin/{name}"))


def version_of(program: Path) -> tuple[int, int, int] | None:
    """Return the version of a Python; None if it does not start, cannot make environments, or is not final."""
    try:
        done = subprocess.run(
            (program, "-c", f"import ensurepip, venv; {_SHOW}"), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):  # a shim of pyenv for a version that is not active
        return None
    match = re.fullmatch(r"(\d+) (\d+) (\d+) final\n", done.stdout)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def newest(programs: Iterable[Path]) -> dict[tuple[int, int], Path]:
    """Return the newest program of each minor version."""
    found: dict[tuple[int, int], tuple[tuple[int, int, int], Path]] = {}
    for program in programs:
        version = version_of(program)
        if version is not None and version >= found.get(version[:2], (version, program))[0]:
            found[version[:2]] = version, program
    return {minor: program for minor, (_, program) in sorted(found.items())}


if __name__ == "__main__":
    print(*newest(candidates()).values(), sep="\n")
    sys.exit()
