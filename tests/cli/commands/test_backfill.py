"""Options of a backfill that change what is sent, when it stops, and what is written afterwards."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import shutil
import stat
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pyarrow
import pytest
from pyarrow import parquet
from rich.console import Console

from tests.cli.conftest import Served
from tests.support.commands import USER, backfill, jsonl, purchase, settled, woowup
from woowup_async import Report
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.cli.display import recording as recordings
from woowup_async.cli.display.forecast import Needed
from woowup_async.cli.display.page import page
from woowup_async.cli.display.progress import Display
from woowup_async.cli.display.recording import Recording
from woowup_async.cli.files import files_of, sources
from woowup_async.cli.job import Job, needed_by
from woowup_async.cli.stops import Stops
from woowup_async.errors import Reason
from woowup_async.events import OutageBegan, OutageEnded, PermitSpent, RequestSent
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.testing import Scripted, Simulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    users = [f'{{"document": "{n}", "first_name": "ANA"}}\n'.encode() for n in range(30)]
    orders = [purchase(n, branch_name="Centro") for n in range(250)]
    orders.append(purchase(999, channel="shop"))
    return (
        "--users", str(jsonl(tmp_path / "u.jsonl", USER, *users)),
        "--purchases", str(jsonl(tmp_path / "p.jsonl", *orders)),
    )  # fmt: skip


class TestStops:
    def test_no_request_after_the_last_one_and_the_rest_later(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        journal = ("--journal", tmp_path / "j")
        first = backfill(simulator, *files, *journal, "--max-requests", 12)
        assert first.exit_code == 3
        # a slow machine may give the next permit before the twelfth request has left: then it does not leave
        assert 11 <= simulator.requests <= 12
        assert "stopped: --max-requests 12 is reached; run the same command again" in first.stderr
        second = backfill(simulator, *files, *journal)
        assert second.exit_code == 1
        assert (len(simulator.users), len(simulator.purchases)) == (31, 250)
        assert simulator.requests == 34  # 31 users and 3 batches: nothing twice

    def test_a_permit_beyond_the_last_request_stops_it_before_it_leaves(self) -> None:
        drained: list[str] = []
        stops = Stops(max_requests=3)
        stops._run = cast("Any", SimpleNamespace(drain=lambda: drained.append("now")))
        for _ in range(3):
            stops.hear(PermitSpent("users.create", "bulk", 0.0))
        assert drained == []
        stops.hear(PermitSpent("users.create", "bulk", 0.0))  # three are under way, and not answered yet
        assert drained == ["now"]

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
    @pytest.mark.parametrize("suffix", ["gz", "parquet"])
    def test_a_damaged_one_goes_on_where_it_stopped_once_it_is_mended(
        self, simulator: Simulator, tmp_path: Path, suffix: str
    ) -> None:
        whole = self.written(tmp_path, suffix)
        path = tmp_path / f"orders.jsonl.{suffix}" if suffix == "gz" else tmp_path / "orders.parquet"
        users = jsonl(tmp_path / "u.jsonl", USER)
        given = ("--users", users, "--purchases", path, "--journal", tmp_path / "j")
        path.write_bytes(whole[: len(whole) // 2] if suffix == "gz" else whole[:-2_000] + bytes(1_500) + whole[-500:])
        broken = backfill(simulator, *given)
        assert broken.exit_code in (2, 3), broken.output
        assert "damaged" in broken.stderr
        assert "Traceback" not in broken.stderr
        path.write_bytes(whole)
        assert backfill(simulator, *given).exit_code == 0
        assert len(simulator.purchases) == 3_000
        assert simulator.duplicates == 0

    def written(self, tmp_path: Path, suffix: str) -> bytes:
        orders = [json.loads(purchase(number)) for number in range(3_000)]
        if suffix == "gz":
            return gzip.compress(b"".join(json.dumps(order).encode() + b"\n" for order in orders))
        parquet.write_table(pyarrow.Table.from_pylist(orders), tmp_path / "whole.parquet", row_group_size=500)
        return (tmp_path / "whole.parquet").read_bytes()


class TestCleaning:
    def test_what_was_changed_is_counted_and_kept(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        changes = tmp_path / "changes.jsonl"
        result = backfill(simulator, *files, "--clean", "names,telephone", "--region", "ar", "--changes", changes)
        assert "first_name was cleaned in 30 records" in result.output
        lines = [json.loads(line) for line in changes.read_text().splitlines()]
        assert len(lines) == 30
        assert {(line["field"], line["old"], line["new"]) for line in lines} == {("first_name", "ANA", "Ana")}
        assert stat.S_IMODE(changes.stat().st_mode) == 0o600
        assert [user.get("first_name") for user in simulator.users.values()].count("Ana") == 30

    def test_a_disk_that_is_full_stops_the_run_cleanly(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        result = backfill(simulator, *files, "--clean", "names", "--changes", "/dev/full", "--journal", tmp_path / "j")
        assert result.exit_code == 3
        assert "stopped: changes cannot be written to /dev/full: No space left on device" in result.stderr


class TestVendorsReports:
    def test_the_stats_hold_what_was_counted(self, simulator: Simulator, files: tuple[str, ...]) -> None:
        backfill(simulator, *files, "--integration-stats", "full")
        (stats,) = simulator.reports
        assert stats["customers"] == {"created": 31, "updated": 0, "failed": []}
        mine = stats["purchases"]
        assert (mine["created"], mine["updated"], mine["duplicated"], mine["units"]) == (250, 0, 0, 250)
        assert mine["revenue"] == sum(each["prices"]["total"] for each in simulator.purchases.values())
        (failed,) = mine["failed"]
        assert failed["element"]["invoice_number"] == "F-0999"
        assert failed["message"].startswith("invalid: channel: expected one of")
        by_name = {each["filename"]: each for each in stats["files_stats"]}
        assert by_name["p.jsonl"]["read_lines"] == 251
        assert by_name["p.jsonl"]["invalid_lines"] == [{"line": 251, "message": "invalid"}]

    def test_the_connectors_host(
        self, simulator: Simulator, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WOOWUP_CONNECTORS_URL", simulator.connectors_url)
        result = backfill(simulator, *files, "--connectors-log")
        assert result.stderr.count("not posted") == 0
        (log,) = simulator.logs
        assert log["files"] == ["u.jsonl", "p.jsonl"]
        assert log["stats"]["customers"]["total_created"] == 31
        (branch,) = log["stats"]["purchases"]["per_branches"]
        assert (branch["branch"], branch["total_created"], branch["total_failed"]) == ("Centro", 250, 0)
        assert isinstance(branch["total_revenue"], int)

    def test_redacted_ones_hold_nothing_of_the_customer(self, simulator: Simulator, tmp_path: Path) -> None:
        users = jsonl(tmp_path / "u.jsonl", b'{"document": "7", "gender": "secret"}\n' * 150)
        backfill(simulator, "--users", users, "--integration-stats", "redacted")
        (stats,) = simulator.reports
        failed = stats["customers"]["failed"]
        assert len(failed) == 100
        assert failed[0] == {"element": {"position": "u.jsonl:1", "key": ""}, "message": "invalid"}
        assert "secret" not in json.dumps(stats)

    def test_a_failure_to_report_never_fails_the_run(
        self, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WOOWUP_CONNECTORS_URL", simulator.connectors_url)
        simulator.script(Scripted(genuine=True), Scripted(status=400), Scripted(status=400))
        users = jsonl(tmp_path / "u.jsonl", USER)
        result = backfill(simulator, "--users", users, "--integration-stats", "full", "--connectors-log")
        assert result.exit_code == 0
        assert "the integration stats were not posted" in result.stderr
        assert "the data-processing record was not posted" in result.stderr


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def recorded() -> tuple[Recording, Report]:
    """An hour's run, by hand."""
    now = [0.0]
    recording = Recording(140.0, clock=lambda: now[0])
    for second in range(3_600):
        now[0] = float(second)
        recording.hear(
            RequestSent("purchases.create_bulk", 1, "POST", 429 if second % 600 == 0 else 201, "", second / 9_000)
        )
        recording.hear(settled(Accepted("queued"), Entity.PURCHASE))
        if second % 9 == 0:
            reason = Reason("createtime", f"line {second}: expected datetime, got 'Ana <b>{second}'")
            recording.hear(settled(Rejected("client", "malformed", (reason,)), Entity.USER))
    recording.hear(OutageBegan("x"))
    now[0] = 3_650.0
    recording.hear(OutageEnded(50.0))
    return recording, Report(requests=3_600, throttled=6, elapsed=3_650.0)


class TestReport:
    def test_it_is_bounded_and_adds_up(self) -> None:
        recording, report = recorded()
        assert (recording.width, len(recording.columns)) == (16.0, 225)
        assert recording.columns[0].requests == 16
        assert sum(column.requests for column in recording.columns) == 3_600
        assert sum(column.throttled for column in recording.columns) == 6
        assert recording.reasons == {("user", "malformed", "createtime: expected datetime"): 400}
        told = recording.as_json(report, "interrupted")
        assert told["slowest"][0]["seconds"] == pytest.approx(3_599 / 9_000, abs=0.001)
        assert len(told["slowest"]) == 10
        assert told["outages"] == [{"from": 3_599.0, "to": 3_650.0}]
        json.dumps(told)

    def test_reasons_that_are_all_different_are_bounded_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recordings, "_REASONS", 3)
        recording = Recording(140.0, clock=lambda: 0.0)
        for number in range(9):
            refusal = Rejected("server", "bad_request", (Reason("", f"told {number}"),))
            recording.hear(settled(refusal))
        assert recording.reasons["user", "bad_request", "other reasons"] == 6

    def test_the_page_needs_nothing_else_and_shows_what_happened(self) -> None:
        text = page(*recorded(), "interrupted")
        parsed = _Page()
        parsed.feed(text)
        assert [link for link in parsed.links if link != "data:,"] == []
        assert "script" not in parsed.tags
        assert "http" not in text
        assert parsed.tags.count("svg") == 2
        assert "<b>" not in text.partition("Rejected, by reason")[2]
        for chart in text.split("<svg ")[1:]:
            ElementTree.fromstring("<svg " + chart.partition("</svg>")[0] + "</svg>")
        assert "createtime: expected datetime</td><td>400</td>" in text

    def test_an_empty_run_has_a_page_too(self) -> None:
        assert "every record settled" in page(Recording(140.0, clock=lambda: 0.0), Report(), "")

    def test_files(self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path) -> None:
        html, data = tmp_path / "r.html", tmp_path / "r.json"
        result = backfill(simulator, *files, "--report", html, "--report", data)
        assert result.exit_code == 1
        assert "<h1>WoowUp backfill</h1>" in html.read_text()
        told = json.loads(data.read_text())
        assert (told["users"]["accepted"], told["purchases"]["rejected"], told["requests"]) == (31, 1, 34)
        assert sum(column["purchases"] for column in told["columns"]) == 250
        assert {stat.S_IMODE(path.stat().st_mode) for path in (html, data)} == {0o600}

    @pytest.mark.browser
    def test_a_browser_shows_it_without_an_error(self, tmp_path: Path) -> None:
        assert CHROMIUM, "needs chromium on the PATH"
        (tmp_path / "r.html").write_text(page(*recorded(), ""))
        common = (CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0")
        shot = tmp_path / "r.png"
        done = subprocess.run(
            [*common, f"--screenshot={shot}", "--window-size=820,1400", f"file://{tmp_path}/r.html"],
            capture_output=True, text=True, timeout=25, check=True, env=os.environ | {"HOME": str(tmp_path)},
        )  # fmt: skip
        assert "CONSOLE" not in done.stderr
        assert shot.stat().st_size > 20_000
        dom = subprocess.run(
            [*common, "--dump-dom", f"file://{tmp_path}/r.html"],
            capture_output=True, text=True, timeout=25, check=True, env=os.environ | {"HOME": str(tmp_path)},
        ).stdout  # fmt: skip
        assert dom.count("<svg") == 2
        assert dom.count("<rect") > 200


class TestForMachines:
    def test_json_and_dry_run(self, simulator: Simulator, files: tuple[str, ...]) -> None:
        result = backfill(simulator, *files, "--json")
        told = json.loads(result.stdout)
        assert (told["purchases"]["accepted"], told["exit_code"], told["stopped_by"]) == (250, 1, "")
        before = simulator.requests
        planned = backfill(simulator, *files, "--dry-run", "--json")
        assert (json.loads(planned.stdout)["requests"], planned.exit_code) == (34, 1)
        assert simulator.requests == before

    def test_a_dry_run_needs_no_key(self, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
        assert "34 requests if all users are new" in woowup("backfill", *files, "--dry-run").output

    def test_json_run_lines_progress(self) -> None:
        now, console = [0.0], Console(record=True, width=300, force_terminal=False)
        with Display(console, as_json=True, clock=lambda: now[0]) as display:
            display.hear(OutageBegan("503"))
            now[0] = 31.0
            display.hear(settled(Accepted("created")))
            display.expect(Needed({Entity.USER: 10, Entity.PURCHASE: 0}, {Entity.USER: 10, Entity.PURCHASE: 0}, {}))
        lines = [json.loads(line) for line in console.export_text().splitlines()]
        assert [line["event"] for line in lines] == ["notice", "progress", "progress"]
        assert lines[0]["text"].startswith("the server is failing: 503")
        assert lines[1]["users"] == {"settled": 1, "accepted": 1, "rejected": 0}
        assert lines[1]["seconds_left"] is None
        assert lines[2]["seconds_left"] == [pytest.approx(9 * 60 / 140, abs=0.1)] * 3


class TestSettings:
    def test_a_file_gives_defaults_and_a_flag_beats_it(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "woowup.toml").write_text(
            f'base-url = "{simulator.url}"\nsegment = {simulator.segment}\n'
            '[backfill]\nusers = ["u.jsonl"]\nstrict = true\npurchases = "p.jsonl"\nmax-requests = 3\n'
        )
        result = woowup("backfill", "--max-requests", 1)
        assert "--max-requests 1 is reached" in result.stderr
        assert simulator.requests <= 1  # a slow machine may give a second permit before the first request has left
        assert woowup("plan", "--users", "u.jsonl").exit_code == 0

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('[backfil]\nusers = ["u"]', "backfil is not a command; was backfill meant?"),
            ('[backfill]\nuser = ["u"]', "user is not an option of backfill; was users meant?"),
            ("segmnt = 3", "segmnt is not an option; was segment meant?"),
            ('[backfill]\napi_key = "k-123"', "the key comes from WOOWUP_API_KEY, never from a file"),
            ("[backfill", "woowup.toml:"),
            ("[backfill]\nsegment = 'x'", "Invalid value for '--segment'"),
        ],
    )
    def test_a_name_that_is_none_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "200")
        (tmp_path / "woowup.toml").write_text(text)
        result = woowup("backfill", "--users", "u.jsonl")
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.replace("│", " ").split())
        assert "k-123" not in result.stderr

    def test_a_file_that_is_not_there(self) -> None:
        assert "cannot read none.toml" in woowup("backfill", "--config", "none.toml").stderr


def test_a_job_can_be_counted_in_another_process(files: tuple[str, ...], tmp_path: Path) -> None:
    opened = files_of(None, "woowup", "email,telephone,birthdate", "AR")
    csv = tmp_path / "v.csv"
    csv.write_text("invoice_number,email,sku,quantity,unit_price,total\n1,ana@example.com,AB,1,2,2\n")
    job = Job(sources(opened, Entity.USER, [files[1]]), sources(opened, Entity.PURCHASE, [files[3], str(csv)]))
    needed = needed_by(pickle.loads(pickle.dumps(job)))
    assert needed.records == {Entity.USER: 31, Entity.PURCHASE: 251}
    assert needed.requests == {Entity.USER: 31, Entity.PURCHASE: 3}
    assert needed.submitted == {Entity.USER: 31, Entity.PURCHASE: 252}


def test_a_record_that_needs_a_user_is_told_apart() -> None:
    event = Settled(Entity.PURCHASE, Record(Position("s", 1), {}), "k", Accepted("present"))
    recording = Recording(140.0, clock=lambda: 0.0)
    recording.hear(event)
    assert recording.columns[0].purchases == 1


def test_faults_are_seen_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "simulator-key")
    with Served() as simulator:
        simulator.script(Scripted(status=503))
        report = tmp_path / "r.json"
        backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--report", report)
    told = json.loads(report.read_text())
    assert {slow["status"] for slow in told["slowest"]} == {"503", "200"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dead-letters", "p.jsonl"], "--dead-letters must be a different file than --users or --purchases"),
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
