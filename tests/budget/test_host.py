"""The store of one machine: real files, real processes, and everything that can be wrong with a folder."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from woowup_async.budget import MAX_BLOB_BYTES, HostStore, _boot, _folder, host
from woowup_async.budget._blob_file import packed
from woowup_async.errors import BudgetUnavailable
from woowup_async.testing.contract import check_budget_store

ACCOUNT = "0" * 32


@pytest.fixture(params=["in memory", "on a disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HostStore:
    monkeypatch.setattr(_folder, "is_in_memory", lambda path: request.param == "in memory")
    return HostStore(tmp_path / "budget")


@pytest.fixture(scope="module", params=[(40, 8), pytest.param((300, 60), marks=pytest.mark.long)])
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what three processes with 40 swaps each, and eight that were killed, did; in the long tests more."""
    folder, (swaps, kills) = tmp_path_factory.mktemp("swapping"), request.param
    command = [sys.executable, "-m", "tests.support.swapping", str(folder), str(swaps), str(kills)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=25).stdout
    return json.loads(shown)  # type: ignore[no-any-return]


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


class TestContract:
    async def test_it_keeps_the_contract(self, store: HostStore, tmp_path: Path) -> None:
        await check_budget_store(lambda: HostStore(tmp_path / "budget"))

    async def test_all_is_private(self, store: HostStore, tmp_path: Path) -> None:
        old = os.umask(0)
        try:
            assert await store.swap(ACCOUNT, 0, b"blob")
        finally:
            os.umask(old)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "budget").iterdir()}
        assert modes == {ACCOUNT: 0o600, f"{ACCOUNT}.lock": 0o600}
        assert stat.S_IMODE((tmp_path / "budget").stat().st_mode) == 0o700

    async def test_it_needs_no_context_and_leaves_nothing_open(self, store: HostStore) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        before = descriptors()
        for _ in range(20):
            version = (await store.read(ACCOUNT)).version
            assert await store.swap(ACCOUNT, version, b"blob")
        assert descriptors() == before

    async def test_names_and_sizes_are_checked(self, store: HostStore) -> None:
        with pytest.raises(ValueError, match="letters and digits"):
            await store.read("../x")
        with pytest.raises(ValueError, match="letters and digits"):
            await store.swap("../x", 0, b"")
        with pytest.raises(ValueError, match="at most"):
            await store.swap(ACCOUNT, 0, bytes(MAX_BLOB_BYTES + 1))

    async def test_where_it_is_by_default(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path))
        store = HostStore()
        assert await store.swap(ACCOUNT, 0, b"blob")

        assert (tmp_path / "budget" / ACCOUNT).is_file()
        assert repr(store) == "HostStore('')"
        assert repr(HostStore("/x")) == "HostStore('/x')"

    async def test_a_folder_that_goes_with_a_login_is_left_by_all(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("WOOWUP_STATE_DIR", raising=False)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        (tmp_path / "run").mkdir()
        store = HostStore()
        assert await store.swap(ACCOUNT, 0, b"before")
        assert (tmp_path / "run/woowup/budget" / ACCOUNT).is_file()
        shutil.rmtree(tmp_path / "run")
        assert (await store.read(ACCOUNT)).version == 0
        assert await store.swap(ACCOUNT, 0, b"after")
        assert (tmp_path / "state/woowup/budget" / ACCOUNT).is_file()


class TestOtherProcesses:
    def test_they_have_the_same_clock_and_boot(self, ran: dict[str, Any]) -> None:
        assert ran["boot"] == _boot.boot_id()
        assert 0 < _boot.now() - ran["now"] < 60

    def test_no_swap_is_lost(self, ran: dict[str, Any]) -> None:
        assert len(ran["counts"]) in (3 * 40, 3 * 300)
        assert sorted(ran["counts"]) == list(range(1, len(ran["counts"]) + 1))

    def test_each_can_be_killed_at_any_moment(self, ran: dict[str, Any]) -> None:
        before = 0
        for printed, count, is_whole in ran["killed"]:
            assert is_whole
            assert printed == list(range(before + 1, before + 1 + len(printed)))
            # a swap may be stored and not printed
            assert count in (before + len(printed), before + len(printed) + 1)
            before = count
        assert before >= len(ran["killed"])

    async def test_a_lock_that_is_never_released(
        self, store: HostStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        version = (await store.read(ACCOUNT)).version
        monkeypatch.setattr(host, "_PATIENCE", 0.02)
        with (tmp_path / "budget" / f"{ACCOUNT}.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(BudgetUnavailable, match="a process keeps its lock"):
                await store.swap(ACCOUNT, version, b"late")
            # an older version has lost in any case
            assert not await store.swap(ACCOUNT, version - 1, b"late")
            assert (await store.read(ACCOUNT)).blob == b"blob"
        assert await store.swap(ACCOUNT, version, b"more")

    async def test_a_lock_held_for_a_moment_is_waited_for(self, store: HostStore, tmp_path: Path) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        version, won = (await store.read(ACCOUNT)).version, []

        async def swap() -> None:
            won.append(await store.swap(ACCOUNT, version, b"more"))

        with (tmp_path / "budget" / f"{ACCOUNT}.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            async with anyio.create_task_group() as group:
                group.start_soon(swap)
                for _ in range(5):
                    await anyio.lowlevel.checkpoint()
                assert not won
                fcntl.flock(lock, fcntl.LOCK_UN)
        assert won == [True]


class TestContent:
    async def test_a_file_of_another_boot_is_absent(self, store: HostStore, monkeypatch: pytest.MonkeyPatch) -> None:
        await store.swap(ACCOUNT, 0, b"before")
        old = (await store.read(ACCOUNT)).version
        monkeypatch.setattr(_boot, "boot_id", lambda: "another")
        found = await store.read(ACCOUNT)

        assert (found.version, found.blob) == (0, None)
        assert not await store.swap(ACCOUNT, old, b"late")
        assert await store.swap(ACCOUNT, 0, b"after")
        assert (await store.read(ACCOUNT)).version > old

    @pytest.mark.parametrize(
        "content", [b"", b"x", b"\0" * 4096, packed("b", 1, b"c")[:-1], b"x" * (MAX_BLOB_BYTES + 99)]
    )
    async def test_a_damaged_file_is_absent_and_said_once(
        self, content: bytes, store: HostStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        await store.swap(ACCOUNT, 0, b"before")
        old = (await store.read(ACCOUNT)).version
        (tmp_path / "budget" / ACCOUNT).write_bytes(content)
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                found = await store.read(ACCOUNT)
                assert (found.version, found.blob) == (0, None)
            assert await store.swap(ACCOUNT, 0, b"after")

        assert (await store.read(ACCOUNT)).version > old
        assert [record.getMessage() for record in caplog.records] == [
            f"the budget in {tmp_path}/budget/{ACCOUNT} is damaged and begins anew"
        ]

    async def test_what_a_killed_process_left_is_no_obstacle(self, store: HostStore, tmp_path: Path) -> None:
        await store.swap(ACCOUNT, 0, b"before")
        version = (await store.read(ACCOUNT)).version
        (tmp_path / "budget" / f"{ACCOUNT}.new").write_bytes(b"half a file that is longer than the next one" * 99)

        assert await store.swap(ACCOUNT, version, b"after")
        assert (await store.read(ACCOUNT)).blob == b"after"

    async def test_a_folder_that_was_removed_is_made_again(self, store: HostStore, tmp_path: Path) -> None:
        await store.swap(ACCOUNT, 0, b"before")
        for path in (tmp_path / "budget").iterdir():
            path.unlink()
        (tmp_path / "budget").rmdir()

        assert (await store.read(ACCOUNT)).version == 0
        assert await store.swap(ACCOUNT, 0, b"after")


class TestFailures:
    async def test_a_full_disk(self, store: HostStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        await store.swap(ACCOUNT, 0, b"before")
        version = (await store.read(ACCOUNT)).version
        whole = os.write

        def full(descriptor: int, content: Any) -> int:
            if len(content) < 500:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return whole(descriptor, content[:100])

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(BudgetUnavailable, match="No space left on device"):
            await store.swap(ACCOUNT, version, bytes(2_000))
        monkeypatch.undo()

        assert (await store.read(ACCOUNT)).blob == b"before"
        assert sorted(path.name for path in (tmp_path / "budget").iterdir()) == [ACCOUNT, f"{ACCOUNT}.lock"]
        assert await store.swap(ACCOUNT, version, b"after")

    async def test_a_write_in_parts(self, store: HostStore, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, content: whole(descriptor, content[:100]))

        assert await store.swap(ACCOUNT, 0, bytes(range(256)) * 4)
        assert (await store.read(ACCOUNT)).blob == bytes(range(256)) * 4

    @pytest.mark.parametrize("name", [ACCOUNT, f"{ACCOUNT}.lock", f"{ACCOUNT}.new"])
    async def test_a_link_in_place_of_a_file_is_not_followed(self, name: str, store: HostStore, tmp_path: Path) -> None:
        (tmp_path / "budget").mkdir(0o700)
        (tmp_path / "other").write_bytes(b"kept")
        (tmp_path / "budget" / name).symlink_to(tmp_path / "other")

        with pytest.raises(BudgetUnavailable):
            await store.swap(ACCOUNT, 0, b"blob")
        assert (tmp_path / "other").read_bytes() == b"kept"

    async def test_a_pipe_in_place_of_a_file_does_not_block(self, store: HostStore, tmp_path: Path) -> None:
        (tmp_path / "budget").mkdir(0o700)
        os.mkfifo(tmp_path / "budget" / ACCOUNT)

        assert (await store.read(ACCOUNT)).version == 0
        assert await store.swap(ACCOUNT, 0, b"blob")
        assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_a_folder_that_is_not_ours(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o777)
        for call in (HostStore(tmp_path).read(ACCOUNT), HostStore(tmp_path).swap(ACCOUNT, 0, b"")):
            with pytest.raises(BudgetUnavailable, match="other users can write to it"):
                await call

    async def test_a_file_system_of_other_machines(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_folder, "kind_of", lambda path, mounts: "nfs4")
        for call in (HostStore(tmp_path).read(ACCOUNT), HostStore(tmp_path).swap(ACCOUNT, 0, b"")):
            with pytest.raises(BudgetUnavailable, match="nfs4"):
                await call

    async def test_locks_that_do_not_work(self, store: HostStore, monkeypatch: pytest.MonkeyPatch) -> None:
        def without(descriptor: int, operation: int) -> None:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr(fcntl, "flock", without)
        with pytest.raises(BudgetUnavailable, match="No locks available"):
            await store.swap(ACCOUNT, 0, b"blob")


class TestTheEventLoop:
    @pytest.mark.parametrize("memory", [True, False])
    async def test_only_a_disk_is_waited_for_in_a_thread(
        self, memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        threads: list[threading.Thread] = []
        whole = os.rename

        def noted(*arguments: Any, **options: Any) -> None:
            threads.append(threading.current_thread())
            whole(*arguments, **options)

        monkeypatch.setattr(_folder, "is_in_memory", lambda path: memory)
        monkeypatch.setattr(os, "rename", noted)
        assert await HostStore(tmp_path).swap(ACCOUNT, 0, b"blob")

        assert [thread is threading.main_thread() for thread in threads] == [memory]

    async def test_a_disk_that_hangs_does_not_hold_a_cancelled_caller(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        began, hangs, stored = threading.Event(), threading.Event(), threading.Event()
        whole = os.rename

        def slow(*arguments: Any, **options: Any) -> None:
            began.set()
            hangs.wait(20)
            whole(*arguments, **options)
            stored.set()

        monkeypatch.setattr(_folder, "is_in_memory", lambda path: False)
        monkeypatch.setattr(os, "rename", slow)
        store = HostStore(tmp_path)
        async with anyio.create_task_group() as group:
            group.start_soon(store.swap, ACCOUNT, 0, b"blob")
            while not began.is_set():
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        assert not stored.is_set()
        hangs.set()
        assert await anyio.to_thread.run_sync(stored.wait, 20)
        assert (await store.read(ACCOUNT)).blob == b"blob"
