"""The folder of a budget is private, and one that another user could have prepared is refused."""

import os
import stat
from pathlib import Path

import pytest

from woowup_async import _platform
from woowup_async.budget._folder import default_folder, is_in_memory, opened
from woowup_async.errors import BudgetUnavailable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


class TestWhere:
    @pytest.fixture(autouse=True)
    def no_variables(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in ("WOOWUP_STATE_DIR", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setattr(_platform, "RUNTIME", tmp_path / "run")

    def test_the_order(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        assert default_folder() == tmp_path / "home/.local/state/woowup/budget"
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        assert default_folder() == tmp_path / "state/woowup/budget"
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert default_folder() == tmp_path / "woowup/budget"
        monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path / "own"))
        assert default_folder() == tmp_path / "own/budget"

    def test_a_job_without_a_login_finds_the_runtime_folder(self, tmp_path: Path) -> None:
        (tmp_path / "run" / str(os.geteuid())).mkdir(parents=True)

        assert default_folder() == tmp_path / "run" / str(os.geteuid()) / "woowup/budget"

    def test_a_runtime_folder_of_another_user_is_left_alone(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)

        assert default_folder() == tmp_path / "home/.local/state/woowup/budget"

    @pytest.mark.parametrize("name", ["XDG_RUNTIME_DIR", "XDG_STATE_HOME"])
    def test_relative_and_missing_folders_are_ignored(
        self, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv(name, ".")

        assert default_folder() == tmp_path / "home/.local/state/woowup/budget"

    def test_without_a_home(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def homeless() -> Path:
            raise RuntimeError

        monkeypatch.setattr(Path, "home", homeless)
        with pytest.raises(BudgetUnavailable, match="set WOOWUP_STATE_DIR"):
            default_folder()


class TestOpened:
    def test_it_is_made_private(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "budget"
        with opened(path) as folder:
            os.close(os.open("file", os.O_CREAT, dir_fd=folder))

        assert mode(path) == 0o700
        assert (path / "file").exists()

    def test_a_folder_that_others_can_read_becomes_private(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        with opened(tmp_path):
            assert mode(tmp_path) == 0o700

    @pytest.mark.parametrize("bits", [0o770, 0o702, 0o1777])
    def test_a_folder_that_others_can_write_to_is_refused(self, bits: int, tmp_path: Path) -> None:
        tmp_path.chmod(bits)
        with pytest.raises(BudgetUnavailable, match="other users can write to it"), opened(tmp_path):
            pass
        assert mode(tmp_path) == bits

    def test_a_folder_of_another_user_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)
        with pytest.raises(BudgetUnavailable, match="belongs to the user"), opened(tmp_path):
            pass

    def test_a_link_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        with pytest.raises(BudgetUnavailable, match="link is unavailable: .+"), opened(tmp_path / "link"):
            pass
        (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
        with pytest.raises(BudgetUnavailable, match="dangling is unavailable"), opened(tmp_path / "dangling"):
            pass
        assert not (tmp_path / "nothing").exists()

    def test_a_file_in_its_place(self, tmp_path: Path) -> None:
        (tmp_path / "budget").touch()
        for path in (tmp_path / "budget", tmp_path / "budget" / "below"):
            with pytest.raises(BudgetUnavailable, match="Not a directory"), opened(path):
                pass

    def test_no_descriptor_is_left(self, tmp_path: Path) -> None:
        before = descriptors()
        tmp_path.chmod(0o777)
        for path in (tmp_path, tmp_path / "fine"):
            try:
                with opened(path):
                    pass
            except BudgetUnavailable:
                pass
        assert descriptors() == before


class TestFileSystem:
    @pytest.fixture
    def mounts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "mountinfo"
        monkeypatch.setattr(_platform, "MOUNT_INFO", path)
        return path

    def test_one_of_other_machines_is_refused(self, mounts: Path, tmp_path: Path) -> None:
        mounts.write_text(f"1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / {os.path.realpath(tmp_path)} rw - nfs4 b rw\n")

        with pytest.raises(BudgetUnavailable, match=r"other machines \(nfs4\).+WOOWUP_STATE_DIR"):
            is_in_memory(tmp_path)

    @pytest.mark.parametrize(("kind", "expected"), [("tmpfs", True), ("ext4", False), ("overlay", False)])
    def test_one_in_memory_is_known(self, kind: str, expected: bool, mounts: Path, tmp_path: Path) -> None:
        mounts.write_text(f"1 1 0:1 / / rw - {kind} a rw\n")

        assert is_in_memory(tmp_path) is expected

    def test_a_link_to_it_is_followed(self, mounts: Path, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        mounts.write_text(
            f"1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / {os.path.realpath(tmp_path / 'real')} rw - cifs b rw\n"
        )

        with pytest.raises(BudgetUnavailable, match="cifs"):
            is_in_memory(tmp_path / "link" / "budget")

    def test_without_a_list_of_mounts_it_is_taken_as_local(self, mounts: Path, tmp_path: Path) -> None:
        assert is_in_memory(tmp_path) is False
