"""Rejected records, counted and printed."""

import json
from pathlib import Path

from tests.support.commands import backfill, jsonl, woowup
from woowup_async.testing import Simulator


def test_counts_and_picks(simulator: Simulator, few_files: tuple[str, ...], tmp_path: Path) -> None:
    letters = tmp_path / "dead.jsonl"
    backfill(simulator, *few_files, "--dead-letters", letters)
    output = woowup("dead-letters", letters).output
    assert output.startswith("2 dead letters\n")
    assert "1  purchase malformed (by the client): is not valid JSON" in output
    picked = woowup("dead-letters", letters, "--entity", "user", "--code", "invalid", "--json").output
    (line,) = picked.splitlines()
    assert json.loads(line)["raw"] == {"document": "3", "gender": "mujer"}
    assert max(map(len, output.splitlines())) <= 80


def test_a_file_without_dead_letters(tmp_path: Path) -> None:
    assert "cannot read" in woowup("dead-letters", tmp_path / "none").stderr
    result = woowup("dead-letters", jsonl(tmp_path / "a", b"text\n"))
    assert result.exit_code == 2
    assert "a has no dead letters: a:1 is not a dead letter, correct or delete it" in result.stderr


def test_lines_that_are_not_dead_letters_are_skipped(tmp_path: Path) -> None:
    """Lines cut short, from another program, not UTF-8 or nested without end: the others are read."""
    good = b'{"entity":"user","position":"u:1","key":"k","by":"client","code":"invalid","raw":{"a":1}}\n'
    halved = good.replace(b'"a":1', b'"a":"Mar\\udceda"')
    path = jsonl(tmp_path / "d", good, b"\xff\n", b'{"other": 1}\n', b"[" * 9_000 + b"\n", halved, good[:40])
    shown = woowup("dead-letters", path)
    assert shown.exit_code == 0
    assert shown.output.startswith("2 dead letters\n")
    assert "4 lines are not dead letters and were skipped:" in shown.output
    assert "  d:2 is not a dead letter, correct or delete it: not UTF-8\n" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80
    picked = woowup("dead-letters", path, "--json")
    assert picked.stdout.encode() == good + halved
    assert [line.split(" is not ")[0] for line in picked.stderr.splitlines()] == [
        f"woowup: d:{number}" for number in (2, 3, 4, 6)
    ]  # fmt: skip
