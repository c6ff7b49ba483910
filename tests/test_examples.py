"""The examples run, each in its own process, with warnings as errors."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from woowup_async._resources.namespaces import Namespaces
from woowup_async._samples import ORDERS

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_each_example_runs(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, timeout=25, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "0 refused" in done.stdout


def test_the_calls_example_has_every_namespace() -> None:
    """`legacy` is the exception: its calls warn."""
    text = (EXAMPLES / "crud.py").read_text(encoding="utf-8")
    namespaces = set(Namespaces.__annotations__) - {"legacy"}
    assert {name for name in namespaces if f"woowup.{name}." not in text} == set()


@pytest.mark.timeout(150)
@pytest.mark.long
def test_the_walk_through(tmp_path: Path) -> None:
    """Plan, backfill, kill, continue, dead letters, delta: the same commands that a person would use in a shell."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", str(EXAMPLES / "online_retail" / "walkthrough.sh"), str(ORDERS)],
        cwd=tmp_path, env=os.environ | {"PATH": path, "PORT": str(port)}, capture_output=True, text=True, timeout=140,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    parts = {part.splitlines()[0]: part for part in done.stdout.split("== ")[1:]}
    assert "100 requests if all users are new or all exist" in parts["plan: what would it cost?"]
    assert "stopped, can be resumed" in parts["backfill, killed in the middle"]
    assert "continuing the run in the journal" in parts["the same command again: it continues"]
    assert "purchases          143        121         22" in parts["the same command again: it continues"]
    assert "20 confirmed, 0 pending, 0 missing" in parts["verify a random sample"]
    assert "<svg" in (tmp_path / "run.html").read_text()
    assert "31 dead letters" in parts["what was refused, and why"]
    assert "purchases: 1 queued" in parts["one is corrected and sent again"]
    assert "\n0 requests, 0 refused" in parts["tomorrow's full export"]
