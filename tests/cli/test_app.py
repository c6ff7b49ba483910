"""The help and the version of the command."""

from __future__ import annotations

import pytest

from tests.support.commands import woowup


@pytest.mark.parametrize(
    "command", ["", "demo", "simulate", "backfill", "plan", "verify", "doctor", "status", "dashboard", "dead-letters"]
)
def test_help_fits_a_screen(command: str) -> None:
    lines = woowup(*command.split(), "--help").output.splitlines()
    assert len(lines) <= {"backfill": 42, "plan": 27}.get(command, 24)
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("...") for line in lines[1:])
    assert command in ("", "demo") or "Example:" in "".join(lines)


def test_version() -> None:
    assert woowup("--version").output.startswith("woowup_async 0.")
