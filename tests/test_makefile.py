"""The end of `make test` and of `make quick` says which part failed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.pages import ROOT

pytestmark = [pytest.mark.posix, pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A copy of the Makefile, with an environment whose tools succeed unless their arguments have the text `FAILS`."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("ruff", "mypy", "pytest", "python", "coverage"):
        (tools / name).write_text('#!/bin/sh\ncase "$0 $*" in *"$FAILS"*) exit 1;; esac\n')
        (tools / name).chmod(0o755)
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def make(folder: Path, target: str, fails: str) -> tuple[int, str]:
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "FAILS": fails}
    ended = subprocess.run(
        ("make", target), cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    return ended.returncode, ended.stdout.decode().splitlines()[-1]


@pytest.mark.parametrize(
    ("fails", "parts"),
    [
        ("ruff format", "lint"),
        ("bin/mypy", "types"),
        ("tests.verify_types", "public-types"),
        ("bin/pytest", "traced-tests"),
        ("--fail-under 100", "coverage-of-core"),
    ],
)
def test_a_failed_part_is_named_last(made: Path, fails: str, parts: str) -> None:
    assert make(made, "test", fails) == (2, f"make test: failed: {parts}")


def test_a_failed_part_of_the_quick_tests_is_named_last(made: Path) -> None:
    assert make(made, "quick", "bin/mypy") == (2, "make quick: failed: package-types")


def test_several_failed_parts_are_all_named(made: Path) -> None:
    code, last = make(made, "test", "coverage report")
    assert code == 2
    assert sorted(last.removeprefix("make test: failed: ").split()) == ["coverage-of-all", "coverage-of-core"]


@pytest.mark.parametrize("target", ["test", "quick"])
def test_success_is_said_last(made: Path, target: str) -> None:
    assert make(made, target, "no such text") == (0, f"make {target}: passed")
