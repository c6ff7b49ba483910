"""Runs the Python blocks of a page as a reader would: each in a process of its own, against the simulator."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from woowup_async.testing import Simulator

ROOT = Path(__file__).parent.parent.parent


def blocks_of(page: str) -> list[str]:
    """Return the Python blocks of a page, named by its path from the root of the project."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


async def output_of(block: str, folder: Path) -> str:
    """Run a block in a folder, with warnings as errors (but see pyproject.toml). Return what it prints."""
    async with Simulator() as simulator:
        environment = os.environ | {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-W", "ignore:Binding:DeprecationWarning", "-c", block,
            cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, problems = await process.communicate()
    assert (process.returncode, problems.decode()) == (0, "")
    return output.decode()
