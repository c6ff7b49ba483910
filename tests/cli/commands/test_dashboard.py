"""The command `woowup dashboard`, and `backfill --dashboard`."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from anyio import to_thread

from tests.support.commands import backfill, woowup
from tests.support.journals import opened
from tests.support.markup import Markup
from tests.support.processes import started
from woowup_async.cli import options
from woowup_async.cli.dashboard.server import Dashboard
from woowup_async.testing import Simulator

URL = re.compile(r"http://127\.0\.0\.1:(\d+)(/\?token=[\w-]+)")


@contextmanager
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def fetched(port: int, path: str) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    with opened(tmp_path / "shop.journal") as ledger:
        ledger.finish()
    return tmp_path / "shop.journal"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.posix
def test_it_serves_until_it_is_stopped(journal: Path, number: signal.Signals) -> None:
    other = journal.with_name("other.journal")
    with opened(other):
        pass
    command = [sys.executable, "-m", "woowup_async", "dashboard", str(journal), str(other), "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        found = URL.search(process.stdout.readline())
        assert found is not None
        assert process.stdout.readline() == "Press Ctrl-C to stop it.\n"
        status, page = fetched(int(found[1]), found[2])
        assert (status, page.count("<section")) == (200, 2)
        assert fetched(int(found[1]), "/")[0] == 403
        process.send_signal(number)
        rest, problems = process.communicate(timeout=20)
    assert (process.returncode, rest, problems) == (0, "", "")


def test_a_journal_that_is_absent_or_something_else(tmp_path: Path, journal: Path) -> None:
    (tmp_path / "text").write_text("not a journal, but long enough to be read as one" * 20)
    for path, why in ((tmp_path / "none", "there is no such file"), (tmp_path / "text", "is not a journal")):
        result = woowup("dashboard", journal, path)
        assert result.exit_code == 2
        assert result.stderr == f"woowup: journal {path}: {why}{'; use another file name' if 'not a' in why else ''}\n"


def test_a_damaged_journal_does_not_hide_the_others(journal: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(journal.read_bytes()[:8_192] + b"\x07" * 20_000)
    result = woowup("dashboard", broken)
    assert (result.exit_code, "is damaged" in result.stderr) == (2, True)
    result = woowup("dashboard", broken, journal, "--host", "192.0.2.1", "--token", "t" * 16)
    assert "cannot listen on 192.0.2.1" in result.stderr  # it came as far as that


def test_other_machines_need_a_token_that_was_chosen(journal: Path) -> None:
    result = woowup("dashboard", journal, "--host", "0.0.0.0", "--port", "0")
    assert (result.exit_code, result.stderr) == (
        2, "woowup: --host 0.0.0.0 can be reached from other machines: choose a --token\n",
    )  # fmt: skip
    assert "--token takes 16 or more" in woowup("dashboard", journal, "--token", "secret").stderr


def test_a_port_that_is_taken(journal: Path) -> None:
    with taken() as port:
        result = woowup("dashboard", journal, "--port", port)
    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1, port {port}: " in result.stderr


class TestBackfill:
    def test_the_dashboard_is_served_while_the_run_works(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen, real = list[tuple[int, str]](), Dashboard.__aexit__

        async def fetch_before_the_end(self: Dashboard, *exc_info: object) -> None:
            seen.append(await to_thread.run_sync(fetched, self.port, self.url.partition(str(self.port))[2]))
            await real(self, *exc_info)

        monkeypatch.setattr(Dashboard, "__aexit__", fetch_before_the_end)
        with taken() as port:  # a run is not refused for want of a port
            monkeypatch.setattr(options, "PORT", port)
            result = backfill(simulator, *files, "--journal", tmp_path / "shop.journal", "--dashboard")
        assert result.exit_code == 1
        assert "the dashboard is at http://127.0.0.1:" in result.stderr
        ((status, page),) = seen
        assert status == 200
        text = " ".join(Markup(page).text.split())
        assert "finished Run 1, began" in text
        assert "282 records have an outcome" in text

    def test_without_any_port_the_run_works_all_the_same(
        self, simulator: Simulator, few_files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuse(self: Dashboard) -> None:
            raise OSError(98, "Address already in use")

        monkeypatch.setattr(Dashboard, "__aenter__", refuse)
        result = backfill(simulator, *few_files, "--journal", tmp_path / "j", "--dashboard")
        assert "woowup: there is no dashboard: Address already in use" in result.stderr
        assert "the dashboard is at" not in result.stderr
        assert "purchases          251        250" in result.output

    def test_it_needs_a_journal(self, simulator: Simulator, few_files: tuple[str, ...]) -> None:
        result = backfill(simulator, *few_files, "--dashboard")
        assert (result.exit_code, result.stderr) == (2, "woowup: --dashboard shows a journal: give --journal, too\n")
        assert simulator.requests == 0
