"""`woowup plan`: what a backfill would send and cost."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import USER, backfill, jsonl, purchase, woowup
from woowup_async._ingest.learned import NOTE
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._samples import MAPPING, ORDERS
from woowup_async.testing import Simulator


def test_it_prints_a_plan_and_sends_nothing(few_files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
    result = woowup("plan", *few_files)
    assert result.exit_code == 1
    assert "users                4          3          1          0          0" in result.output
    assert "purchases          251        250          1          0          0" in result.output
    assert "3 requests of purchases, 0.1 MB" in result.output
    assert "5 requests if all users are new or all exist, 6 if half of them do" in result.output
    assert "at 140 a minute: 2 s to 3 s" in result.output
    assert "purchase p.jsonl:251: malformed" in result.output


@pytest.mark.untraced
def test_it_counts_the_requests_that_a_backfill_needs(simulator: Simulator, tmp_path: Path) -> None:
    given = ("--mapping", MAPPING, "--users", ORDERS, "--purchases", ORDERS)
    planned = json.loads(woowup("plan", *given, "--json").output)
    assert backfill(simulator, *given).exit_code == 0  # the sample's mapping only leaves out what it should
    assert planned["requests"] == pytest.approx(simulator.requests, rel=0.01)
    assert planned["purchases"]["effects"]["queued"] == len(simulator.purchases)


def test_files_without_records_are_noticed(simulator: Simulator, tmp_path: Path) -> None:
    empty = jsonl(tmp_path / "u.jsonl")
    assert "the files have no records" in woowup("plan", "--users", empty).output
    ran = backfill(simulator, "--users", empty)
    assert (ran.exit_code, "the files have no records" in ran.output) == (0, True)


def test_a_journal_is_read_and_not_touched(simulator: Simulator, few_files: tuple[str, ...], tmp_path: Path) -> None:
    journal = tmp_path / "j"
    assert json.loads(woowup("plan", *few_files, "--journal", journal, "--json").output)["requests"] == 5
    assert not journal.exists()
    backfill(simulator, *few_files, "--journal", journal)
    before = journal.read_bytes()
    planned = json.loads(woowup("plan", *few_files, "--journal", journal, "--json").output)
    assert (planned["requests"], planned["saved"]["unchanged"]) == (0, 253)
    assert journal.read_bytes() == before


def test_it_counts_the_versions_of_a_customer_with_several_identifiers(simulator: Simulator, tmp_path: Path) -> None:
    """The journal knows that both identifiers belong to one person. A version that returns is sent again."""
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
        (["--users", "{text}", "--journal", "{other}"], "is not a journal"),
        (["--users", "{text}", "--dead-letters", "{text}"], "--dead-letters must be a different file than --users"),
        (["--users", "{text}", "--journal", "{other}", "--dead-letters", "{other}"], "different file than --journal"),
        (["--users", "{text}", "--segment", "0"], "RateLimit.segment"),
    ],
)
def test_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    text = jsonl(tmp_path / "t.jsonl", USER * 99)
    other = jsonl(tmp_path / "o.jsonl", USER)
    result = woowup("plan", *(argument.format(text=text, other=other) for argument in arguments))
    assert result.exit_code == 2
    assert said in result.stderr


def test_shared_values_are_counted(tmp_path: Path) -> None:
    users = [{"service_uid": str(n), "email": f"{n % 3}@x.co", "telephone": f"11-{n}"} for n in range(5)]
    orders = [purchase(n % 4, branch_name=name) for name in ("A", "B/C") for n in range(5)]
    given: tuple[object, ...] = (
        "--users",
        jsonl(tmp_path / "u.jsonl", *(json.dumps(user).encode() + b"\n" for user in users)),
    )
    given += ("--purchases", jsonl(tmp_path / "p.jsonl", *orders, purchase(9, branch_name="A")))
    output = woowup("plan", *given).output
    assert "4 invoice numbers appear in several branches; the first:\n  F-0000: A, B/C" in output
    assert "2 identifiers belong to several users; the first:\n  email:0@x.co: service_uid:0, service_uid:3" in output
    shown = json.loads(woowup("plan", *given, "--json").output)
    assert (shown["invoices_under_several_branches"], shown["identifiers_of_several_users"]) == (4, 2)


def test_it_says_what_larger_requests_cost(tmp_path: Path) -> None:
    given = ("--purchases", jsonl(tmp_path / "p.jsonl", *(purchase(number) for number in range(1_000))))
    assert "--batch-up-to" not in woowup("plan", *given).output
    result = woowup("plan", *given, "--batch-up-to", 500)
    assert "at 140 a minute: 4 s" in result.output
    assert "with --batch-up-to, in requests of 500 purchases, if the account takes them:" in result.output
    assert "  2 requests, 1 s" in result.output
    found = json.loads(woowup("plan", *given, "--batch-up-to", 500, "--json").output)
    assert found["larger_requests"] == {
        "items": 500, "requests": 2, "is_learned": False, "seconds": pytest.approx(120 / 140)
    }  # fmt: skip


def test_it_says_what_requests_cost_in_the_size_that_was_learned(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "j")) as ledger:
        ledger.note(NOTE, "[[250, 275], [300000, 0]]")
    lines = (purchase(number) for number in range(1_000))
    given = ("--journal", tmp_path / "j", "--purchases", jsonl(tmp_path / "p.jsonl", *lines))
    found = json.loads(woowup("plan", *given, "--json").output)
    assert found["requests"] == 10
    larger = {"items": 250, "requests": 4, "is_learned": True, "seconds": pytest.approx(4 * 60 / 140)}
    assert found["larger_requests"] == larger
    assert "in requests of 250 purchases, as this account took before:" in woowup("plan", *given).output
    limited = json.loads(woowup("plan", *given, "--batch-up-to", 160, "--json").output)
    assert (limited["larger_requests"]["items"], limited["larger_requests"]["requests"]) == (160, 7)


def test_requests_do_not_grow_to_less_than_they_have(few_files: tuple[str, ...]) -> None:
    result = woowup("plan", *few_files, "--batch-up-to", 99)
    assert (result.exit_code, "--batch-up-to takes 100 or more, got 99" in result.output) == (2, True)


def test_it_shows_how_soon_the_revenue_is_there(tmp_path: Path) -> None:
    """1,260 users take 90 minutes at 14 a minute. The newest buyers are the last ones of the file."""
    names = [f"u{number}@example.com" for number in range(1_260)]
    users = jsonl(tmp_path / "u.jsonl", *(b'{"email": "%s"}\n' % name.encode() for name in names))
    lines = (purchase(number, email=names[-1 - number]) for number in range(100))
    given = ("--users", users, "--purchases", jsonl(tmp_path / "p.jsonl", *lines), "--rate-limit", 7)
    output = woowup("plan", *given).output
    assert "of the last year's revenue, on the account after" in output
    shown = [line.split() for line in output.splitlines()]
    assert ["1", "h", "2", "h", "4", "h", "8", "h"] in shown
    assert ["users", "first", "0%", "100%", "100%", "100%"] in shown
    assert ["--recent-first", "100%", "100%", "100%", "100%"] in shown
    found = json.loads(woowup("plan", *given, "--json").output)["revenue_on_the_account"]
    assert found == {"given": {"1": 0, "2": 1, "4": 1, "8": 1}, "recent": {"1": 1, "2": 1, "4": 1, "8": 1}}
    few = json.loads(woowup("plan", *given, "--only-buyers", "--json").output)
    assert (few["users"]["submitted"], few["without_purchases"], few["requests"]) == (100, 1_160, 101)
    assert few["revenue_on_the_account"] == {"recent": {"1": 1, "2": 1, "4": 1, "8": 1}}
    assert "1,160 users without purchases were left out" in woowup("plan", *given, "--only-buyers").output


def test_it_shows_nothing_of_revenue_that_is_there_soon_or_without_users(few_files: tuple[str, ...]) -> None:
    assert "revenue" not in woowup("plan", *few_files).output
    assert json.loads(woowup("plan", *few_files[-2:], "--json").output)["revenue_on_the_account"] is None
