"""Settings from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import woowup
from woowup_async.testing import Simulator


def test_a_file_gives_defaults_and_a_flag_overrides_it(
    simulator: Simulator, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "woowup.toml").write_text(
        f'base-url = "{simulator.url}"\nsegment = {simulator.segment}\n'
        '[backfill]\nusers = ["u.jsonl"]\nstrict = true\npurchases = "p.jsonl"\nmax-requests = 3\n'
    )
    result = woowup("backfill", "--max-requests", 1)
    assert "--max-requests 1 is reached" in result.stderr
    assert simulator.requests == 1
    assert woowup("plan", "--users", "u.jsonl").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[backfil]\nusers = ["u"]', "backfil is not a command; did you mean backfill?"),
        ('[backfill]\nuser = ["u"]', "user is not an option of backfill; did you mean users?"),
        ("segmnt = 3", "segmnt is not an option; did you mean segment?"),
        ('[backfill]\napi_key = "k-123"', "the key comes from WOOWUP_API_KEY, never from a file"),
        ("[backfill", "woowup.toml:"),
        ("[backfill]\nsegment = 'x'", "Invalid value for '--segment'"),
    ],
)
def test_an_unknown_name_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "woowup.toml").write_text(text)
    result = woowup("backfill", "--users", "u.jsonl")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert "k-123" not in result.stderr


def test_a_file_that_is_not_there() -> None:
    assert "cannot read none.toml" in woowup("backfill", "--config", "none.toml").stderr
