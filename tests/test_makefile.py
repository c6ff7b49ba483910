"""The end of `make test` and of `make quick` says which part failed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.pages import ROOT

pytestmark = [pytest.mark.posix, pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")]

#: In no arguments of a tool.
NOTHING = "no such text"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A copy of the Makefile, with an environment whose tools succeed unless their arguments have the text `FAILS`."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    tools = tmp_path / ".venv" / "bin"
    for folder in (tools, tmp_path / "woowup_async", tmp_path / "tests"):
        folder.mkdir(parents=True)
    (tmp_path / "tests" / "verify_types.py").touch()
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


def test_public_types_are_checked_again_if_the_package_has_changed(made: Path) -> None:
    module = made / "woowup_async" / "client.py"
    module.touch()
    assert make(made, "public-types", NOTHING)[0] == 0
    assert make(made, "public-types", "tests.verify_types")[0] == 0  # it was not run
    os.utime(module, (2e9, 2e9))
    assert make(made, "public-types", "tests.verify_types")[0] == 2
    assert make(made, "public-types", "tests.verify_types")[0] == 2


def test_public_types_are_checked_again_if_a_module_is_gone(made: Path) -> None:
    module = made / "woowup_async" / "client.py"
    module.touch()
    assert make(made, "public-types", NOTHING)[0] == 0
    module.unlink()
    os.utime(module.parent, (2e9, 2e9))
    assert make(made, "public-types", "tests.verify_types")[0] == 2


@pytest.mark.parametrize("target", ["test", "quick"])
def test_success_is_said_last(made: Path, target: str) -> None:
    assert make(made, target, NOTHING) == (0, f"make {target}: passed")
