"""Every Python block of the README runs, against the simulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import blocks_of, output_of

README = Path(__file__).parent.parent / "README.md"
BLOCKS = blocks_of("README.md")


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_block_runs(number: int, tmp_path: Path) -> None:
    assert await output_of(BLOCKS[number], tmp_path)


def test_the_first_screen() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert len(BLOCKS) >= 3
    first = "\n".join(lines[:45])
    parts = ("pip install '.[cli]'", "-py3-none-any.whl[cli]", "make demo", "make test", "woowup.ingest(")
    assert all(part in first for part in parts)
