"""`docs/calls.md`: its Python blocks run against the simulator, and its table has the texts of the warnings."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import warnings
from pathlib import Path

import pytest

from tests.official.calls import CALLS, Recorder, run
from tests.official.documented import OPERATIONS
from woowup_async._resources.endpoints import ENDPOINTS
from woowup_async.testing import Simulator

PAGE = (Path(__file__).parent.parent / "docs" / "calls.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PRINTED = ("None {}\n", "1 1 1 1\n")
NAMES = {endpoint.source: endpoint.name for endpoint in ENDPOINTS}


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
    assert (process.returncode, problems.decode(), output.decode()) == (0, "", PRINTED[number])


def test_each_block_is_run() -> None:
    assert len(BLOCKS) == len(PRINTED)


async def test_the_table_names_the_successors_that_the_warnings_name() -> None:
    named = {}
    for operation in OPERATIONS:
        if operation.is_deprecated:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                await run(CALLS[operation.number](Recorder(), operation.fields))
            (message,) = (str(each.message) for each in caught if each.category is DeprecationWarning)
            named[NAMES[str(operation.number)]] = message.partition("use woowup.")[2]
    rows = re.findall(r"^\| `(legacy\.\w+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert {call: successor.replace("`", "") for call, successor in rows} == named
    assert len(named) == 7
