"""The id of the machine's boot. `test_host` compares it, and the clock, with those of another process."""

import sys
from pathlib import Path

import pytest

from woowup_async import _platform
from woowup_async.budget import _boot
from woowup_async.errors import BudgetUnavailable


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_system_that_does_not_say_its_boot(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "boot_id"
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(_platform, "BOOT_ID", path)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(BudgetUnavailable, match="does not tell its boots apart"):
        _boot.boot_id.__wrapped__()
