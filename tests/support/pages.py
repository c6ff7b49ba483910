"""Runs the Python blocks of a page against the simulator."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import anyio.to_thread
import pytest

from woowup_async.testing import Simulator

ROOT = Path(__file__).parent.parent.parent


def blocks_of(page: str) -> list[str]:
    """Return the Python blocks of a page, named by its path from the root of the project."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


async def output_of(block: str, folder: Path) -> str:
    """Run a block as a script in a folder, in a thread beside the simulator. Return what it prints.

    A process of its own would cost a second, most of it for imports.
    """
    async with Simulator() as simulator:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as output:
            patch.setenv("WOOWUP_API_KEY", simulator.api_key)
            patch.setenv("WOOWUP_BASE_URL", simulator.url)
            patch.chdir(folder)
            await anyio.to_thread.run_sync(exec, compile(block, "page", "exec"), {"__name__": "__main__"})
    return output.getvalue()
