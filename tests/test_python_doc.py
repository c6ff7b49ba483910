"""Every Python block of `docs/python.md` runs, against the simulator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.pages import blocks_of, output_of
from woowup_async._ingest.faces.outcome_table import OutcomeTable

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = blocks_of("docs/python.md")
PRINTED = [
    r"9\.50 2026-03-01 12:00:00 1990-02-01\nemial: is not a field of the schema; did you mean email\?\n",
    r"3 accepted, 0 rejected\n",
    r"(?s)shape: \(2, 4\).*user .*email:ana@example\.com.* accepted .*purchase .* 0007 .* queued.*",
]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(PRINTED)))
async def test_block_runs(number: int, tmp_path: Path) -> None:
    output = await output_of(BLOCKS[number], tmp_path)
    assert re.fullmatch(PRINTED[number], output), output


def test_each_block_is_run() -> None:
    assert len(BLOCKS) == len(PRINTED)


def test_the_columns_of_the_table_are_named() -> None:
    sentence = PAGE[PAGE.index("returns a `pyarrow.Table`") :].partition(". ")[0]
    assert re.findall(r"`(\w+)`", sentence) == OutcomeTable().table().schema.names
