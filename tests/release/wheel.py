"""Try a wheel as a new user: an empty environment, another folder, the tutorial, and no checkout on the path.

`python -m tests.release.wheel dist/NAME.whl` prints what it did and returns an exit code. `make dist` runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from tests.support.walking import ROOT, Walk, blocks_in

#: Files that a wheel lacks if the build leaves out what is not Python.
NEEDED = (
    "woowup_async/py.typed",
    "woowup_async_pytest/py.typed",
    "woowup_async/sources/presets/shopify.toml",
    "woowup_async/cli/__init__.py",
)
#: Pages that need no other package.
TUTORIALS = ("docs/tutorial/csv.md", "docs/es/tutorial/csv.md")
WHERE = "import woowup_async, sys; print(woowup_async.__version__, woowup_async.__file__.startswith(sys.prefix))"


def missing_in(wheel: Path) -> list[str]:
    """Return the needed files that a wheel does not have."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(set(NEEDED) - set(archive.namelist()))


def version_of(wheel: Path) -> str:
    """Return the version in the name of a wheel."""
    return wheel.name.split("-")[1]


def tried(wheel: Path, folder: Path) -> None:
    """Install a wheel with the command, and run it.

    Raises:
        subprocess.CalledProcessError: one of the commands failed.
        SystemExit: another version, or another package, was imported.

    """
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "WOOWUP_API_KEY")}

    def run(*command: str) -> str:
        print("$", " ".join(command), flush=True)
        program = scripts / command[0]
        done = subprocess.run(
            (program, *command[1:]), cwd=folder, env=environment, check=True, text=True, stdout=subprocess.PIPE
        )
        return done.stdout

    run("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel.resolve()}[cli]")
    if (found := run("python", "-I", "-c", WHERE).split()) != [version_of(wheel), "True"]:
        raise SystemExit(f"imported {found}")
    print(run("woowup", "--version").strip())
    run("woowup", "--help")
    print(*run("woowup", "demo").strip().splitlines()[-3:], sep="\n")
    if sys.platform != "win32":  # the page is for bash
        walked(scripts / "python", folder / "shop")


def walked(python: Path, folder: Path) -> None:
    """Do what the tutorial says, in both languages, and say how long it took without the reader."""
    for page in TUTORIALS:
        began, place = time.monotonic(), folder / Path(page).parts[1]
        place.mkdir(parents=True)
        with Walk(place, {}, {}, python) as walk:
            for block in blocks_in((ROOT / page).read_text(encoding="utf-8")):
                walk.take(block)
        print(f"{page}: done in {time.monotonic() - began:.0f} s")


def main(wheel: str) -> int:
    """Check one wheel."""
    path = Path(wheel)
    if missing := missing_in(path):
        print(f"{path} lacks {', '.join(missing)}")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        tried(path, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
