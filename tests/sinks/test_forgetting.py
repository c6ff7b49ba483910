"""Dead letters of some customers, and old ones, are removed. Other lines stay byte for byte."""

import fcntl
import json
import os
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from woowup_async import _platform
from woowup_async.errors import WoowUpError
from woowup_async.sinks._forgetting import Letters, Removed
from woowup_async.sinks.dead_letters import DeadLetters

ANA = ["email:ana@example.com", "document:20123456"]


def letter(raw: object, key: str = "", at: str = "2026-01-01T00:00:00+00:00", **fields: object) -> bytes:
    return json.dumps(
        {"entity": "user", "position": "u:1", "code": "x", "key": key, "at": at, "raw": raw} | fields
    ).encode()


OTHERS = [
    letter({"email": "mariana@example.com", "document": "120123456"}),
    letter({"email": "eva@example.com", "note": "friend of ana@example.com"}),
    letter({"document": 20123457}),
]
HERS = [
    letter({"email": "ANA@example.com"}),
    letter({"document": 20123456, "invoice_number": "F-1"}),
    letter(None, key="document:20123456"),
    letter('{"email": "ana@example.com", "points": '),  # a text that is not JSON
    letter({"rows": [{"Mail": "x"}], "identifiers": {"email": ["ana@example.com"]}}),
    letter({"rows": [{"Correo": "Ana@Example.com"}]}),
    b'{"entity": "user", "raw": {"document": "20123456", "fir',  # cut short
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\n".join([OTHERS[0], *HERS[:3], *OTHERS[1:], *HERS[3:], b""]))
    return path


def test_those_of_one_customer(path: Path) -> None:
    letters = Letters(ANA, None)
    before = path.read_bytes()
    assert letters.forget_in(path, is_trial=True) == Removed(7, 0)
    assert path.read_bytes() == before
    assert letters.forget_in(path, is_trial=False) == Removed(7, 0)
    assert path.read_bytes() == b"\n".join([*OTHERS, b""])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["bad.jsonl"]
    assert letters.forget_in(path, is_trial=False) == Removed()


def test_old_ones(path: Path) -> None:
    lines = [
        letter({"a": 1}, at="2025-12-31T23:00:00+00:00"), letter({"a": 2}), letter({"a": 3}, at=""),
        letter({"a": 4}, at="2025-01-01T00:00:00"), b"not JSON", b"",
    ]  # fmt: skip
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert Letters((), datetime(2026, 1, 1, tzinfo=UTC)).forget_in(path, is_trial=False) == Removed(1, 3)
    assert path.read_bytes() == b"\n".join(lines[1:]) + b"\n"


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    Letters(ANA, None).forget_in(tmp_path / "link", is_trial=False)
    assert (tmp_path / "link").is_symlink()
    assert path.read_bytes() == b"\n".join([*OTHERS, b""])


def test_a_run_that_has_the_file_open(path: Path) -> None:
    before = path.read_bytes()
    with closing(DeadLetters(path)), pytest.raises(WoowUpError, match="a run writes to them"):
        Letters(ANA, None).forget_in(path, is_trial=False)
    assert path.read_bytes() == before


def test_a_run_that_opens_the_file_meanwhile_writes_to_the_new_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines must not go to the file that is replaced."""
    monkeypatch.setattr("woowup_async.sinks._lines._PAUSE", 0.0)
    with path.open("rb") as old:
        fcntl.flock(old, fcntl.LOCK_EX)
        share = _platform.share_open_file

        def replaced_before(descriptor: int) -> bool:
            monkeypatch.setattr(_platform, "share_open_file", share)
            fcntl.flock(old, fcntl.LOCK_UN)
            Letters(ANA, None).forget_in(path, is_trial=False)
            return share(descriptor)

        monkeypatch.setattr(_platform, "share_open_file", replaced_before)
        with closing(DeadLetters(path)) as letters:
            assert os.fstat(letters._lines._file.fileno()).st_ino == path.stat().st_ino


def test_a_full_disk_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WoowUpError, match=r"dead letters .*bad.jsonl: No space left on device"):
        Letters(ANA, None).forget_in(path, is_trial=False)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["bad.jsonl"]


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(WoowUpError, match="No such file"):
        Letters(ANA, None).forget_in(tmp_path / "none", is_trial=True)
