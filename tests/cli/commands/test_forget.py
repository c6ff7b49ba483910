"""`woowup forget` on the files of a real run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import backfill, jsonl, purchase, woowup
from tests.support.ledgers import schema
from tests.support.postgres import Server
from woowup_async.cli.commands.forget import lines_of
from woowup_async.retention import Forgotten
from woowup_async.testing import Simulator

ANA = {"email": "Ana@example.com", "document": "20123456"}
EVA = {"email": "eva@example.com", "document": "30999888"}


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """Run a backfill of Ana, Eva, an order of each, and a refused order of Ana. Return its arguments."""
    monkeypatch.setenv("WOOWUP_API_KEY", simulator.api_key)
    users = jsonl(tmp_path / "users.jsonl", *(json.dumps(each).encode() + b"\n" for each in (ANA, EVA)))
    orders = [purchase(1, **ANA), purchase(2, **EVA), purchase(3, email="ana@example.com", prices={})]
    files = ("--users", users, "--purchases", jsonl(tmp_path / "orders.jsonl", *orders))
    arguments = (*files, "--journal", tmp_path / "j", "--dead-letters", tmp_path / "bad.jsonl")
    result = backfill(simulator, *arguments)
    assert result.exit_code == 1, result.stderr
    return arguments


def content(folder: Path) -> bytes:
    return b"".join(
        each.read_bytes() for each in folder.iterdir() if each.suffix != ".jsonl" or each.stem == "bad"
    ).lower()


def test_a_customer(run: tuple[object, ...], simulator: Simulator, tmp_path: Path) -> None:
    ask = ("forget", tmp_path / "j", "--customer", "20123456", "--dead-letters", tmp_path / "bad.jsonl")
    shown = woowup(*ask)
    assert (shown.exit_code, shown.stdout.splitlines()) == (
        0,
        [
            "2 identifiers become keyed hashes",
            "1 records keep only keyed hashes of their contents",
            "1 dead letters",
            "nothing was changed: give --yes to do it",
        ],
    )
    assert b"ana@example.com" in content(tmp_path)
    done = woowup(*ask, "--yes")
    assert (done.exit_code, done.stdout.splitlines()[-1][:4]) == (0, "done")
    assert b"ana@example.com" not in content(tmp_path)
    assert b"20123456" not in content(tmp_path)
    assert b"eva@example.com" in content(tmp_path)
    planned = woowup("plan", *run[:-2], "--json")
    assert json.loads(planned.stdout)["requests"] == 0, planned.stdout
    before = simulator.requests
    again = backfill(simulator, *run[:-2])
    assert "users: 2 unchanged" in again.stdout
    assert simulator.requests == before
    assert b"20123456" not in content(tmp_path)


def test_what_is_old(run: tuple[object, ...], tmp_path: Path) -> None:
    shown = woowup("forget", tmp_path / "j", "--older-than", "90d", "--yes", "--json")
    assert json.loads(shown.stdout) == {
        "identifiers": 0, "records": 0, "waiting": 0, "letters": 0, "texts": 0, "rows": 0, "kept": 0, "undated": 0,
        "done": True,
    }  # fmt: skip
    (tmp_path / "bad.jsonl").write_text("{}\n")
    shown = woowup("forget", tmp_path / "j", "--older-than", "1h", "--dead-letters", tmp_path / "bad.jsonl")
    assert shown.stdout.splitlines() == [
        "nothing was found", "1 lines of dead letters stay: they do not say when they were written",
    ]  # fmt: skip


def test_records_whose_age_is_not_known() -> None:
    lines = lines_of(Forgotten(kept=1_000), is_done=True)
    assert list(lines) == [
        "nothing was found",
        "1,000 records wait in outboxes and stay: the file was used since, so their age is not known",
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "give --customer, --older-than, or both"),
        (("--older-than", "90"), "write a number and h, d or w"),
        (("--older-than", "0d"), "write a number and h, d or w"),
        (("--customer", "x"), "there is no such file"),
    ],
)
def test_wrong_usage(more: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "key")
    result = woowup("forget", tmp_path / "none", *more)
    assert (result.exit_code, message in result.stderr) == (2, True)
    monkeypatch.delenv("WOOWUP_API_KEY")
    assert "set WOOWUP_API_KEY" in woowup("forget", tmp_path / "none", *more).stderr


def test_a_customer_in_a_ledger_on_a_server(
    simulator: Simulator, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", simulator.api_key)
    users = jsonl(tmp_path / "users.jsonl", *(json.dumps(each).encode() + b"\n" for each in (ANA, EVA)))
    orders = jsonl(tmp_path / "orders.jsonl", purchase(1, **ANA), purchase(2, **EVA))
    with schema(postgres) as url:
        monkeypatch.setenv("LEDGER", url)
        run = ("--users", users, "--purchases", orders, "--journal", "env:LEDGER")
        assert backfill(simulator, *run).exit_code == 0
        done = woowup("forget", "env:LEDGER", "--customer", "20123456", "--yes")
        assert done.stdout.splitlines() == [
            "2 identifiers become keyed hashes",
            "1 records keep only keyed hashes of their contents",
            "done; journals that are files were rewritten, so their free pages have nothing of it",
            "the server of a ledger keeps old rows in its files until VACUUM FULL, in its log, and in backups",
        ]
        name = url.rpartition("%3D")[2]
        assert "ana@example.com" not in postgres.one(
            f"SELECT lower(json_agg(t)::text) FROM {name}.woowup_customer AS t"
        )
        planned = woowup("plan", *run, "--json")
        assert json.loads(planned.stdout)["requests"] == 0, planned.stdout
        before = simulator.requests
        assert "users: 2 unchanged" in backfill(simulator, *run).stdout
        assert simulator.requests - before <= 1
        refused = woowup("forget", url, "--customer", "20123456")
        assert (refused.exit_code, "password" in refused.stderr) == (2, True)
