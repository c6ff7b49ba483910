"""`woowup backfill`: sent and refused records, stops, and written files."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from tests.support.commands import USER, backfill, jsonl, purchase, woowup
from tests.support.modes import is_private
from tests.support.processes import started
from woowup_async import Report, RetryPolicy, WoowUp
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.cli import job as jobs
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.progress import Display
from woowup_async.errors import JournalError, NotSent
from woowup_async.testing import Simulator


def test_all_well(simulator: Simulator, tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    for number in (1, 2, 10):
        jsonl(tmp_path / f"p{number}.jsonl", purchase(number))
    result = backfill(simulator, "--users", users, "--purchases", tmp_path / "p*.jsonl")
    assert result.exit_code == 0, result.output
    assert [number for _, number in simulator.purchases] == ["F-0001", "F-0002", "F-0010"]
    assert "purchases            3          3          0          0          0" in result.output


def test_a_broken_line_is_a_dead_letter_and_the_rest_is_sent(simulator: Simulator, tmp_path: Path) -> None:
    lines = (purchase(1), b'{"invoice_number": \n', purchase(2, channel="shop"), purchase(3, create_time="x"))
    letters = tmp_path / "dead.jsonl"
    result = backfill(
        simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--purchases", jsonl(tmp_path / "p.jsonl", *lines),
        "--dead-letters", letters,
    )  # fmt: skip
    assert result.exit_code == 1
    assert len(simulator.purchases) == 2
    assert "purchase p.jsonl:2: malformed: is not valid JSON" in result.output
    assert "unknown field create_time in 1 records: did you mean createtime?" in result.output
    kept = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [(letter["position"], letter["code"]) for letter in kept] == [
        ("p.jsonl:2", "malformed"), ("p.jsonl:3", "invalid"),
    ]  # fmt: skip


def test_history_starts_no_campaigns_unless_it_is_live(simulator: Simulator, tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    for number, flags in ((1, ()), (2, ("--live",))):
        mine = jsonl(tmp_path / f"{number}.jsonl", purchase(number))
        assert backfill(simulator, "--users", users, "--purchases", mine, *flags).exit_code == 0
    old, new = (simulator.purchases[None, f"F-000{number}"] for number in (1, 2))
    assert old["approvedtime"] == old["createtime"]
    assert "approvedtime" not in new


def test_strict(simulator: Simulator, tmp_path: Path) -> None:
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", b'{"document":"1","zzz":1}'), "--strict")
    assert (result.exit_code, simulator.requests) == (1, 0)
    assert "to keep all of them, use --dead-letters FILE" in result.output


def test_dead_letters_are_sent_again(simulator: Simulator, tmp_path: Path) -> None:
    letters, users = tmp_path / "dead.jsonl", jsonl(tmp_path / "u.jsonl", USER)
    lines = (purchase(1), b'{"invoice_number": \n', purchase(3, channel="shop"))
    backfill(simulator, "--users", users, "--purchases", jsonl(tmp_path / "p.jsonl", *lines), "--dead-letters", letters)
    corrected = letters.read_text().replace('"shop"', '"web"')
    letters.write_text(corrected + "no letter\n" + '{"entity":"user","raw":{"rows":[],"rows_in_all":2}}\n')
    result = backfill(simulator, "--from-dead-letters", letters, "--dead-letters", tmp_path / "again.jsonl")
    assert result.exit_code == 1
    assert len(simulator.purchases) == 2
    kept = [json.loads(line) for line in (tmp_path / "again.jsonl").read_text().splitlines()]
    assert [(letter["entity"], letter["position"], letter["code"]) for letter in kept] == [
        ("user", "dead.jsonl:3", "malformed"), ("user", "dead.jsonl:4", "left_out"),
        ("purchase", "dead.jsonl:1", "malformed"),
    ]  # fmt: skip
    assert "has 2 rows of a table" in kept[1]["reasons"][0]["message"]


def test_a_journal_makes_the_second_run_free(simulator: Simulator, tmp_path: Path) -> None:
    users, mine = jsonl(tmp_path / "u.jsonl", USER), jsonl(tmp_path / "p.jsonl", purchase(1), purchase(2))
    given = ("--users", users, "--purchases", mine, "--journal", tmp_path / "j")
    assert backfill(simulator, *given).exit_code == 0
    before, result = simulator.requests, backfill(simulator, *given)
    assert (result.exit_code, simulator.requests) == (0, before)
    assert "purchases: 2 unchanged" in result.output
    assert "3 requests saved: 3 unchanged" in result.output
    result = backfill(simulator, *given, "--policy", "delta=false", "--policy", "doubt=report")
    assert (result.exit_code, simulator.requests) == (0, before + 2)


def test_a_journal_of_another_key(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ("--users", jsonl(tmp_path / "u.jsonl", USER), "--journal", tmp_path / "j")
    monkeypatch.setattr(simulator, "api_key", "new-key")
    assert backfill(simulator, *given).exit_code == 3
    monkeypatch.setenv("WOOWUP_API_KEY", "new-key")
    result = backfill(simulator, *given)
    assert result.exit_code == 2
    assert "was written with another API key" in result.stderr
    assert backfill(simulator, *given, "--new-key").exit_code == 0


def test_a_key_that_the_server_refuses(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "wr0ng-key")
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER))
    assert result.exit_code == 3
    assert "woowup: stopped: users.create answered 403 forbidden: forbidden: authentication failed" in result.stderr
    assert "wr0ng-key" not in result.output + result.stderr


def test_a_host_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        (["--users", "{csv}", "--mapping", "{other}", "--layout", "woowup"], "give only one of --mapping"),
        (["--users", "{jsonl}", "--clean", "phone"], "--clean: phone: the rules are email, telephone"),
        (["--users", "{jsonl}", "--clean", "telephone", "--region", "ARG"], "unknown region 'ARG'"),
        (["--users", "{jsonl}", "--report", "r.pdf"], "--report takes .html and .json files"),
        (["--users", "{jsonl}", "--stop-at", "6"], "--stop-at takes a time of day such as 06:00"),
        (["--users", "{jsonl}", "--changes", "none/c"], "changes cannot be written to none/c"),
        (["--users", "none.jsonl"], "cannot read none.jsonl: No such file"),
        (["--users", "none*.jsonl"], "no file matches none*.jsonl"),
        (["--users", "https://u:pw@example.com/a.csv"], "woowup: an https:// address is not a file: download it first"),
        (["--users", "{csv}"], "fields; `woowup mapping new "),
        (["--users", "{csv}", "--mapping", "none.toml"], "cannot read the mapping none.toml"),
        (["--users", "{csv}", "--mapping", "{broken}"], "b.toml: not TOML: "),
        (["--purchases", "{csv}", "--mapping", "{other}"], "has no column 'Nummer'"),
        (["--users", "{jsonl}", "--base-url", "http://example.com"], "clear text"),
        (["--users", "{jsonl}", "--rate-limit", "1"], "RateLimit.limit must be above the margin"),
        (["--users", "{jsonl}", "--policy", "color=1"], "--policy takes strict, doubt"),
        (["--users", "{jsonl}", "--policy", "doubt=hope"], "'hope'"),
        (["--users", "{jsonl}", "--policy", "drain=-1"], "IngestPolicy.drain must be 0 or more seconds"),
        (["--users", "{jsonl}", "--journal", "{csv}"], "is not a journal; use another file name"),
        (
            ["--from-dead-letters", "{jsonl}", "--dead-letters", "{jsonl}"],
            "must be a different file than --from-dead-letters",
        ),
        (["--from-dead-letters", "none.jsonl"], "cannot read none.jsonl"),
    ],
)
def test_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    files = {
        "csv": jsonl(tmp_path / "a.csv", b"Numero\n" + b"1\n" * 99),
        "jsonl": jsonl(tmp_path / "a.jsonl", USER),
        "broken": jsonl(tmp_path / "b.toml", b"[csv"),
        "other": jsonl(tmp_path / "c.toml", b'[purchase]\nkey=["Nummer"]\nfields={invoice_number={column="Nummer"}}\n'),
    }
    result = woowup("backfill", *(argument.format(**files) for argument in arguments))
    assert result.exit_code == 2
    (line,) = result.stderr.strip().splitlines()[-1:]
    assert line.startswith("woowup: ")
    assert said in line


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WOOWUP_API_KEY")
    result = woowup("backfill", "--users", "x.jsonl")
    assert (result.exit_code, result.stderr) == (2, "woowup: no API key: set WOOWUP_API_KEY\n")


def test_dead_letters_that_cannot_be_written(simulator: Simulator, tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    result = backfill(simulator, "--users", users, "--dead-letters", tmp_path / "none" / "d.jsonl")
    assert result.exit_code == 2
    assert "dead letters cannot be written" in result.stderr
    assert simulator.requests == 0


@pytest.mark.posix
def test_an_interrupt_says_what_was_settled(simulator: Simulator, tmp_path: Path) -> None:
    """This uses a real process and a real signal."""
    lines = [f'{{"document": "{number}"}}\n'.encode() for number in range(5_000)]
    command = [
        sys.executable, "-m", "woowup_async", "backfill", "--base-url", simulator.url,
        "--segment", str(simulator.segment), "--users", str(jsonl(tmp_path / "u.jsonl", *lines)),
    ]  # fmt: skip
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
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


@pytest.mark.posix
def test_an_interrupt_where_the_loop_takes_no_handlers(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loops of Windows refuse `add_signal_handler`, and so does this one."""

    def refuse(*arguments: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", refuse)
    interrupts = iter([lambda: os.kill(os.getpid(), signal.SIGINT)])

    def refuses(record: object) -> list[str]:
        if simulator.requests >= 20 and (interrupt := next(interrupts, None)):
            interrupt()
        return []

    simulator.refuses = refuses
    lines = [f'{{"document": "{number}"}}\n'.encode() for number in range(5_000)]
    before = signal.getsignal(signal.SIGINT)
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", *lines), "--journal", tmp_path / "j")
    assert result.exit_code == 3
    assert "woowup: stopped: interrupted; run the same command again to continue" in result.stderr
    assert 20 <= len(simulator.users) < 5_000
    assert signal.getsignal(signal.SIGINT) == before


def test_without_an_account_it_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*arguments: object) -> jobs.Ending:
        error = NotSent("users.create", "cannot connect to 127.0.0.1:8765: Connection refused")
        return jobs.Ending(Report(), str(error), error)

    monkeypatch.setattr("woowup_async.cli.commands.backfill.run_job", refused)
    result = woowup("backfill", "--users", jsonl(tmp_path / "u.jsonl", USER))
    assert result.exit_code == 3
    assert "Connection refused; nothing answers on this machine: start `woowup simulate`" in result.stderr
    assert "counted as released; with --journal, a run can continue" in result.stderr
    assert "have no records" not in result.output  # nobody looked


class TestEndings:
    """What a person is told to do after a run that an error ended."""

    def stopped(self, simulator: Simulator, tmp_path: Path, *more: object) -> str:
        """Run until the tenth request, after which the account refuses."""
        lines = [f'{{"document": "{number}"}}\n'.encode() for number in range(40)]
        result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", *lines), *more)
        assert result.exit_code == 3
        (line,) = [str(line) for line in result.stderr.splitlines() if "stopped:" in line]
        return line

    def test_a_key_that_is_revoked_and_renewed(
        self, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuses(record: object) -> list[str]:
            if simulator.requests >= 10:
                simulator.api_key = "renewed"
            return []

        simulator.refuses = refuses
        journal = ("--journal", tmp_path / "j")
        line = self.stopped(simulator, tmp_path, *journal)
        assert "403 forbidden" in line
        assert "set WOOWUP_API_KEY to the new one, and add --new-key" in line
        assert "same command" not in line
        monkeypatch.setenv("WOOWUP_API_KEY", "renewed")
        without = backfill(simulator, "--users", tmp_path / "u.jsonl", *journal)
        assert (without.exit_code, "--new-key" in without.stderr) == (2, True)
        assert backfill(simulator, "--users", tmp_path / "u.jsonl", *journal, "--new-key").exit_code == 0
        assert len(simulator.users) == 40

    def test_a_key_that_is_refused_without_a_journal(self, simulator: Simulator, tmp_path: Path) -> None:
        simulator.api_key = "another"
        line = self.stopped(simulator, tmp_path)
        assert "the server does not accept this key" in line
        assert "with --journal" not in line

    @pytest.mark.parametrize("journal", [(), ("--journal", "j")], ids=["alone", "journal"])
    def test_a_deleted_account(
        self, simulator: Simulator, tmp_path: Path, journal: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        simulator.account_deleted = True
        line = self.stopped(simulator, tmp_path, *journal)
        assert line.endswith("the account was deleted; its key will never work again")

    def test_a_host_that_does_not_exist_is_one_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async def unknown(*arguments: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr("anyio.getaddrinfo", unknown)
        users = jsonl(tmp_path / "u.jsonl", USER)
        result = woowup(
            "backfill", "--users", users, "--base-url", "https://api.wowup.com/apiv3", "--journal", tmp_path / "j"
        )
        assert (result.exit_code, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert line == (
            "woowup: there is no host api.wowup.com (Name or service not known): check --base-url and the network"
        )
        assert not (tmp_path / "j").exists()
        proxied = woowup("backfill", "--users", users, "--proxy", "http://me:s3cret@prox:3128")
        assert proxied.exit_code == 2
        assert "there is no host prox (Name or service not known): check the proxy" in proxied.stderr
        assert "s3cret" not in proxied.stderr

    async def test_a_network_that_is_down_is_left_to_the_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def fails(*arguments: object) -> None:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.setattr("anyio.getaddrinfo", fails)
        await Connection("https://api.example.com/apiv3").check_host()


class TestStops:
    def test_no_request_after_the_last_one_and_the_rest_later(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        journal = ("--journal", tmp_path / "j")
        first = backfill(simulator, *files, *journal, "--max-requests", 12)
        assert first.exit_code == 3
        assert simulator.requests == 12
        assert "stopped: --max-requests 12 is reached; run the same command again" in first.stderr
        second = backfill(simulator, *files, *journal)
        assert second.exit_code == 1
        assert (len(simulator.users), len(simulator.purchases)) == (31, 250)
        assert simulator.requests == 34  # 31 users and 3 batches, none sent twice

    def test_reports_follow_the_run_and_are_not_counted(
        self, simulator: Simulator, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        result = backfill(simulator, *files, "--max-requests", 5, "--integration-stats", "redacted")
        assert result.exit_code == 3
        assert simulator.requests == 5 + 1
        monkeypatch.setenv("COLUMNS", "80")
        assert "At most N requests, besides stats and log." in woowup("backfill", "--help").output

    def test_a_run_that_needs_fewer_is_not_stopped(self, simulator: Simulator, tmp_path: Path) -> None:
        result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--max-requests", 9)
        assert result.exit_code == 0

    def test_a_time_of_day(self, simulator: Simulator, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("woowup_async.cli.stops.seconds_until", lambda text, now: 0.0)
        result = backfill(simulator, *files, "--stop-at", "06:00")
        assert result.exit_code == 3
        assert "stopped: it is 06:00; records that were read but not sent are counted as released" in result.stderr
        assert simulator.requests < 34

    def test_a_share_of_the_limit(self, simulator: Simulator, files: tuple[str, ...]) -> None:
        result = woowup("plan", *files, "--share", 0.5)
        assert "at 70 a minute" in result.output


class TestDamagedFiles:
    @pytest.mark.parametrize(("suffix", "said"), [("gz", "is damaged or cut short"), ("parquet", "orders.parquet: ")])
    @pytest.mark.untraced
    def test_a_run_continues_after_a_damaged_file_is_corrected(
        self, simulator: Simulator, tmp_path: Path, suffix: str, said: str
    ) -> None:
        whole = self.written(tmp_path, suffix)
        path = tmp_path / f"orders.jsonl.{suffix}" if suffix == "gz" else tmp_path / "orders.parquet"
        users = jsonl(tmp_path / "u.jsonl", USER)
        given = ("--users", users, "--purchases", path, "--journal", tmp_path / "j")
        path.write_bytes(whole[: len(whole) // 2] if suffix == "gz" else whole[:-2_000] + bytes(1_500) + whole[-500:])
        broken = backfill(simulator, *given)
        assert broken.exit_code in (2, 3), broken.output
        assert said in broken.stderr
        assert "Traceback" not in broken.stderr
        path.write_bytes(whole)
        assert backfill(simulator, *given).exit_code == 0
        assert len(simulator.purchases) == 1_200
        assert simulator.duplicates == 0

    def written(self, tmp_path: Path, suffix: str) -> bytes:
        orders = [json.loads(purchase(number)) for number in range(1_200)]
        if suffix == "gz":
            return gzip.compress(b"".join(json.dumps(order).encode() + b"\n" for order in orders))
        parquet.write_table(pyarrow.Table.from_pylist(orders), tmp_path / "whole.parquet", row_group_size=200)
        return (tmp_path / "whole.parquet").read_bytes()


class TestCleaning:
    def test_changes_are_counted_and_written(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        changes = tmp_path / "changes.jsonl"
        result = backfill(simulator, *files, "--clean", "names,telephone", "--region", "ar", "--changes", changes)
        assert "first_name was cleaned in 30 records" in result.output
        lines = [json.loads(line) for line in changes.read_text().splitlines()]
        assert len(lines) == 30
        assert {(line["field"], line["old"], line["new"]) for line in lines} == {("first_name", "ANA", "Ana")}
        assert is_private(changes)
        assert [user.get("first_name") for user in simulator.users.values()].count("Ana") == 30

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has this file")
    def test_a_full_disk_stops_the_run_cleanly(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        result = backfill(simulator, *files, "--clean", "names", "--changes", "/dev/full", "--journal", tmp_path / "j")
        assert result.exit_code == 3
        assert "stopped: changes cannot be written to /dev/full: No space left on device" in result.stderr


def test_a_journal_that_cannot_take_a_note_stops_it_cleanly(
    simulator: Simulator, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise JournalError("journal j: the disk is full")

    monkeypatch.setattr(SqliteLedger, "note", fail)
    monkeypatch.setattr(Display, "notes", lambda self: {"problem": "503"})
    monkeypatch.setattr(jobs, "_NOTED", 0)
    result = backfill(simulator, *files, "--journal", tmp_path / "j", "--report", tmp_path / "r.json")
    assert result.exit_code == 3
    assert "stopped: journal j: the disk is full; run the same command again" in result.stderr
    assert "submitted" in result.output
    assert json.loads((tmp_path / "r.json").read_text())["stopped_by"] == "journal j: the disk is full"


class TestForMachines:
    def test_json_and_dry_run(self, simulator: Simulator, files: tuple[str, ...]) -> None:
        result = backfill(simulator, *files, "--json")
        shown = json.loads(result.stdout)
        assert (shown["purchases"]["accepted"], shown["exit_code"], shown["stopped_by"]) == (250, 1, "")
        before = simulator.requests
        planned = backfill(simulator, *files, "--dry-run", "--json")
        assert (json.loads(planned.stdout)["requests"], planned.exit_code) == (34, 1)
        assert simulator.requests == before

    def test_a_dry_run_needs_no_key(self, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
        assert "34 requests if all users are new" in woowup("backfill", *files, "--dry-run").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dead-letters", "p.jsonl"], "--dead-letters must be a different file than --users or --purchases"),
        (["--users", ".", "--dead-letters", "p.jsonl"], "--dead-letters must be a different file than --users"),
        (["--mapping", "m.toml", "--changes", "m.toml"], "--changes must be a different file than --mapping"),
        (["--journal", "j", "--dead-letters", "./j"], "--dead-letters must be a different file than --journal"),
        (["--dead-letters", "r.json", "--report", "r.json"], "--report must be a different file than --dead-letters"),
    ],
)  # fmt: skip
def test_a_file_that_is_written_is_not_another_file_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOOWUP_API_KEY", "k")
    jsonl(tmp_path / "p.jsonl", USER)
    before = (tmp_path / "p.jsonl").read_bytes()
    result = woowup("backfill", "--purchases", "p*.jsonl", *words)
    assert (result.exit_code, said in result.stderr) == (2, True)
    assert (tmp_path / "p.jsonl").read_bytes() == before


@pytest.mark.slow
def test_the_command_leaves_out_who_bought_nothing(simulator: Simulator, tmp_path: Path) -> None:
    users = jsonl(
        tmp_path / "u.jsonl", *(json.dumps({"email": f"u{number}@x.co"}).encode() + b"\n" for number in range(60))
    )
    orders = jsonl(tmp_path / "p.jsonl", *(purchase(number, email=f"u{number % 20}@x.co") for number in range(60)))
    given = ("--users", users, "--purchases", orders, "--journal", tmp_path / "j")
    result = backfill(simulator, *given, "--only-buyers")
    assert result.exit_code == 0
    assert "40 users without purchases were left out" in result.output
    assert (len(simulator.users), len(simulator.purchases), simulator.requests) == (20, 60, 21)
    result = backfill(simulator, *given, "--recent-first", "--json")  # the rest follows
    assert json.loads(result.stdout)["users"]["effects"] == {"created": 40, "unchanged": 20}
    assert json.loads(result.stdout)["without_purchases"] == 0
