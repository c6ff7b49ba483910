"""Each page of the site is walked through as a reader would, against the simulator: `make test-docs`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.walking import ROOT, Walk, blocks_in, pages_of, samples_for

NAV = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
WALKED = [page for page in pages_of(NAV) if page.startswith(("tutorial/", "howto/", "migration/", "reference/", "es/"))]


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", WALKED)
def test_walk(page: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    samples_for(text, tmp_path)
    with Walk(tmp_path) as walk:
        for block in blocks_in(text):
            walk.take(block)
