"""Who may read a dashboard."""

import pytest

from woowup_async.cli.dashboard.access import checked_token, is_loopback, is_ours, is_token


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("LOCALHOST", True), ("0.0.0.0", False),
        ("10.0.0.5", False), ("::", False), ("shop.example", False), ("localhost.example", False), ("", False),
    ],
)  # fmt: skip
def test_hosts_that_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("header", "host", "expected"),
    [
        ("127.0.0.1:8600", "127.0.0.1", True), ("localhost", "127.0.0.1", True), ("[::1]:8600", "::1", True),
        ("LocalHost:1", "::1", True), ("evil.example:8600", "127.0.0.1", False), ("", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False), ("10.0.0.5", "127.0.0.1", False), ("[::1", "::1", False),
        ("10.0.0.5:80", "0.0.0.0", True), ("evil.example", "0.0.0.0", False), ("Box.lan:8600", "box.lan", True),
        ("evil@127.0.0.1", "127.0.0.1", True), ("127.0.0.1@evil.example", "127.0.0.1", False),
    ],
)  # fmt: skip
def test_names_that_a_browser_may_use(header: str, host: str, expected: bool) -> None:
    assert is_ours(header, host) is expected


def test_tokens() -> None:
    assert is_token("ab", "ab")
    assert not any(is_token(given, "ab") for given in ("", "a", "abc", "aB", "ñb", "\ud800"))
    assert checked_token("A-z_0.9~" * 2) == "A-z_0.9~" * 2
    for token in ("short", "x" * 15, "x" * 15 + "&", "ñ" * 16):
        with pytest.raises(ValueError, match="--token takes 16 or more"):
            checked_token(token)
