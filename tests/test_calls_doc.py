"""`docs/calls.md`: its Python blocks run against the simulator, and its table has the texts of the warnings."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from tests.official.calls import CALLS, Recorder, run
from tests.official.documented import OPERATIONS
from tests.support.pages import blocks_of, output_of
from woowup_async._resources.endpoints import ENDPOINTS

PAGE = (Path(__file__).parent.parent / "docs" / "calls.md").read_text(encoding="utf-8")
BLOCKS = blocks_of("docs/calls.md")
PRINTED = ("None {}\n", "1 1 1 1\n")
NAMES = {endpoint.source: endpoint.name for endpoint in ENDPOINTS}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(PRINTED)))
async def test_block_runs(number: int, tmp_path: Path) -> None:
    assert await output_of(BLOCKS[number], tmp_path) == PRINTED[number]


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
