"""Which Pythons `make test-all` finds."""

import sys
from pathlib import Path

import pytest

from tests.release import pythons


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")
def test_the_newest_final_one_of_each_minor_version(tmp_path: Path) -> None:
    old, new = program(tmp_path / "old", "echo 3 12 1 final"), program(tmp_path / "new", "echo 3 12 10 final")
    other = program(tmp_path / "other", "echo 3 11 2 final")
    wrong = [
        program(tmp_path / "early", "echo 3 14 0 candidate"),
        program(tmp_path / "shim", "echo 3 13 0 final; exit 127"),
        tmp_path / "none",
    ]
    assert pythons.newest([new, old, *wrong, other]) == {(3, 11): other, (3, 12): new}


def test_this_python_is_one() -> None:
    assert pythons.version_of(Path(sys.executable)) == sys.version_info[:3]
