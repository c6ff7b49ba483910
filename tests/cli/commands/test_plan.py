"""Looking before and after: plan, status, dead letters."""

import json
from pathlib import Path

import pytest

from tests.support.commands import USER, backfill, jsonl, purchase, woowup
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._samples import MAPPING, ORDERS
from woowup_async.cli.display.words import span
from woowup_async.cli.spend import seconds_for
from woowup_async.policies import RateLimit
from woowup_async.testing import Simulator


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    users = jsonl(tmp_path / "u.jsonl", USER, b'{"document": "2"}\n', USER, b'{"document": "3", "gender": "mujer"}\n')
    mine = jsonl(tmp_path / "p.jsonl", *(purchase(number) for number in range(250)), b"{broken\n")
    return ("--users", str(users), "--purchases", str(mine))


class TestPlan:
    def test_it_tells_and_sends_nothing(self, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
        result = woowup("plan", *files)
        assert result.exit_code == 1
        assert "users                4          3          1          0          0" in result.output
        assert "purchases          251        250          1          0          0" in result.output
        assert "3 requests of purchases, 0.1 MB" in result.output
        assert "5 requests if all users are new or all exist, 6 if half of them do" in result.output
        assert "at 140 a minute: 2 s to 3 s" in result.output
        assert "purchase p.jsonl:251 (no key): malformed" in result.output

    @pytest.mark.untraced
    def test_its_count_is_what_a_backfill_then_spends(self, simulator: Simulator, tmp_path: Path) -> None:
        given = ("--mapping", MAPPING, "--users", ORDERS, "--purchases", ORDERS)
        planned = json.loads(woowup("plan", *given, "--json").output)
        assert backfill(simulator, *given).exit_code == 1
        assert planned["requests"] == pytest.approx(simulator.requests, rel=0.01)
        assert planned["purchases"]["effects"]["queued"] == len(simulator.purchases)

    def test_a_journal_is_read_and_not_touched(
        self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path
    ) -> None:
        journal = tmp_path / "j"
        assert json.loads(woowup("plan", *files, "--journal", journal, "--json").output)["requests"] == 5
        assert not journal.exists()
        backfill(simulator, *files, "--journal", journal)
        before = journal.read_bytes()
        planned = json.loads(woowup("plan", *files, "--journal", journal, "--json").output)
        assert (planned["requests"], planned["saved"]["unchanged"]) == (0, 253)
        assert journal.read_bytes() == before

    def test_it_counts_the_versions_of_one_who_comes_under_several_identifiers(
        self, simulator: Simulator, tmp_path: Path
    ) -> None:
        """The journal knows that both identifiers are one person's; a version that comes back is sent again."""
        journal = ("--journal", tmp_path / "j")
        backfill(simulator, "--users", jsonl(tmp_path / "0.jsonl", b'{"email": "a@b.co", "document": "1"}\n'), *journal)
        versions = b'{"document": "1", "tags": "x"}\n', b'{"email": "a@b.co", "tags": "y"}\n'
        given = ("--users", jsonl(tmp_path / "u.jsonl", *versions, *versions), *journal)
        planned, before = json.loads(woowup("plan", *given, "--json").output), simulator.requests
        backfill(simulator, *given)
        assert planned["requests"] == simulator.requests - before == 4

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "nothing to plan"),
            (["--users", "none.jsonl"], "cannot read none.jsonl"),
            (["--users", "{text}", "--journal", "{text}"], "is not a journal"),
            (["--users", "{text}", "--segment", "0"], "RateLimit.segment"),
        ],
    )
    def test_usage(self, tmp_path: Path, arguments: list[str], said: str) -> None:
        text = jsonl(tmp_path / "t.jsonl", USER * 99)
        result = woowup("plan", *(argument.format(text=text) for argument in arguments))
        assert result.exit_code == 2
        assert said in result.stderr

    @pytest.mark.parametrize(("requests", "told"), [(70, "30 s"), (700, "5.0 min"), (70_000, "8.3 h")])
    def test_spans(self, requests: int, told: str) -> None:
        assert span(seconds_for(requests, RateLimit())) == told

    def test_what_several_share_is_counted(self, tmp_path: Path) -> None:
        users = [{"service_uid": str(n), "email": f"{n % 3}@x.co", "telephone": f"11-{n}"} for n in range(5)]
        orders = [purchase(n % 4, branch_name=name) for name in ("A", "B/C") for n in range(5)]
        given: tuple[object, ...] = (
            "--users",
            jsonl(tmp_path / "u.jsonl", *(json.dumps(user).encode() + b"\n" for user in users)),
        )
        given += ("--purchases", jsonl(tmp_path / "p.jsonl", *orders, purchase(9, branch_name="A")))
        output = woowup("plan", *given).output
        assert "4 invoice numbers appear in several branches; the first:\n  F-0000: A, B/C" in output
        assert (
            "2 identifiers belong to several users; the first:\n  email:0@x.co: service_uid:0, service_uid:3" in output
        )
        told = json.loads(woowup("plan", *given, "--json").output)
        assert (told["invoices_under_several_branches"], told["identifiers_of_several_users"]) == (4, 2)


class TestStatus:
    def test_a_finished_run(self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path) -> None:
        journal = tmp_path / "j"
        backfill(simulator, *files, "--journal", journal)
        result = woowup("status", journal)
        assert result.exit_code == 0
        assert result.output.startswith("finished, started ")
        assert "users: 2 accepted, 1 rejected" in result.output
        assert "purchases: 250 accepted, 1 rejected" in result.output
        assert "rejected purchases: 1 malformed" in result.output
        told = json.loads(woowup("status", journal, "--json").output)
        assert told["counts"]["purchase"] == {"accepted": 250, "rejected": 1}
        assert {Path(path).name for path in told["sources"]} == {"u.jsonl", "p.jsonl"}

    def test_a_run_that_goes_on(self, tmp_path: Path) -> None:
        ledger = SqliteLedger(tmp_path / "j")
        assert woowup("status", tmp_path / "j").output.startswith("no run yet")
        ledger.begin([])
        assert woowup("status", tmp_path / "j").output.startswith("running, started ")
        ledger.close()
        assert woowup("status", tmp_path / "j").output.startswith("stopped, can be resumed, started ")

    def test_no_journal(self, tmp_path: Path) -> None:
        result = woowup("status", tmp_path / "none")
        assert result.exit_code == 2
        assert "there is no such file" in result.stderr
        assert not (tmp_path / "none").exists()


class TestDeadLetters:
    def test_counts_and_picks(self, simulator: Simulator, files: tuple[str, ...], tmp_path: Path) -> None:
        letters = tmp_path / "dead.jsonl"
        backfill(simulator, *files, "--dead-letters", letters)
        output = woowup("dead-letters", letters).output
        assert output.startswith("2 dead letters\n")
        assert "1  purchase malformed (by the client): is not valid JSON" in output
        picked = woowup("dead-letters", letters, "--entity", "user", "--code", "invalid", "--json").output
        (line,) = picked.splitlines()
        assert json.loads(line)["raw"] == {"document": "3", "gender": "mujer"}
        assert max(map(len, output.splitlines())) <= 80

    def test_a_file_that_is_none(self, tmp_path: Path) -> None:
        assert "cannot read" in woowup("dead-letters", tmp_path / "none").stderr
        result = woowup("dead-letters", jsonl(tmp_path / "a", b"text\n"))
        assert result.exit_code == 2
        assert "a has no dead letters: a:1 is not a dead letter, mend or delete it" in result.stderr

    def test_lines_that_are_no_letters_are_passed_over(self, tmp_path: Path) -> None:
        """Half written, of another program, not UTF-8, nested without end: the others are read."""
        good = b'{"entity":"user","position":"u:1","key":"k","by":"client","code":"invalid","raw":{"a":1}}\n'
        halved = good.replace(b'"a":1', b'"a":"Mar\\udceda"')
        path = jsonl(tmp_path / "d", good, b"\xff\n", b'{"other": 1}\n', b"[" * 9_000 + b"\n", halved, good[:40])
        told = woowup("dead-letters", path)
        assert told.exit_code == 0
        assert told.output.startswith("2 dead letters\n")
        assert "4 lines are not dead letters and were skipped:" in told.output
        assert "  d:2 is not a dead letter, mend or delete it: not UTF-8\n" in told.output
        assert max(map(len, told.output.splitlines())) <= 80
        picked = woowup("dead-letters", path, "--json")
        assert picked.stdout.encode() == good + halved
        assert [line.split(" is not ")[0] for line in picked.stderr.splitlines()] == [
            f"woowup: d:{number}" for number in (2, 3, 4, 6)
        ]  # fmt: skip
