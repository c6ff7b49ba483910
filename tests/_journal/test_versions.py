"""Versions by name: they agree with a dictionary, and use bounded memory."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from errno import ENOENT, ENOSPC
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._journal import versions as module
from woowup_async._journal.versions import MAX_BYTES, Versions

NAMES = st.integers(0, 40).map(str)
VERSIONS = st.one_of(st.just(b""), st.binary(min_size=16, max_size=16), st.binary(min_size=MAX_BYTES, max_size=17))


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Use few versions in memory and small chunks, so that a short test reaches the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_RECENT", 5)
        patch.setattr(module, "_MOVED", 2)
        patch.setattr(module, "_BITS", 2**12)
        patch.setattr(module, "_PARTS", 2)
        patch.setattr(module, "_CHUNK", 3 * module._ENTRY.size)
        yield


@pytest.mark.slow
@given(st.lists(st.tuples(NAMES, VERSIONS), min_size=60, max_size=120) | st.lists(st.tuples(NAMES, VERSIONS)))
def test_it_agrees_with_a_dictionary(puts: list[tuple[str, bytes]]) -> None:
    model: dict[str, bytes] = {}
    with closing(Versions()) as versions:
        for name, version in puts:
            assert versions.get(name) == model.get(name)
            versions.put(name, version)
            model[name] = version
        assert versions.is_empty is not bool(puts)
        assert {name: versions.get(name) for name in map(str, range(41))} == {
            name: model.get(name) for name in map(str, range(41))
        }


def test_a_name_is_not_found_inside_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BITS", 8)  # so that the sieve avoids no lookup in the file
    with closing(Versions()) as versions:
        hidden = module._NAME.pack(hash("hidden"))
        for number in range(40):
            versions.put(str(number), (hidden + hidden)[number % 8 :][:8] + hidden)
        assert versions.get("hidden") is None


class Full(FileIO):
    """A file on a disk that has room for some bytes."""

    def __init__(self, path: Path, room: int) -> None:
        super().__init__(path, "w+")
        self._room = room

    def write(self, data: Any) -> int:
        if not self._room:
            raise OSError(ENOSPC, "No space left on device")
        written = super().write(data[: self._room])
        self._room -= written
        return written


@pytest.mark.parametrize("chunks", [0.0, 1.0, 1.5])
def test_a_full_disk_loses_nothing(
    chunks: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = round(chunks * module._CHUNK)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full(tmp_path / "full", room))
    with closing(Versions()) as versions:
        for turn in range(2):
            for number in range(100):
                versions.put(str(number), bytes((turn, number)))
        assert [versions.get(str(number)) for number in range(100)] == [bytes((1, number)) for number in range(100)]
        assert versions.get("100") is None
    assert [each.levelname for each in caplog.records] == ["WARNING"]


def test_without_a_place_for_temporary_files_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise FileNotFoundError(ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    with closing(Versions()) as versions:
        for number in range(100):
            versions.put(str(number), bytes((number,)))
        assert [versions.get(str(number)) for number in range(100)] == [bytes((number,)) for number in range(100)]
    assert "No usable temporary directory" in caplog.text


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this list")
def test_ten_million_names_take_less_than_32_megabytes() -> None:
    """The test measures a separate process, by the peak of its resident memory that the kernel reports."""
    script = (
        "import re\n"
        "from woowup_async._journal.versions import Versions\n"
        "def peak(): return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024\n"
        "before, versions = peak(), Versions()\n"
        "for number in range(10_000_000):\n"
        "    name = f'branch/F-{number}'\n"
        "    assert number % 1000 or versions.get(name) is None\n"
        "    versions.put(name, number.to_bytes(16, 'big'))\n"
        "assert versions.get('branch/F-17') == (17).to_bytes(16, 'big')\n"
        "print(peak() - before)\n"
    )
    grown = float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)
    print(f"{grown:.1f} MB")
    assert grown < 32
