"""Rejected records, counted and printed."""

import json
import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.support.commands import backfill, jsonl, woowup
from tests.support.ledgers import schema
from tests.support.postgres import Server
from tests.support.processes import started
from woowup_async.testing import Simulator


def test_counts_and_picks(simulator: Simulator, few_files: tuple[str, ...], tmp_path: Path) -> None:
    letters = tmp_path / "dead.jsonl"
    backfill(simulator, *few_files, "--dead-letters", letters)
    output = woowup("dead-letters", letters).output
    assert output.startswith("2 dead letters\n")
    assert "          u.jsonl:4 (3)\n" in output  # it had no key when it was refused
    assert "1  purchase malformed (by the client): is not valid JSON" in output
    picked = woowup("dead-letters", letters, "--entity", "user", "--code", "invalid", "--json").output
    (line,) = picked.splitlines()
    assert json.loads(line)["raw"] == {"document": "3", "gender": "mujer"}


def test_a_file_without_dead_letters(tmp_path: Path) -> None:
    assert "cannot read" in woowup("dead-letters", tmp_path / "none").stderr
    result = woowup("dead-letters", jsonl(tmp_path / "a", b"text\n"))
    assert result.exit_code == 2
    assert "a has no dead letters: a:1 is not a dead letter, correct or delete this line" in result.stderr


def test_lines_that_are_not_dead_letters_are_skipped(tmp_path: Path) -> None:
    """Lines cut short, from another program, not UTF-8 or nested without end: the others are read."""
    good = b'{"entity":"user","position":"u:1","key":"k","by":"client","code":"invalid","raw":{"a":1}}\n'
    halved = good.replace(b'"a":1', b'"a":"Mar\\udceda"')
    path = jsonl(tmp_path / "d", good, b"\xff\n", b'{"other": 1}\n', b"[" * 9_000 + b"\n", halved, good[:40])
    shown = woowup("dead-letters", path)
    assert shown.exit_code == 0
    assert shown.output.startswith("2 dead letters\n")
    assert "4 lines are not dead letters and were skipped:" in shown.output
    assert "  d:2 is not a dead letter, correct or delete this line: not UTF-8\n" in shown.output
    picked = woowup("dead-letters", path, "--json")
    assert picked.stdout.encode() == good + halved
    assert [line.split(" is not ")[0] for line in picked.stderr.splitlines()] == [
        f"woowup: d:{number}" for number in (2, 3, 4, 6)
    ]  # fmt: skip


TABLE = """
[csv]
delimiter = ";"
[purchase]
key = ["Number"]
[purchase.fields]
invoice_number = { column = "Number" }
email = { column = "Mail" }
"prices.total" = { column = "Total", as = "decimal" }
[purchase.lines]
sku = { column = "Sku" }
quantity = { constant = 1 }
unit_price = { column = "Total", as = "decimal" }
"""


@pytest.fixture
def faulty(tmp_path: Path) -> tuple[object, ...]:
    """Eighteen orders with the same fault, each with its own line and value, and one with another fault."""
    (tmp_path / "m.toml").write_text(TABLE, encoding="utf-8")
    rows = [f"F-{number};ana@example.com;{number},5x;AA" for number in range(18)]
    lines = ["Number;Mail;Total;Sku", *rows, "G-1;ana@example.com;9.5;", ""]
    (tmp_path / "o.csv").write_text("\n".join(lines), encoding="utf-8")
    return "--mapping", tmp_path / "m.toml", "--purchases", tmp_path / "o.csv", "--dead-letters", tmp_path / "dead"


def test_equal_faults_are_one_group_with_three_examples(faulty: tuple[object, ...], tmp_path: Path) -> None:
    planned = woowup("plan", *faulty)
    assert planned.exit_code == 1
    assert f"all of them, by cause: woowup dead-letters {tmp_path / 'dead'}" in planned.output

    lines = woowup("dead-letters", tmp_path / "dead").output.splitlines()

    assert lines[:6] == [
        "19 dead letters",
        "",
        "      18  purchase malformed (by the client): Total: expected decimal, got …",
        "          o.csv:2 (F-0): Total: line 2: expected decimal, got '0,5x'",
        "          o.csv:3 (F-1): Total: line 3: expected decimal, got '1,5x'",
        "          o.csv:4 (F-2): Total: line 4: expected decimal, got '2,5x'",
    ]
    assert lines[7].startswith("       1  purchase invalid (by the client): purchase_detail[].sku")
    assert len([line for line in lines if "o.csv:" in line]) == 4


def test_a_dry_run_writes_dead_letters_once(faulty: tuple[object, ...], tmp_path: Path) -> None:
    for command in (("plan",), ("backfill", "--dry-run"), ("plan",)):
        assert woowup(*command, *faulty).exit_code == 1
    letters = (tmp_path / "dead").read_text().splitlines()
    assert len(letters) == 19
    assert (tmp_path / "dead").stat().st_mode & 0o777 == 0o600


def on_terminal(columns: int, *arguments: object) -> str:
    """Run the command on a terminal of this width, and return what it writes."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "woowup_async", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "33"}  # the value of an outer shell is not the width of this terminal
    written = b""
    with started(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 65_536):
                written += chunk
        except OSError:  # the process has closed its end
            pass
        finally:
            os.close(ours)
        process.wait(20)
    return written.decode()


def test_lines_are_wrapped_at_the_width_of_the_terminal_and_not_cut_in_a_pipe(tmp_path: Path) -> None:
    why = "expected " + " ".join(f"word{number}x" for number in range(1_500))
    letter = {"entity": "user", "position": "u:1", "code": "invalid", "by": "server", "raw": {"email": "a@b.co"}}
    path = tmp_path / "dead"
    path.write_text(json.dumps(letter | {"reasons": [{"path": "gender", "message": why}]}) + "\n")

    shown, piped = on_terminal(60, "dead-letters", path), woowup("dead-letters", path).output

    assert max(map(len, shown.splitlines())) in range(50, 61)
    assert " ".join(shown.split()) == " ".join(piped.split())
    assert why in piped


def test_causes_beyond_the_first_are_counted_on_a_terminal_and_shown_in_a_pipe(tmp_path: Path) -> None:
    names = [f"{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(25)]
    letter = {"entity": "user", "position": "u:1", "code": "invalid", "raw": None}
    path = tmp_path / "dead"
    lines = [json.dumps(letter | {"reasons": [{"path": name, "message": "is wrong"}]}) for name in names]
    path.write_text("\n".join(lines))

    assert "and 5 other causes" in on_terminal(80, "dead-letters", path)
    piped = woowup("dead-letters", path).output
    assert "other causes" not in piped
    assert all(f"{name}: is wrong" in piped for name in names)


def test_a_journal_shows_them_without_bodies(
    simulator: Simulator, few_files: tuple[str, ...], tmp_path: Path, postgres: Server
) -> None:
    with schema(postgres) as url, pytest.MonkeyPatch.context() as patched:
        patched.setenv("LEDGER", url)
        shown = []
        for journal in (tmp_path / "shop.journal", "env:LEDGER"):
            backfill(simulator, *few_files, "--journal", journal)
            shown.append(woowup("dead-letters", journal))
            picked = woowup("dead-letters", journal, "--entity", "user", "--code", "invalid", "--json").output
            line = json.loads(picked)
            assert (line["position"], line["by"], "raw" in line) == ("u.jsonl:4", "client", False)
    file, ledger = shown
    assert file.output.startswith("2 dead letters\n")
    assert "1  purchase malformed (by the client): is not valid JSON" in file.output
    assert sorted(ledger.output.splitlines()) == sorted(file.output.splitlines())
