"""Checks for all cleaning rules."""

from collections.abc import Callable
from typing import Any

from woowup_async.cleaning import Cleaned


def check(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    """Check that a rule returns this value, with a reason if it changed."""
    found = rule(value)
    assert found.value == expected
    assert found.changed == (found.value != value)
    assert bool(found.why) == found.changed


def check_again(rule: Callable[[Any], Cleaned], value: Any) -> None:
    """Check that a rule does not change its own result."""
    once = rule(value).value
    assert once is None or not rule(once).changed
