"""Every Python block of the README runs, against the simulator."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from woowup_async.testing import Simulator

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_block_runs(number: int, tmp_path: Path) -> None:
    async with Simulator() as simulator:
        environment = os.environ | {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", BLOCKS[number],
            cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, problems = await process.communicate()
    assert (process.returncode, problems.decode()) == (0, "")
    assert output


def test_the_first_screen() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert len(BLOCKS) >= 3
    first = "\n".join(lines[:45])
    assert all(part in first for part in ("pip install woowup_async", "make demo", "make test", "woowup.ingest("))
