"""Locks, modes, signals, addresses and encodings, also as Windows and macOS have them.

The systems are imitated: a fake `msvcrt` with one locked byte for each file, no `fcntl`, no `os.geteuid`, event loops
without signal handlers.
"""

import ast
import asyncio
import ctypes
import errno
import os
import re
import signal
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.journals import item
from woowup_async import _platform
from woowup_async._flow import Entity, Settled
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.lock import is_locked
from woowup_async._journal.reader import JournalReader
from woowup_async.budget import HostStore
from woowup_async.budget._folder import default_folder
from woowup_async.cli.signals import received
from woowup_async.errors import BudgetUnavailable, JournalError
from woowup_async.outcomes import Rejected
from woowup_async.sinks._forgetting import Letters
from woowup_async.sinks.dead_letters import DeadLetters

PACKAGE = Path(__file__).parent.parent / "woowup_async"


class FakeMsvcrt:
    """Locks the byte at the position of a descriptor, for one descriptor, until that descriptor is closed.

    A locked byte can neither be read nor written through another descriptor.
    """

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.locked: dict[tuple[int, int], int] = {}  # the place of a file, and the descriptor that has it

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        assert (mode, count) == (self.LK_NBLCK, 1)
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0
        assert os.fstat(descriptor).st_size, "there is no byte to lock"
        self.refuse_others(descriptor)
        self.locked[self._place(descriptor)] = descriptor

    def refuse_others(self, descriptor: int) -> None:
        if self.locked.get(self._place(descriptor), descriptor) != descriptor:
            raise PermissionError(errno.EACCES, "Permission denied")

    def close(self, descriptor: int) -> None:
        self.locked = {place: owner for place, owner in self.locked.items() if owner != descriptor}

    @staticmethod
    def _place(descriptor: int) -> tuple[int, int]:
        status = os.fstat(descriptor)
        return status.st_dev, status.st_ino


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> FakeMsvcrt:
    """Make the package think that it runs on Windows."""
    fake, read, close = FakeMsvcrt(), os.read, os.close

    def read_unless_locked(descriptor: int, size: int) -> bytes:
        fake.refuse_others(descriptor)
        return read(descriptor, size)

    def close_and_unlock(descriptor: int) -> None:
        close(descriptor)
        fake.close(descriptor)

    def refuse(*arguments: object) -> None:
        raise AssertionError("Windows does not have this")

    def files_only(descriptor: int) -> None:
        assert stat.S_ISREG(os.fstat(descriptor).st_mode), "Windows does not open folders"

    monkeypatch.setattr(_platform, "system", lambda: "win32")
    monkeypatch.setattr(_platform, "_fcntl", None)
    monkeypatch.setattr(_platform, "_msvcrt", fake)
    monkeypatch.setattr(os, "read", read_unless_locked)
    monkeypatch.setattr(os, "close", close_and_unlock)
    monkeypatch.delattr(os, "geteuid")
    monkeypatch.setattr(os, "chmod", refuse)
    monkeypatch.setattr(os, "fsync", files_only)
    return fake


@pytest.fixture
def macos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package think that it runs on macOS."""
    monkeypatch.setattr(_platform, "system", lambda: "darwin")


@pytest.mark.usefixtures("windows")
class TestOnWindows:
    def test_a_journal_has_one_writer_and_readers_see_it(self, tmp_path: Path, windows: FakeMsvcrt) -> None:
        path = tmp_path / "j"
        with closing(SqliteLedger(path)):
            assert is_locked(path)
            other = os.open(tmp_path / "j.lock", os.O_RDWR)  # as another process does
            assert not _platform.try_lock(other)
            assert not _platform.try_lock(other, shared=True)
            _platform.unlock_shared(other)
            os.close(other)
            with pytest.raises(JournalError, match="this process already writes to it"):
                SqliteLedger(path)
        assert not is_locked(path)
        assert windows.locked == {}

    def test_a_run_of_another_process_is_noticed(self, tmp_path: Path) -> None:
        SqliteLedger(tmp_path / "j").close()
        theirs = os.open(tmp_path / "j.lock", os.O_RDWR)
        assert _platform.try_lock(theirs)
        assert is_locked(tmp_path / "j")
        with pytest.raises(JournalError, match="another process writes to it; one run at a time"):
            SqliteLedger(tmp_path / "j")
        os.close(theirs)

    def test_only_the_lock_file_is_locked(self, tmp_path: Path, windows: FakeMsvcrt) -> None:
        with closing(SqliteLedger(tmp_path / "j")):
            assert len(windows.locked) == 1
            with closing(JournalReader(tmp_path / "j")) as reader:  # SQLite can still read the journal
                assert reader.status().is_running

    def test_dead_letters_are_closed_before_an_empty_file_is_removed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        letters, unlink = DeadLetters(tmp_path / "bad.jsonl"), Path.unlink

        def refuse_open_files(path: Path) -> None:
            if not letters._lines._file.closed:
                raise PermissionError(errno.EACCES, "The process cannot access the file")
            unlink(path)

        monkeypatch.setattr(Path, "unlink", refuse_open_files)
        letters.close()
        assert list(tmp_path.iterdir()) == []

    def test_dead_letters_are_closed_before_they_are_replaced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "bad.jsonl").write_text('{"raw": {"document": "20123456"}}\n{}\n')
        replace = Path.replace

        def refuse_open_files(path: Path, target: Path) -> Path:
            assert str(target) not in {os.path.realpath(each) for each in Path("/dev/fd").iterdir()}
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", refuse_open_files)
        letters = Letters(["document:20123456"], None)
        assert letters.forget_in(tmp_path / "bad.jsonl", is_trial=False).letters == 1
        assert (tmp_path / "bad.jsonl").read_text() == "{}\n"

    def test_dead_letters_are_written(self, tmp_path: Path) -> None:
        one = item("1")
        with closing(DeadLetters(tmp_path / "bad.jsonl")) as letters:
            letters.write(Settled(Entity.PURCHASE, one.record, "1", Rejected("client", "invalid", ())))
        assert (tmp_path / "bad.jsonl").read_bytes().count(b"\n") == 1

    def test_files_are_binary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        opened, asked = os.open, list[int]()

        def noted(path: Any, flags: int, mode: int) -> int:
            asked.append(flags)
            return opened(path, flags & ~0x8000, mode)

        with monkeypatch.context() as patch:
            patch.setattr(os, "O_BINARY", 0x8000, raising=False)
            patch.setattr(os, "open", noted)
            descriptor = _platform.open_private(tmp_path / "f", os.O_RDWR | os.O_CREAT)
        os.close(descriptor)
        assert asked == [os.O_RDWR | os.O_CREAT | 0x8000]

    async def test_a_budget_of_the_machine_says_what_it_needs(self, tmp_path: Path) -> None:
        with pytest.raises(BudgetUnavailable, match="it needs Linux or macOS"):
            await HostStore(tmp_path).read("a" * 32)

    def test_it_has_no_runtime_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("WOOWUP_STATE_DIR", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        assert _platform.user() is None
        assert _platform.runtime_folder() is None
        assert default_folder() == tmp_path / ".local/state/woowup/budget"

    def test_ctrl_break_stops_a_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        names = {"SIGBREAK": signal.SIGTERM}  # Linux has no signal of this name
        monkeypatch.setattr(_platform, "signal", SimpleNamespace(SIGINT=signal.SIGINT, Signals=names))
        assert _platform.stopping_signals() == (signal.SIGINT, signal.SIGTERM)

    def test_its_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_platform, "time", SimpleNamespace(monotonic=lambda: 7.0))
        assert _platform.seconds_since_boot() == 7.0

    def test_nothing_forks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(os, "register_at_fork")
        _platform.after_fork_in_child(lambda: None)


@pytest.mark.usefixtures("macos")
class TestOnMacos:
    def test_only_the_lock_file_is_locked(self, tmp_path: Path) -> None:
        """There `flock` on the journal would block SQLite's own locks."""
        with closing(SqliteLedger(tmp_path / "j")):
            journal = os.open(tmp_path / "j", os.O_RDONLY)
            assert _platform.try_lock(journal)
            os.close(journal)
            assert is_locked(tmp_path / "j")

    def test_the_boot_comes_from_sysctl(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def sysctlbyname(name: bytes, text: Any, size: Any, new: None, length: Any) -> int:
            assert (name, length.value) == (b"kern.bootsessionuuid", 0)
            text.value = b"ABCD-1"
            return 0

        monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(sysctlbyname=sysctlbyname))
        assert _platform.boot_id() == "ABCD-1"

    def test_a_system_without_a_boot_id(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
        assert _platform.boot_id() == ""

    def test_its_clock(self) -> None:
        assert _platform.seconds_since_boot() == pytest.approx(time.clock_gettime(time.CLOCK_MONOTONIC), abs=5)

    def test_it_has_no_list_of_mounts(self, tmp_path: Path) -> None:
        assert _platform.kernel_list(tmp_path / "none") is None


class TestLocks:
    def test_a_refused_descriptor_is_not_a_taken_lock(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only on Windows does a refusal say that another process has the lock."""

        def refuse(descriptor: int, how: int) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(_platform._fcntl, "flock", refuse)
        with (tmp_path / "f").open("w") as file, pytest.raises(PermissionError):
            _platform.try_lock(file.fileno())


class TestFiles:
    def test_a_private_file(self, tmp_path: Path) -> None:
        os.close(_platform.open_private(tmp_path / "f", os.O_WRONLY | os.O_CREAT))
        assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            (PurePosixPath("/data/a b.journal"), "file:///data/a%20b.journal?mode=ro"),
            (PurePosixPath("/data/100%?#.journal"), "file:///data/100%25%3F%23.journal?mode=ro"),
            (PureWindowsPath("C:\\data\\a#1.journal"), "file:///C:/data/a%231.journal?mode=ro"),
            (PureWindowsPath("\\\\host\\share\\j"), "file:////host/share/j?mode=ro"),
        ],
    )
    def test_addresses(self, path: PurePosixPath | PureWindowsPath, expected: str) -> None:
        assert _platform.read_only_address(path) == expected

    @pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", "a&mode=rwc", "con.journal", "ñ 日:1"])
    def test_a_name_with_reserved_characters(self, name: str, tmp_path: Path) -> None:
        sqlite3.connect(tmp_path / name).executescript(
            "CREATE TABLE t (a); INSERT INTO t VALUES (1)"
        ).connection.close()
        with closing(sqlite3.connect(_platform.read_only_address(tmp_path / name), uri=True)) as database:
            assert database.execute("SELECT a FROM t").fetchall() == [(1,)]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                database.execute("INSERT INTO t VALUES (2)")


class TestSignals:
    async def test_an_event_loop_without_handlers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was handled before is handled again afterwards, also if one of the signals cannot be handled."""

        def refuse(*arguments: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuse, raising=False)
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(OSError, match="Invalid argument"):
            async with received(signal.SIGTERM, signal.SIGKILL):
                pass
        assert signal.getsignal(signal.SIGTERM) is before


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "shown"),
        [("cp1252", "ñ…?->"), ("cp850", "ñ...?->"), ("utf-8", "ñ…日→"), (None, "ñ…日→"), ("cp65001-like", "?...?->")],
    )
    def test_a_text_that_a_console_can_write(self, encoding: str | None, shown: str) -> None:
        assert _platform.shown_in(encoding, "ñ…日→") == shown

    def test_only_texts_are_made_plainer(self) -> None:
        with pytest.raises(UnicodeDecodeError):
            b"\xff".decode("utf-8", _platform.PLAINER)

    @pytest.mark.parametrize(
        ("encoding", "expected"),
        [("UTF-8", True), ("utf8", True), ("utf-8-sig", True), ("cp1252", False), (None, False)],
    )
    def test_names_of_utf_8(self, encoding: str | None, expected: bool) -> None:
        assert _platform.is_utf8(encoding) is expected


def dotted(node: ast.Attribute) -> str:
    """Return `os.name` of such an expression, or only `.name` of another one."""
    return f"{getattr(node.value, 'id', getattr(node.value, 'attr', ''))}.{node.attr}"


def only_one_system_has(path: Path) -> Iterator[str]:
    """Yield what a module uses that only some systems have."""
    names = r"\b(os\.(name|geteuid|getuid|register_at_fork|O_BINARY)|sys\.platform|(fcntl|msvcrt)\.\w+"
    names += r"|signal\.signal|\w+\.add_signal_handler)$"
    files = re.compile("/(proc|run|dev)/")
    text = path.read_text(encoding="utf-8")
    if not re.search(rf"{names[:-1]}\b|{files.pattern}|\b(fcntl|msvcrt|platform)\b", text):  # to parse fewer
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & {"fcntl", "msvcrt", "platform"}
        elif isinstance(node, ast.Attribute) and (found := re.search(names, dotted(node))):
            yield found[0]
        elif isinstance(node, ast.Constant) and files.match(str(node.value)):
            yield str(node.value)


def test_no_other_module_asks_for_the_system() -> None:
    found = {path.name: list(only_one_system_has(path)) for path in PACKAGE.rglob("*.py")}
    assert found.pop("_platform.py")
    assert {name: uses for name, uses in found.items() if uses} == {}
