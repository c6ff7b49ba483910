"""How long a refusal pauses an account, and what is said about it."""

import pytest

from woowup_async._limiting.cooldown import Cooldown

LONG = {"retry-after": "40"}


def logged(caplog: pytest.LogCaptureFixture) -> int:
    return sum("rate limit: the account pauses" in message for message in caplog.messages)


def test_a_pause_lasts_as_long_as_the_server_says_or_a_segment() -> None:
    cooldown = Cooldown(30.0, lambda: 0.5)
    assert cooldown.refused(100.0, {"retry-after": "7"}) == 107.5
    assert cooldown.refused(101.0, {}) == 131.5
    assert cooldown.until == 131.5
    assert Cooldown(3.0, lambda: 0.5).refused(0.0, {}) == 3.05


def test_refusals_of_one_pause_count_once() -> None:
    cooldown = Cooldown(30.0, lambda: 0.0)
    for now in (100.0, 105.0, 134.9, 164.9, 194.8):
        cooldown.refused(now, {})
    assert cooldown.count == 2  # the fourth came when the pause of the third had ended


def test_a_long_pause_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    cooldown = Cooldown(30.0, lambda: 0.0)
    cooldown.refused(0.0, {"retry-after": "30"})
    assert logged(caplog) == 0
    cooldown.refused(1.0, LONG)
    cooldown.refused(2.0, LONG)
    assert logged(caplog) == 1
    cooldown.refused(50.0, LONG)
    assert logged(caplog) == 2


def test_a_pause_has_a_beginning_also_if_another_worker_began_it() -> None:
    cooldown = Cooldown(30.0, lambda: 0.0)
    until = cooldown.refused(100.0, {})
    assert cooldown.since(110.0, until) == 100.0
    assert cooldown.since(until, until) is None
    assert cooldown.since(200.0, 230.0) == 200.0  # seen only now
    assert cooldown.since(210.0, 235.0) == 200.0
    assert cooldown.since(240.0, 260.0) == 240.0
    assert cooldown.count == 1
