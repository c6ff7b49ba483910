"""Every Python block of `docs/python.md` runs, against the simulator."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from woowup_async._ingest.faces.outcome_table import OutcomeTable
from woowup_async.testing import Simulator

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PRINTED = [
    r"9\.50 2026-03-01 12:00:00 1990-02-01\nemial: is not a field of the schema; did you mean email\?\n",
    r"3 accepted, 0 rejected\n",
    r"(?s)shape: \(2, 4\).*user .*email:ana@example\.com.* accepted .*purchase .* 0007 .* queued.*",
]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(PRINTED)))
async def test_block_runs(number: int, tmp_path: Path) -> None:
    async with Simulator() as simulator:
        environment = os.environ | {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", BLOCKS[number],
            cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, problems = await process.communicate()
    assert (process.returncode, problems.decode()) == (0, "")
    assert re.fullmatch(PRINTED[number], output.decode()), output.decode()


def test_each_block_is_run() -> None:
    assert len(BLOCKS) == len(PRINTED)


def test_the_columns_of_the_table_are_named() -> None:
    sentence = PAGE[PAGE.index("returns a `pyarrow.Table`") :].partition(". ")[0]
    assert re.findall(r"`(\w+)`", sentence) == OutcomeTable().table().schema.names
