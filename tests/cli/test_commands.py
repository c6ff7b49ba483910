"""The commands, with the real simulator where they send anything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.support.commands import USER, backfill, jsonl, purchase, settled, woowup
from woowup_async import Report, RetryPolicy, WoowUp
from woowup_async import cli as cli_room
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.cli import job as jobs
from woowup_async.cli.commands import demo as demos
from woowup_async.cli.display.progress import Display
from woowup_async.cli.display.summary import run_lines
from woowup_async.events import (
    OutageBegan,
    OutageEnded,
    OutageProbed,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunResumed,
)
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released, Tally
from woowup_async.testing import Simulator


class TestBackfill:
    def test_all_well(self, simulator: Simulator, tmp_path: Path) -> None:
        users = jsonl(tmp_path / "u.jsonl", USER)
        for number in (1, 2, 10):
            jsonl(tmp_path / f"p{number}.jsonl", purchase(number))
        result = backfill(simulator, "--users", users, "--purchases", tmp_path / "p*.jsonl")
        assert result.exit_code == 0, result.output
        assert [number for _, number in simulator.purchases] == ["F-0001", "F-0002", "F-0010"]
        assert "purchases            3          3          0          0          0" in result.output

    def test_a_broken_line_is_a_dead_letter_and_the_rest_goes_on(self, simulator: Simulator, tmp_path: Path) -> None:
        lines = (purchase(1), b'{"invoice_number": \n', purchase(2, channel="shop"), purchase(3, create_time="x"))
        letters = tmp_path / "dead.jsonl"
        result = backfill(
            simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--purchases", jsonl(tmp_path / "p.jsonl", *lines),
            "--dead-letters", letters,
        )  # fmt: skip
        assert result.exit_code == 1
        assert len(simulator.purchases) == 2
        assert "purchase p.jsonl:2 (no key): malformed: is not valid JSON" in result.output
        assert "unknown field create_time in 1 records: was createtime meant?" in result.output
        kept = [json.loads(line) for line in letters.read_text().splitlines()]
        assert [(letter["position"], letter["code"]) for letter in kept] == [
            ("p.jsonl:2", "malformed"), ("p.jsonl:3", "invalid"),
        ]  # fmt: skip

    def test_history_starts_no_campaigns_unless_it_is_live(self, simulator: Simulator, tmp_path: Path) -> None:
        users = jsonl(tmp_path / "u.jsonl", USER)
        for number, flags in ((1, ()), (2, ("--live",))):
            mine = jsonl(tmp_path / f"{number}.jsonl", purchase(number))
            assert backfill(simulator, "--users", users, "--purchases", mine, *flags).exit_code == 0
        old, new = (simulator.purchases[None, f"F-000{number}"] for number in (1, 2))
        assert old["approvedtime"] == old["createtime"]
        assert "approvedtime" not in new

    def test_strict(self, simulator: Simulator, tmp_path: Path) -> None:
        result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", b'{"document":"1","zzz":1}'), "--strict")
        assert (result.exit_code, simulator.requests) == (1, 0)
        assert "to keep all of them, use --dead-letters FILE" in result.output

    def test_dead_letters_are_sent_again(self, simulator: Simulator, tmp_path: Path) -> None:
        letters, users = tmp_path / "dead.jsonl", jsonl(tmp_path / "u.jsonl", USER)
        lines = (purchase(1), b'{"invoice_number": \n', purchase(3, channel="shop"))
        backfill(
            simulator, "--users", users, "--purchases", jsonl(tmp_path / "p.jsonl", *lines), "--dead-letters", letters
        )
        mended = letters.read_text().replace('"shop"', '"web"')
        letters.write_text(mended + "no letter\n" + '{"entity":"user","raw":{"rows":[],"rows_in_all":2}}\n')
        result = backfill(simulator, "--from-dead-letters", letters, "--dead-letters", tmp_path / "again.jsonl")
        assert result.exit_code == 1
        assert len(simulator.purchases) == 2
        kept = [json.loads(line) for line in (tmp_path / "again.jsonl").read_text().splitlines()]
        assert [(letter["entity"], letter["position"], letter["code"]) for letter in kept] == [
            ("user", "dead.jsonl:3", "malformed"), ("user", "dead.jsonl:4", "left_out"),
            ("purchase", "dead.jsonl:1", "malformed"),
        ]  # fmt: skip
        assert "holds 2 rows of a table" in kept[1]["reasons"][0]["message"]

    def test_a_journal_makes_the_second_run_free(self, simulator: Simulator, tmp_path: Path) -> None:
        users, mine = jsonl(tmp_path / "u.jsonl", USER), jsonl(tmp_path / "p.jsonl", purchase(1), purchase(2))
        given = ("--users", users, "--purchases", mine, "--journal", tmp_path / "j")
        assert backfill(simulator, *given).exit_code == 0
        before, result = simulator.requests, backfill(simulator, *given)
        assert (result.exit_code, simulator.requests) == (0, before)
        assert "purchases: 2 unchanged" in result.output
        assert "3 requests saved: 3 unchanged" in result.output
        result = backfill(simulator, *given, "--policy", "delta=false", "--policy", "doubt=report")
        assert (result.exit_code, simulator.requests) == (0, before + 2)

    def test_a_journal_of_another_key(
        self, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = ("--users", jsonl(tmp_path / "u.jsonl", USER), "--journal", tmp_path / "j")
        monkeypatch.setattr(simulator, "api_key", "new-key")
        assert backfill(simulator, *given).exit_code == 3
        monkeypatch.setenv("WOOWUP_API_KEY", "new-key")
        result = backfill(simulator, *given)
        assert result.exit_code == 2
        assert "was written with another API key" in result.stderr
        assert backfill(simulator, *given, "--new-key").exit_code == 0

    def test_a_key_that_the_server_refuses(
        self, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WOOWUP_API_KEY", "wr0ng-key")
        result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER))
        assert result.exit_code == 3
        assert "woowup: stopped: users.create answered 403 forbidden: forbidden: authentication failed" in result.stderr
        assert "wr0ng-key" not in result.output + result.stderr

    def test_a_host_that_is_not_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        quick = RetryPolicy(attempts=2, base=0.01)
        monkeypatch.setattr("woowup_async.pool.WoowUp", partial(WoowUp, retry=quick))
        users = jsonl(tmp_path / "u.jsonl", USER)
        result = woowup("backfill", "--base-url", f"http://127.0.0.1:{port}/apiv3", "--users", users)
        assert result.exit_code == 3
        assert f"cannot connect to 127.0.0.1:{port}" in result.stderr
        assert "attempt 2 in" in result.stderr.replace("\n", " ")
        assert "Traceback" not in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "nothing to send"),
            (["--users", "-", "--purchases", "-"], "can be read only once"),
            (["--users", "{csv}", "--mapping", "{other}", "--layout", "woowup"], "give --mapping or --layout"),
            (["--users", "{jsonl}", "--clean", "phone"], "--clean: phone: the rules are email, telephone"),
            (["--users", "{jsonl}", "--clean", "telephone", "--region", "ARG"], "unknown region 'ARG'"),
            (["--users", "{jsonl}", "--report", "r.pdf"], "--report takes .html and .json files"),
            (["--users", "{jsonl}", "--stop-at", "6"], "--stop-at takes a time of day such as 06:00"),
            (["--users", "{jsonl}", "--changes", "none/c"], "changes cannot be written to none/c"),
            (["--users", "none.jsonl"], "cannot read none.jsonl: No such file"),
            (["--users", "none*.jsonl"], "no file matches none*.jsonl"),
            (["--users", "{csv}"], "a CSV needs a mapping"),
            (["--users", "{csv}", "--mapping", "none.toml"], "cannot read the mapping none.toml"),
            (["--users", "{csv}", "--mapping", "{broken}"], "mapping "),
            (["--purchases", "{csv}", "--mapping", "{other}"], "has no column 'Nummer'"),
            (["--users", "{jsonl}", "--base-url", "http://example.com"], "clear text"),
            (["--users", "{jsonl}", "--rate-limit", "1"], "RateLimit.limit must be above the margin"),
            (["--users", "{jsonl}", "--policy", "color=1"], "--policy takes strict, doubt"),
            (["--users", "{jsonl}", "--policy", "doubt=hope"], "'hope'"),
            (["--users", "{jsonl}", "--policy", "drain=-1"], "IngestPolicy.drain must be 0 or more seconds"),
            (["--users", "{jsonl}", "--journal", "{csv}"], "is not a journal; give another name"),
            (
                ["--from-dead-letters", "{jsonl}", "--dead-letters", "{jsonl}"],
                "must be a different file than --from-dead-letters",
            ),
            (["--from-dead-letters", "none.jsonl"], "cannot read none.jsonl"),
        ],
    )
    def test_usage(self, tmp_path: Path, arguments: list[str], said: str) -> None:
        files = {
            "csv": jsonl(tmp_path / "a.csv", b"Numero\n" + b"1\n" * 99),
            "jsonl": jsonl(tmp_path / "a.jsonl", USER),
            "broken": jsonl(tmp_path / "b.toml", b"[csv"),
            "other": jsonl(tmp_path / "c.toml", b'[purchase]\nkey=["Nummer"]\nfields={}\n'),
        }
        result = woowup("backfill", *(argument.format(**files) for argument in arguments))
        assert result.exit_code == 2
        (line,) = result.stderr.strip().splitlines()[-1:]
        assert line.startswith("woowup: ")
        assert said in line

    def test_no_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WOOWUP_API_KEY")
        result = woowup("backfill", "--users", "x.jsonl")
        assert (result.exit_code, result.stderr) == (2, "woowup: no API key: set WOOWUP_API_KEY\n")

    def test_dead_letters_that_cannot_be_written(self, simulator: Simulator, tmp_path: Path) -> None:
        users = jsonl(tmp_path / "u.jsonl", USER)
        result = backfill(simulator, "--users", users, "--dead-letters", tmp_path / "none" / "d.jsonl")
        assert result.exit_code == 2
        assert "dead letters cannot be written" in result.stderr
        assert simulator.requests == 0

    def test_an_interrupt_says_what_was_settled(self, simulator: Simulator, tmp_path: Path) -> None:
        """A real process, and a real signal."""
        lines = [f'{{"document": "{number}"}}\n'.encode() for number in range(5_000)]
        command = [
            sys.executable, "-m", "woowup_async", "backfill", "--base-url", simulator.url,
            "--segment", str(simulator.segment), "--users", str(jsonl(tmp_path / "u.jsonl", *lines)),
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = threading.Event()
        while simulator.requests < 20 and process.poll() is None:
            deadline.wait(0.02)
        process.send_signal(signal.SIGINT)
        output, problems = process.communicate(timeout=20)
        assert process.returncode == 3
        assert "woowup: stopped: interrupted" in problems
        assert "Traceback" not in problems
        counts = [int(word.replace(",", "")) for word in output.splitlines()[2].split()[1:]]
        assert counts[0] == sum(counts[1:])
        assert len(simulator.users) - 8 <= counts[1] <= len(simulator.users)


class TestOthers:
    @pytest.mark.slow
    def test_demo(self) -> None:
        result = woowup("demo")
        assert result.exit_code == 0, result.output
        assert "the 121 purchases that were accepted, to the cent." in result.output
        assert "0 refused by the rate limit (429)" in result.output
        assert "at the real 140 a minute" in result.output
        progress = " rejected; "  # the slower the machine, the more it has to tell
        assert max(len(line) for line in result.output.splitlines() if progress not in line) <= 100

    async def test_demo_says_what_differs(self) -> None:
        expected = demos.Expected()
        accepted = Accepted("queued")
        body = {"invoice_number": "1", "prices": {"total": 3}}
        expected.hear(Settled(Entity.PURCHASE, Record(Position("s", 1), body), "1", accepted))
        expected.hear(Settled(Entity.USER, Record(Position("s", 1), {"service_uid": "u"}), "u", accepted))
        simulator = Simulator()
        assert [text.split(":")[0] for text in expected.differences(simulator)] == [
            "customers differ",
            "purchases differ",
        ]
        simulator.purchases[None, "1"] = {"prices": {"total": 4}}
        simulator.users[1] = {"service_uid": "u"}
        assert list(expected.differences(simulator)) == ["totals differ: ['1']"]
        simulator.throttled = 2
        console = Console(record=True, width=80)
        ending = jobs.Ending(Report(), "because")
        assert demos._conclude(console, ending, simulator, expected, Path("d")) == 1
        shown = console.export_text()
        assert "stopped: because" in shown
        assert "2 requests were refused" in shown

    def test_simulate_serves_until_it_is_stopped(self) -> None:
        command = [sys.executable, "-m", "woowup_async", "simulate", "--port", "0", "--speed", "60"]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=10)
        assert process.returncode == 0
        assert lines[2].startswith("WOOWUP_API_KEY=simulator-key woowup backfill --base-url http://127.0.0.1:")
        assert "--segment 0.5" in lines[2]
        assert "the account had 0 users and 0 purchases" in rest

    def test_simulate_on_a_port_that_is_taken(self, simulator: Simulator) -> None:
        result = woowup("simulate", "--port", simulator.url.split(":")[2].split("/")[0])
        assert result.exit_code == 2
        assert "cannot listen on port" in result.stderr

    @pytest.mark.parametrize(
        "command", ["", "demo", "simulate", "backfill", "plan", "verify", "doctor", "status", "dead-letters"]
    )
    def test_help_fits_a_screen(self, command: str) -> None:
        lines = woowup(*command.split(), "--help").output.splitlines()
        assert len(lines) <= (40 if command == "backfill" else 24)
        assert max(map(len, lines)) <= 80
        assert not any(line.endswith("...") for line in lines[1:])
        assert command in ("", "demo") or "Example:" in "".join(lines)

    def test_version(self) -> None:
        assert woowup("--version").output.startswith("woowup_async 0.")

    def test_without_its_extra(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setitem(sys.modules, "woowup_async.cli.app", None)
        with pytest.raises(ModuleNotFoundError):
            cli_room.main()
        missing = ModuleNotFoundError(name="typer")
        monkeypatch.delitem(sys.modules, "woowup_async.cli.app")
        monkeypatch.setattr("builtins.__import__", _raising(missing))
        with pytest.raises(SystemExit) as excinfo:
            cli_room.main()
        assert excinfo.value.code == 2
        assert "pip install 'woowup_async[cli]'" in capsys.readouterr().err

    def test_main(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["woowup", "--version"])
        with pytest.raises(SystemExit) as excinfo:
            cli_room.main()
        assert excinfo.value.code == 0


def _raising(error: Exception) -> Any:
    real = __import__

    def fake(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "woowup_async.cli.app":
            raise error
        return real(name, *arguments, **options)

    return fake


class TestDisplay:
    def test_run_linesf_a_terminal(self) -> None:
        now, console = [0.0], Console(record=True, width=200, force_terminal=False)
        with Display(console, clock=lambda: now[0]) as display:
            display.hear(RetryScheduled("users.create", 1, 1.25, "users.create: cannot connect to h: refused"))
            for outcome in (Accepted("created"), Rejected("client", "invalid"), Released("x"), InDoubt("x")):
                display.hear(settled(outcome))
            now[0] = 61.0
            display.hear(RequestSent("users.create", 1))
            display.hear(ReplyReceived("users.create", 1, 429, "", 0.1))
            display.hear(RetryScheduled("users.create", 1, 1.0, "not shown"))
        first, second, third = console.export_text().splitlines()
        assert first == "users.create: cannot connect to h: refused; attempt 2 in 1.2 s"
        assert second == "users 1 accepted, 1 rejected; 1 requests, 0 refused, 1/min of 140"
        assert third.endswith("1 requests, 1 refused, 1/min of 140")

    def test_an_outage_and_a_resumed_run_are_told(self) -> None:
        now, console = [0.0], Console(record=True, width=200, force_terminal=False)
        with Display(console, clock=lambda: now[0]) as display:
            display.hear(RunResumed(1_200))
            display.hear(OutageBegan("purchases.create_bulk answered 503"))
            for _ in range(5):
                now[0] += 10.0
                display.hear(OutageProbed("cannot connect", 30.0, now[0]))
            display.hear(OutageEnded(61.0))
        lines = console.export_text().splitlines()
        assert lines[0] == "continuing the run in the journal: 1,200 records are settled"
        assert lines[1].startswith("the server is failing: purchases.create_bulk answered 503; sending is paused")
        assert [line for line in lines if line.startswith("still failing")] == [
            "still failing after 10 s: cannot connect", "still failing after 40 s: cannot connect",
        ]  # fmt: skip
        assert "the server answers again after 61 s" in lines

    def test_bars_on_a_terminal(self) -> None:
        now, console = [0.0], Console(record=True, width=80, force_terminal=True)
        with Display(console, totals={Entity.USER: 2}, clock=lambda: now[0]) as display:
            for _ in range(3):
                now[0] += 40.0
                display.hear(RequestSent("users.create", 1))
                display.hear(settled(Accepted("created")))
        shown = console.export_text()
        users, purchases, together = shown.splitlines()[-3:]
        assert "3 accepted 0 rejected" in users
        assert "0 accepted" in purchases
        assert "3 requests, 0 refused, 2/min of 140" in together
        assert len(together) <= 80


class TestSummary:
    def test_every_row_is_accounted_for(self) -> None:
        tally = Tally(3, 1, 2, rows=30, rows_accepted=10, effects={"queued": 1}, codes={"left_out": 2})
        text = "\n".join(run_lines(Report(purchases=tally, missing_createtime=1, rewritten=2)))
        assert "purchases: 1 queued, 2 left_out" in text
        assert "30 rows = 10 in accepted records + 20 in the others" in text
        assert "1 purchases have no createtime" in text
        assert "2 JSON records were encoded again" in text

    def test_exit_codes(self) -> None:
        codes = [
            jobs.Ending(Report(users=Tally(1, **{kind: 1}))).code  # type: ignore[arg-type]
            for kind in ("accepted", "rejected", "released", "in_doubt")
        ]
        assert codes == [0, 1, 3, 3]
