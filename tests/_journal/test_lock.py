"""A journal has one writer, under any name and after any events, and readers never make a run fail."""

import fcntl
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.journals import opened
from woowup_async._journal import lock
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.lock import Lock, is_locked
from woowup_async._journal.reader import JournalReader
from woowup_async.errors import JournalError

OPEN = """
import sys
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.errors import JournalError
for path in sys.argv[1:]:
    try:
        SqliteLedger(path).close()
        print("opened")
    except JournalError as error:
        print(error)
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere flock and SQLite's locks shut each other out")


def elsewhere(*paths: Path) -> list[str]:
    """Open journals in another process. Return the result for each."""
    result = subprocess.run([sys.executable, "-c", OPEN, *map(str, paths)], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


@pytest.mark.slow
def test_a_refused_second_open_does_not_drop_the_lock(tmp_path: Path) -> None:
    with opened(tmp_path / "j"):
        for _ in range(2):
            with pytest.raises(JournalError, match="this process already writes to it; one run at a time"):
                SqliteLedger(tmp_path / "j")
        assert "another process writes to it; one run at a time" in elsewhere(tmp_path / "j")[0]
    assert elsewhere(tmp_path / "j") == ["opened"]


@pytest.mark.slow
def test_reading_in_the_same_process_does_not_drop_the_lock(tmp_path: Path) -> None:
    with opened(tmp_path / "j"):
        with closing(JournalReader(tmp_path / "j")) as reader:
            assert reader.status().is_running
        assert "another process writes to it" in elsewhere(tmp_path / "j")[0]
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert not reader.status().is_running


@pytest.mark.slow
@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_other_names_of_one_file_are_one_journal(tmp_path: Path, link: object) -> None:
    path, other = tmp_path / "j", tmp_path / "elsewhere" / "other"
    other.parent.mkdir()
    with opened(path):
        link(other, path)  # type: ignore[operator]
        with pytest.raises(JournalError, match="this process already writes to it"):
            SqliteLedger(other)
        assert is_locked(other)
        if sys.platform == "linux" or link is Path.symlink_to:
            assert "another process writes to it" in elsewhere(other)[0]
    with closing(JournalReader(other)) as reader:
        assert not reader.status().is_running


@pytest.mark.slow
@on_linux
def test_a_journal_that_is_renamed_during_its_run_has_one_writer(tmp_path: Path) -> None:
    with opened(tmp_path / "j"):
        (tmp_path / "j").rename(tmp_path / "renamed")
        assert "another process writes to it" in elsewhere(tmp_path / "renamed")[0]
        with pytest.raises(JournalError, match="this process already writes to it"):
            SqliteLedger(tmp_path / "j")  # a new file would use the write-ahead log of the run
        (tmp_path / "renamed").rename(tmp_path / "j")


def test_a_file_with_two_names_is_not_written(tmp_path: Path) -> None:
    SqliteLedger(tmp_path / "j").close()
    (tmp_path / "other").hardlink_to(tmp_path / "j")
    for name in ("j", "other"):  # the newest data would be beside only one of them
        with pytest.raises(JournalError, match=r"has 2 names \(hard links\).*keep one name"):
            SqliteLedger(tmp_path / name)
    (tmp_path / "other").unlink()
    SqliteLedger(tmp_path / "j").close()


def test_a_reader_at_the_same_moment_does_not_make_a_run_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteLedger(tmp_path / "j").close()
    looking = os.open(tmp_path / "j.lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    pauses = list[float]()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            fcntl.flock(looking, fcntl.LOCK_UN)

    monkeypatch.setattr(time, "sleep", sleep)
    SqliteLedger(tmp_path / "j").close()
    os.close(looking)
    assert len(pauses) == 3


def test_a_second_run_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteLedger(tmp_path / "j").close()
    writing = os.open(tmp_path / "j.lock", os.O_RDWR)
    fcntl.flock(writing, fcntl.LOCK_EX)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waits for a run"))
    with pytest.raises(JournalError, match="another process writes to it"):
        SqliteLedger(tmp_path / "j")
    assert is_locked(tmp_path / "j")
    os.close(writing)
    assert not is_locked(tmp_path / "j")


def test_a_refused_lock_leaves_no_files_open(tmp_path: Path) -> None:
    before = set(Path("/dev/fd").iterdir())
    for _ in range(3):
        with pytest.raises(JournalError, match="No such file"):
            Lock(tmp_path / "none" / "j")
        with pytest.raises(JournalError, match="Is a directory"):
            Lock(tmp_path)
    assert not lock._held
    assert not set(Path("/dev/fd").iterdir()) - before


def test_the_error_names_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(descriptor: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with pytest.raises(JournalError, match="this file system has no locks .* keep a journal on a local disk"):
        SqliteLedger(tmp_path / "j")


def test_a_forked_child_does_not_affect_the_lock(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        descriptors = list(ledger._lock._descriptors)
        child = os.fork()
        if not child:
            os._exit(bool(lock._held) or any(Path(f"/dev/fd/{number}").exists() for number in descriptors))
        assert os.waitpid(child, 0)[1] == 0
        probe = os.open(tmp_path / "j.lock", os.O_RDONLY)  # the parent still has the lock
        with pytest.raises(BlockingIOError):
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.close(probe)


@pytest.mark.slow
def test_a_child_that_outlives_a_killed_run_does_not_keep_its_lock(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from woowup_async._journal.ledger import SqliteLedger
ledger = SqliteLedger(sys.argv[1])
here, there = os.pipe()
if os.fork():
    os.read(here, 1)
    os.kill(os.getpid(), signal.SIGKILL)
os.write(there, b"x")
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", script, tmp_path / "j"], stdin=subprocess.PIPE) as run:
        assert run.wait() == -9
        SqliteLedger(tmp_path / "j").close()
    # now its standard input is closed, which ends the child


def test_a_forked_child_closes_inherited_descriptors(tmp_path: Path) -> None:
    """Call the function of the child here. Afterwards the file can be locked again."""
    with closing(SqliteLedger(tmp_path / "j")):
        assert is_locked(tmp_path / "j")
        lock._forget()
        assert not is_locked(tmp_path / "j")


def test_the_lock_file_is_enough_without_a_lock_on_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with closing(SqliteLedger(tmp_path / "j")), pytest.raises(JournalError, match="one run at a time"):
        SqliteLedger(tmp_path / "j")
