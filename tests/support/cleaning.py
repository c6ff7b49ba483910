"""What each cleaning rule promises."""

from collections.abc import Callable
from typing import Any

from woowup_async.cleaning import Cleaned


def check(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    """A rule gives this value, and says why it changed one."""
    found = rule(value)
    assert found.value == expected
    assert found.changed == (found.value != value)
    assert bool(found.why) == found.changed


def check_again(rule: Callable[[Any], Cleaned], value: Any) -> None:
    """A rule takes any text, and leaves its own result as it is."""
    once = rule(value).value
    assert once is None or not rule(once).changed
