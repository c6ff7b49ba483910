"""Space on the disk, and a journal that a backfill can use or not."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from woowup_async._journal.ledger import SqliteLedger
from woowup_async._transport.credentials import ApiKey
from woowup_async.cli.checks import machine
from woowup_async.cli.checks.finding import Finding

MINE = ApiKey("mine").mark


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "j"


def checked(path: Path) -> list[Finding]:
    return list(machine.journal(path, MINE, path.with_name("no mounts")))


class TestDisk:
    @pytest.mark.parametrize(
        ("free", "verdict"), [(2 * 10**9, "ok"), (2 * 10**9 - 1, "look"), (50 * 10**6, "look"), (10**6, "bad")]
    )
    def test_space(self, free: int, verdict: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
        found = [*machine.disk(path)]
        assert {finding.verdict for finding in found} == {verdict}
        assert str(path.parent) in found[0].text
        assert bool(found[0].advice) == (verdict != "ok")

    def test_the_folders_are_those_of_the_journal_and_of_temporary_files(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "gettempdir", lambda: str(path.parent))
        assert len([*machine.disk(path)]) == 1
        monkeypatch.chdir("/")
        assert len([*machine.disk(None)]) == 2

    def test_a_folder_that_cannot_be_written_to(self, path: Path) -> None:
        found = next(machine.disk(path / "none" / "j"))
        assert found.verdict == "bad"
        assert "cannot write to" in found.text
        assert "No such file" in found.text

    def test_a_folder_of_another_user(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(dir: Path) -> None:  # noqa: A002 - the name of the library's parameter
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        found = next(machine.disk(path))
        assert (found.verdict, found.text) == ("bad", f"cannot write to {path.parent}: Permission denied")


class TestJournal:
    def test_one_that_does_not_exist_is_not_created(self, path: Path) -> None:
        (found,) = checked(path)
        assert found.verdict == "ok"
        assert "does not exist yet" in found.text
        assert [*path.parent.iterdir()] == []

    @pytest.mark.parametrize(("ends", "said"), [(False, "continues it"), (True, "no run is unfinished")])
    def test_a_sound_one(self, ends: bool, said: str, path: Path) -> None:
        with closing(SqliteLedger(path, MINE)) as ledger:
            ledger.begin([])
            if ends:
                ledger.finish()
        before = path.read_bytes()
        (found,) = checked(path)
        assert (found.verdict, path.read_bytes()) == ("ok", before)
        assert said in found.text
        assert "0 records" in found.text

    def test_one_that_is_being_written(self, path: Path) -> None:
        with closing(SqliteLedger(path, MINE)):
            (found,) = checked(path)
        assert found.verdict == "look"
        assert "a run writes to" in found.text

    def test_one_of_another_key(self, path: Path) -> None:
        SqliteLedger(path, ApiKey("another").mark).close()
        (found,) = checked(path)
        assert found.verdict == "bad"
        assert "another API key" in found.text
        assert "--new-key" in found.advice

    def test_a_file_that_is_not_a_journal(self, path: Path) -> None:
        path.write_text("x" * 5_000)
        (found,) = checked(path)
        assert found.verdict == "bad"
        assert "is not a journal" in found.text

    def test_a_damaged_page(self, path: Path) -> None:
        """The state of a journal is read from other pages."""
        SqliteLedger(path, MINE).close()
        with closing(sqlite3.connect(path)) as database:
            root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'people'").fetchone()[0]
            size = database.execute("PRAGMA page_size").fetchone()[0]
        pages = bytearray(path.read_bytes())
        pages[(root - 1) * size : (root - 1) * size + 100] = b"\xff" * 100
        path.write_bytes(pages)
        (found,) = checked(path)
        assert found.verdict == "bad"
        assert "damaged" in found.text

    def test_damaged_rows(self, path: Path) -> None:
        SqliteLedger(path, MINE).close()
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("INSERT INTO damaged VALUES (1.0, 'records', 'x')")
        (found,) = checked(path)
        assert found.verdict == "look"
        assert "1 rows" in found.text

    @pytest.mark.posix
    def test_a_network_disk(self, path: Path, tmp_path: Path) -> None:
        mounts = tmp_path / "mounts"
        mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
        found = [*machine.journal(path, MINE, mounts)]
        assert [each.verdict for each in found] == ["look", "ok"]
        assert "network disk (nfs4)" in found[0].text


def lines(*points: tuple[str, str]) -> Iterator[str]:
    for point, kind in points:
        yield f"device {point} {kind} rw,relatime 0 0\n"


@pytest.mark.parametrize(
    ("points", "kind"),
    [
        ([("/", "ext4")], "ext4"),
        ([("/", "ext4"), ("{here}", "nfs")], "nfs"),
        ([("{here}", "nfs"), ("/", "ext4")], "nfs"),
        ([("/", "ext4"), ("{here}", "nfs"), ("{here}", "tmpfs")], "tmpfs"),  # mounted over the other
        ([("/", "ext4"), ("{here}x", "nfs"), ("{parent}/a", "nfs")], "ext4"),
        ([], ""),
    ],
)
def test_the_nearest_mount_counts(points: list[tuple[str, str]], kind: str, tmp_path: Path) -> None:
    here, mounts = tmp_path / "a b", tmp_path / "mounts"
    here.mkdir()
    named = str(here.resolve()).replace(" ", "\\040")
    mounts.write_text(
        "".join(
            lines(
                *(
                    (point.replace("{here}", named).replace("{parent}", str(here.resolve().parent)), each)
                    for point, each in points
                )
            )
        )
    )
    assert machine.file_system(here / "j", mounts) == kind


def test_a_system_that_does_not_say(tmp_path: Path) -> None:
    assert machine.file_system(tmp_path, tmp_path / "none") == ""
