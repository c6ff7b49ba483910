"""Patience for busy machines: no test of a store fails because a server took a second."""

import pytest


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redis.TIMEOUT", "postgres.TIMEOUT", "host._PATIENCE"):
        monkeypatch.setattr(f"woowup_async.budget.{name}", 20.0)
