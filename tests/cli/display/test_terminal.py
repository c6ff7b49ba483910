"""Text from data and from the server is safe to show, wherever the command shows it."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.support.commands import USER, backfill, jsonl, purchase, undated, woowup
from tests.support.hostile_servers import HALVED, HOSTILE, obeyed
from woowup_async import Report
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.cli.checks.finding import Finding
from woowup_async.cli.commands.verify import verdict_lines
from woowup_async.cli.display import terminal
from woowup_async.cli.display.page import page
from woowup_async.cli.display.progress import Display
from woowup_async.cli.display.recording import Recording
from woowup_async.cli.verification import Verdicts
from woowup_async.errors import Reason
from woowup_async.events import OutageBegan, RequestSent, RetryScheduled
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.testing import Simulator

#: Most are tested in this process, by `TestConsolesOfOldWindows`.
CODE_PAGES = ("cp1252", "cp850")
REJECTED = Rejected("server", HOSTILE, (Reason(HOSTILE, HALVED),))


@pytest.fixture
def files(simulator: Simulator, tmp_path: Path) -> tuple[object, ...]:
    """Write data with hostile names, keys and values, for an account with hostile messages."""
    simulator.refuses = lambda record: [HOSTILE] if "bad" in str(record.get("branch_name")) else []
    users = jsonl(tmp_path / "u.jsonl", USER, json.dumps({"email": "b@example.com", HOSTILE: "x"}).encode() + b"\n")
    mine = (
        purchase(1),
        purchase(2, invoice_number=HOSTILE, branch_name="bad"),
        purchase(3, **{HOSTILE: 1}),
        purchase(4, createtime=HOSTILE),
        b"\xff\x1b[31m\n",
    )
    return ("--users", users, "--purchases", jsonl(tmp_path / "p.jsonl", *mine))


def test_a_run_and_all_commands_that_show_it(simulator: Simulator, files: tuple[object, ...], tmp_path: Path) -> None:
    letters, journal, html, report = (tmp_path / name for name in ("dead", "j", "r.html", "r.json"))
    outputs = ("--dead-letters", letters, "--journal", journal, "--report", html, "--report", report)
    ran = backfill(simulator, *files, *outputs)
    assert ran.exit_code == 1, ran.output
    shown = {
        "plan": woowup("plan", *files), "backfill": ran, "status": woowup("status", journal),
        "letters": woowup("dead-letters", letters), "verify": woowup("verify", journal, "--base-url", simulator.url),
        "plan as JSON": woowup("plan", *files, "--json"), "status as JSON": woowup("status", journal, "--json"),
        "letters as JSON": woowup("dead-letters", letters, "--json"),
    }  # fmt: skip
    texts = {name: result.output for name, result in shown.items()} | {
        "page": html.read_text(encoding="utf-8"), "report": report.read_text(encoding="utf-8")
    }  # fmt: skip
    assert {name: obeyed(text) for name, text in texts.items() if obeyed(text)} == {}
    assert "<u>" not in texts["page"]
    for name in ("plan as JSON", "status as JSON", "report"):
        json.loads(texts[name])
    kept = [json.loads(line) for line in texts["letters as JSON"].splitlines()]
    assert HOSTILE in [letter["raw"].get("invoice_number") for letter in kept if isinstance(letter["raw"], dict)]


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("is_terminal", [False, True], ids=["a file", "a terminal"])
def test_the_progress(is_terminal: bool, as_json: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=is_terminal, no_color=True, color_system=None)
    with Display(console, as_json=as_json) as display:
        display.hear(RetryScheduled("users.create", 1, 1.0, HALVED))
        display.hear(OutageBegan(HALVED))
    if as_json:
        assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["notice", "notice", "progress"]
    assert "title" in out.getvalue()
    assert "[red]c[/red]" in out.getvalue()
    if not is_terminal or as_json:  # a live display moves the cursor itself
        assert obeyed(out.getvalue()) == []
    assert "\x1b[31m" not in out.getvalue()
    assert "\x1b]0;" not in out.getvalue()


def test_the_page() -> None:
    recording = Recording(140.0)
    recording.hear(Settled(Entity.USER, Record(Position(HALVED, 1), {}), HALVED, REJECTED))
    recording.hear(RequestSent("users.create", 1, "POST", None, HALVED, 1.0))
    report = Report(unknown_fields={HALVED: 1}, left_out={HALVED: 1}, cleaned={HALVED: 1})
    shown = page(recording, report, HALVED)
    assert obeyed(shown) == []
    assert "<u>" not in shown
    shown.encode()


def test_a_verification_and_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say_all(verdict_lines(Verdicts(missing=[HALVED], journal={HALVED: 1}, now={"*": 1})))
    terminal.say_all(Finding("bad", "API", HALVED, HALVED).lines())
    terminal.complain(HALVED)
    out, err = capsys.readouterr()
    assert obeyed(out + err) == []
    assert "[red]c[/red] <u>:smile:" in out


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log(form: str) -> None:
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(terminal.LogFormat())
    terminal.LogFormat.is_json = form == "json"
    try:
        handler.emit(logging.LogRecord("x", logging.WARNING, "", 1, "a %s", (HALVED,), None))
    finally:
        terminal.LogFormat.is_json = False
    assert obeyed(stream.getvalue()) == []
    (line,) = stream.getvalue().splitlines()
    if form == "json":
        assert json.loads(line)["level"] == "warning"
        assert HOSTILE in json.loads(line)["text"]
    else:
        assert undated(line).startswith("WARNING woowup: a a")


@pytest.mark.untraced
@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda held: st.lists(held) | st.dictionaries(st.text(), held))
)
def test_json_keeps_its_values_in_ascii(value: object) -> None:
    text = terminal.json_text({"value": value})
    assert text.isascii()
    assert obeyed(text) == []
    assert json.loads(text) == {"value": value}
    assert terminal.json_text({"half": "\udce9"}) == '{"half": "?"}'


@given(st.text())
def test_a_line_of_any_text_is_one_line(text: str) -> None:
    console = Console(file=(out := io.StringIO()), width=80)
    terminal.show(console, text)
    assert out.getvalue().count("\n") == 1
    assert obeyed(out.getvalue()) == []


def command(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    line = [sys.executable, "-m", "woowup_async", *map(str, arguments)]
    return subprocess.run(line, env=os.environ | environment, capture_output=True, timeout=30, check=False)


@pytest.fixture
def polish(tmp_path: Path) -> Path:
    line = json.dumps({"email": "Łucja 😀 " + "x" * 90}, ensure_ascii=False)
    return jsonl(tmp_path / "u.jsonl", line.encode())


@pytest.mark.parametrize("encoding", [*(pytest.param(name, marks=pytest.mark.long) for name in CODE_PAGES), "ascii"])
def test_a_terminal_that_lacks_characters(encoding: str, polish: Path) -> None:
    as_text = command("plan", "--users", polish, PYTHONIOENCODING=encoding)
    assert (as_text.returncode, as_text.stderr) == (1, b"")
    assert b"?" in as_text.stdout


@pytest.mark.parametrize("encoding", [pytest.param("cp1252", marks=pytest.mark.long), "cp850"])
def test_help_on_a_terminal_that_lacks_characters(encoding: str) -> None:
    shown = command("backfill", "--help", PYTHONIOENCODING=f"{encoding}:strict")
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"?" not in shown.stdout
    assert "email,document,…".encode("cp1252") in shown.stdout or b"email,document,..." in shown.stdout


class TestConsolesOfOldWindows:
    """A stream that refuses what it cannot encode, as consoles with a code page do."""

    @pytest.mark.parametrize(
        ("encoding", "shown"),
        [("cp850", "Ñandú ...?->"), ("cp1252", "Ñandú …?->"), ("ascii", "?and? ...?->"), ("utf-8", "Ñandú …日→")],
    )
    @pytest.mark.parametrize("how", ["prepared", "as it is"])
    def test_a_line(self, encoding: str, shown: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
        monkeypatch.setattr(sys, "stdout", stream)
        if how == "prepared":
            terminal.prepare()
            print("Ñandú …日→")  # a library's output
        terminal.say("Ñandú …日→")
        terminal.show(Console(file=stream, width=80), "Ñandú …日→")
        stream.flush()
        lines = stream.buffer.getvalue().decode(encoding).splitlines()
        assert lines == [shown] * (3 if how == "prepared" else 2)

    @pytest.mark.parametrize("encoding", ["cp850", "cp1252", "ascii"])
    def test_the_live_display(self, encoding: str) -> None:
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="woowup.plainer")
        console = Console(file=stream, width=40, force_terminal=True, legacy_windows=False)
        with Display(console, totals={Entity.USER: 2}) as display:
            display.hear(Settled(Entity.USER, Record(Position("s", 1), {}), "k", Accepted("created")))
            display.hear(OutageBegan("日本 …"))
        stream.flush()
        assert b"..." in stream.buffer.getvalue() or encoding == "cp1252"

    @pytest.mark.slow
    @pytest.mark.timeout(60)
    def test_a_whole_run(self, simulator: Simulator, tmp_path: Path) -> None:
        simulator.refuses = lambda record: ["日本 …"] if "日" in str(record) else []
        lines = [USER, '{"document": "日本"}\n'.encode(), '{"email": "日"}\n'.encode()]
        users = jsonl(tmp_path / "日.jsonl", *lines)
        hosts = ("--base-url", simulator.url, "--segment", simulator.segment)
        ran = command(
            "backfill", "--users", users, *hosts, "--dead-letters", tmp_path / "日.dead", "--journal", tmp_path / "日",
            "--report", tmp_path / "r.html", PYTHONIOENCODING="cp850:strict",
        )  # fmt: skip
        assert ran.returncode == 1, ran.stderr
        assert b"Traceback" not in ran.stderr
        assert b"users                3          1          2" in ran.stdout

    @pytest.mark.long
    def test_other_commands(self, tmp_path: Path) -> None:
        """`test_a_line` checks in this process how each of their lines is written."""
        letter = '{"entity":"user","position":"日:1","code":"日本 …","raw":{"document":"日本"}}\n'
        letters = jsonl(tmp_path / "日.dead", letter.encode())
        for more, code in (("dead-letters", letters), 0), (("plan", "--users", "日"), 2):
            shown = command(*more, PYTHONIOENCODING="cp850:strict")
            assert b"Traceback" not in shown.stderr
            assert shown.returncode == code


@pytest.mark.slow
def test_json_on_a_terminal_with_the_fewest_characters(polish: Path, tmp_path: Path) -> None:
    letters = jsonl(tmp_path / "d", '{"entity":"user","position":"u:1","code":"x","raw":{"a":"Łucja"}}\n'.encode())
    as_json = command("plan", "--json", "--users", polish, PYTHONIOENCODING="ascii")
    assert as_json.returncode == 1
    assert "Łucja 😀" in json.loads(as_json.stdout)["rejections"][0]
    picked = command("dead-letters", letters, "--json", PYTHONIOENCODING="ascii")
    assert json.loads(picked.stdout)["raw"] == {"a": "Łucja"}


def test_a_closed_pipe_does_not_end_the_command(tmp_path: Path) -> None:
    """The exit code depends on the records, not on the reader of the output."""
    users = jsonl(tmp_path / "u.jsonl", USER)
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "woowup_async", "plan", "--users", str(users)]
    ended = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, timeout=30, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_small_terminal_and_no_home(tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    environment: dict[str, Any] = {"COLUMNS": "20", "LANG": "C", "LC_ALL": "C", "HOME": ""}
    ended = command("plan", "--users", users, **environment)
    assert (ended.returncode, ended.stderr) == (0, b"")
