"""The log of the command: dated lines of text, or JSON for every line up to the last."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import USER, backfill, jsonl, purchase, woowup
from woowup_async.testing import Simulator

AS_JSON = ("--log-format", "json")


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_a_run_is_json(simulator: Simulator, tmp_path: Path) -> None:
    orders = jsonl(tmp_path / "p.jsonl", purchase(1), b"{broken\n")
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--purchases", orders, *AS_JSON)
    assert result.exit_code == 1
    assert [line["event"] for line in objects(result.stderr)] == ["progress"]
    (end,) = objects(result.stdout)
    assert (end["event"], end["exit_code"], end["stopped_by"]) == ("end", 1, "")
    assert end["purchases"]["rejected"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", end["at"])


def test_every_line_of_a_stopped_run_is_json(simulator: Simulator, tmp_path: Path) -> None:
    simulator.account_deleted = True
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--log-format=json")
    assert result.exit_code == 3
    assert objects(result.stdout)[-1]["exit_code"] == 3
    last = objects(result.stderr)[-1]
    assert (last["event"], last["level"]) == ("log", "error")
    assert last["text"].startswith("stopped: users.create answered 410 account_deleted")


@pytest.mark.parametrize(
    "arguments",
    [
        ("backfill",),
        ("backfill", "--users", "no-such-file.jsonl"),
        ("backfill", "--no-such-option"),
        ("no-such-command",),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", [AS_JSON, ("--log-format=json",)], ids=str)
def test_wrong_usage_is_json_too(form: tuple[str, ...], arguments: tuple[str, ...]) -> None:
    result = woowup(*arguments, *form)
    assert result.exit_code == 2
    (line,) = objects(result.stderr)
    assert (line["level"], bool(line["text"]), result.stdout) == ("error", True, "")


def test_a_plan_is_json_too(tmp_path: Path) -> None:
    result = woowup("backfill", "--dry-run", "--users", jsonl(tmp_path / "u.jsonl", USER), *AS_JSON)
    assert result.exit_code == 0
    assert objects(result.stdout)


def test_text_has_the_time_and_the_level(simulator: Simulator, tmp_path: Path) -> None:
    simulator.account_deleted = True
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER))
    *_, last = result.stderr.splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 ERROR woowup: stopped: users.create answered 410 ", last)


SAID = """
import logging, sys
from woowup_async.cli.display.terminal import log_as, prepare
prepare()
log_as(sys.argv[1])
logging.getLogger("woowup_async.limiting").warning("paused for %d s", 45)
logging.getLogger("woowup_async.health").error("the display shows this")
logging.getLogger("woowup_async.limiting").info("not shown")
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_of_the_library(form: str) -> None:
    environment = os.environ | {"COLUMNS": "80"}
    run = subprocess.run(
        [sys.executable, "-c", SAID, form], capture_output=True, text=True, check=True, env=environment
    )
    (line,) = run.stderr.splitlines()
    if form == "json":
        assert json.loads(line).items() >= {"event": "log", "level": "warning", "text": "paused for 45 s"}.items()
    else:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 WARNING woowup: paused for 45 s", line)
