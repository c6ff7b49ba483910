"""Durations and long lines as text."""

import pytest

from woowup_async.cli.display.words import span, wrapped
from woowup_async.cli.spend import seconds_for
from woowup_async.policies import RateLimit


@pytest.mark.parametrize(("requests", "shown"), [(70, "30 s"), (700, "5.0 min"), (70_000, "8.3 h")])
def test_spans(requests: int, shown: str) -> None:
    assert span(seconds_for(requests, RateLimit())) == shown


def test_long_lines_are_wrapped_with_their_indent() -> None:
    assert wrapped("  " + "word " * 10, 41) == ["  " + "word " * 6 + "word", "    word word word"]
    assert max(map(len, wrapped("word " * 200, 80))) <= 79
    assert wrapped("- a", 80, "  ") == ["- a"]
