"""Durations as text."""

import pytest

from woowup_async.cli.display.words import span
from woowup_async.cli.spend import seconds_for
from woowup_async.policies import RateLimit


@pytest.mark.parametrize(("requests", "shown"), [(70, "30 s"), (700, "5.0 min"), (70_000, "8.3 h")])
def test_spans(requests: int, shown: str) -> None:
    assert span(seconds_for(requests, RateLimit())) == shown
