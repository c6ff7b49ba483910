"""Walks through a page as a reader does: writes its files, runs its commands and programs, compares what they print.

The rules for a page:

- A block with `title="NAME"` is a file. It is written to the folder in which the commands run.
- A block of `sh` is run by bash. Variables that it exports stay set. If its command is a server, it stays open.
- A block of `python` without a title is a program. The others without a title (`toml`, `json`, …) are only read.
- A block of `text` is what the block before it prints. `…` stands for any text, and alone in a line for any lines.
- `<!-- exit 1 -->` before a block says that its last command exits with 1.
- A line of `pip install` is not run, since it needs the package index: its extras must be those of the project.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent.parent

_FENCE = re.compile(
    r'(?:^<!-- exit (?P<code>\d+) -->\n+)?^(?P<indent> *)```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n'
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_SERVER = re.compile(r"(?:\w+=\S+ )*(?:woowup (?:simulate|dashboard)|uvicorn|taskiq worker)\b")
#: The ports that pages name. Each walk has others, so that walks do not meet.
_PORTS = ("8765", "8766", "8000", "8600", "8601")
_USUAL = {"woowup simulate": "8765", "woowup dashboard": "8600", "uvicorn": "8000"}
_EXTRAS = re.compile(r"woowup_async(?:-[\w.-]+\.whl)?\[([\w,]+)\]")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page."""

    kind: str
    title: str | None
    text: str
    code: int

    @property
    def is_server(self) -> bool:
        return self.kind == "sh" and _SERVER.match(self.text) is not None


def blocks_in(page: str) -> list[Block]:
    """Return the blocks of the text of a page."""
    found = []
    for fence in _FENCE.finditer(page):
        indent = fence["indent"]
        lines = [line.removeprefix(indent) for line in fence["text"].splitlines(keepends=True)]
        found.append(Block(fence["kind"], fence["title"], "".join(lines), int(fence["code"] or 0)))
    return found


class Walk:
    """A walk through a page.

    Args:
        folder: where its commands run.
        replaced: texts of the page, and what stands for them here.
        account: variables of an account that the page takes for granted.
        python: of an environment that has the package; by default this one, with the package of the checkout.

    """

    def __init__(
        self, folder: Path, replaced: Mapping[str, str], account: Mapping[str, str], python: Path | None = None
    ) -> None:
        self._folder, self._replaced, self._python = folder, replaced, python or Path(sys.executable)
        self._servers: list[subprocess.Popen[bytes]] = []
        self._ports = {port: str(_free_port()) for port in _PORTS}
        path = f"{self._python.parent}{os.pathsep}{os.environ['PATH']}"
        root = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep) if python is None else ""
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("WOOWUP_", "PYTEST_"))}
        self._environment = (
            outside | {"PATH": path, "PYTHONPATH": root, "COLUMNS": "100", "NO_COLOR": "1"} | dict(account)
        )
        self._printed = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for server in reversed(self._servers):  # a service drains while its account is still there
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def take(self, block: Block) -> None:
        """Do what a block says."""
        if block.title:
            place = self._folder / block.title
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(self._here(block.text), encoding="utf-8")
        elif block.is_server:
            self._serve(self._here(block.text))
        elif block.kind == "sh":
            commands = _without_installation(self._here(block.text))
            self._run(["bash", "-euc", f"{commands}\nenv -0 > .environment"], block)
            self._learn()
        elif block.kind == "python":
            self._run([str(self._python), "-W", "error", "-c", self._here(block.text)], block)
        elif block.kind == "text":
            assert_printed(self._printed, self._here(block.text))
        else:
            read(block)

    def _here(self, text: str) -> str:
        for there, here in self._replaced.items():
            text = text.replace(there, here)
        for port, mine in self._ports.items():
            text = re.sub(rf"\b{port}\b", mine, text)
        return text

    def _run(self, command: list[str], block: Block) -> None:
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, timeout=120, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._printed = done.stdout.decode()
        assert done.returncode == block.code, f"{block.text}\nexit {done.returncode}\n{self._printed}"

    def _learn(self) -> None:
        """Keep what the block exported."""
        file = self._folder / ".environment"
        if file.exists():
            pairs = (pair.split("=", 1) for pair in file.read_bytes().decode().split("\0") if "=" in pair)
            self._environment = dict(pairs)
            file.unlink()

    def _serve(self, text: str) -> None:
        log = self._folder / f".server-{len(self._servers)}"
        line = " ".join(line.partition(" #")[0].rstrip("\\ ") for line in text.splitlines())
        words = f"exec env {line}" if re.match(r"\w+=", line) else f"exec {line}"
        named = re.search(r"--port (\d+)", words)
        if named is None:
            port = self._ports[next(number for name, number in _USUAL.items() if name in words)]
            words += f" --port {port}"
        else:
            port = named[1]
        command = ["bash", "-euc", words]
        with log.open("wb") as output:
            server = subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        self._servers.append(server)
        _wait_for(int(port), server, log)


def read(block: Block) -> None:
    """Read a block that is neither run nor written."""
    if block.kind == "toml":
        tomllib.loads(block.text)
    elif block.kind == "json":
        json.loads(block.text)
    elif block.kind == "yaml":
        import yaml  # the environment for releases does not have it

        yaml.safe_load(block.text)
    else:
        assert block.kind in ("mermaid", "sql"), block.kind  # others have no meaning for a reader


def assert_printed(printed: str, expected: str) -> None:
    """Compare what a command printed with a page."""
    pattern = "\n".join(_line(line) for line in expected.strip("\n").splitlines())
    pattern = pattern.replace("<any>\n", r"(?:.*\n)*?").replace("\n<any>", r"(?:\n.*)*?")
    text = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    assert re.fullmatch(pattern, text), f"printed:\n{text}\n\nthe page says:\n{expected}"


def _line(line: str) -> str:
    return "<any>" if line.strip() == "…" else ".*".join(re.escape(part) for part in line.rstrip().split("…"))


def _without_installation(text: str) -> str:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = [extra for group in _EXTRAS.findall(text) for extra in group.split(",")]
    assert not [extra for extra in named if extra not in extras]
    return "\n".join(line for line in text.splitlines() if not line.startswith("pip install "))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
