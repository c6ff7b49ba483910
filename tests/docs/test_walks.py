"""Each page of the site is walked through as a reader would, against the simulator: `make test-docs`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.site import prepare, text_of, walked
from tests.support.walking import Walk, blocks_in
from woowup_async.testing import Simulator


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", walked())
def test_walk(page: str, tmp_path: Path) -> None:
    with Simulator(speed=60).run_in_thread() as simulator:
        replaced = prepare(page, tmp_path, simulator)
        account = {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
        with Walk(tmp_path, replaced or {}, account if replaced is not None else {}) as walk:
            for block in blocks_in(text_of(page)):
                walk.take(block)
