"""The command, run in this process."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from typer import testing
from typer.testing import CliRunner

from tests.support.official import purchase_line
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.cli.app import app
from woowup_async.outcomes import Outcome
from woowup_async.testing import Simulator

# Otherwise each call would read the options of all commands again, which takes longer than most commands do.
testing._get_command = functools.cache(testing._get_command)  # type: ignore[attr-defined]

USER = b'{"email": "ana@example.com"}\n'


def woowup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def backfill(simulator: Simulator, *arguments: object) -> Any:
    return woowup("backfill", "--base-url", simulator.url, "--segment", simulator.segment, *arguments)


def jsonl(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def purchase(number: int, **fields: object) -> bytes:
    return json.dumps(purchase_line(number) | fields).encode() + b"\n"


def settled(outcome: Outcome, entity: Entity = Entity.USER) -> Settled:
    return Settled(entity, Record(Position("s", 1), {}), "k", outcome)


def undated(line: str) -> str:
    """Return a line without the time at its beginning, if there is one."""
    return re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 ", "", line)
