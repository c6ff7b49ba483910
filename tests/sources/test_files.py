"""Compressed files and standard input, whole and damaged."""

import bz2
import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from tests.fakes import listed
from woowup_async._samples import MAPPING, ORDERS
from woowup_async.errors import SourceError
from woowup_async.sources import CsvFile, Entity, JsonLines, Mapping, open_source

LINES = b"".join(b'{"document": "%d"}\n' % number for number in range(5_000))
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard.ZstdCompressor().compress,
}  # fmt: skip


@pytest.mark.parametrize("suffix", PACKED)
async def test_a_compressed_file_is_read_as_it_is(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"users.jsonl{suffix}"
    path.write_bytes(PACKED[suffix](LINES))
    records = await listed(aiter(open_source(path, Entity.USER)))
    assert b"\n".join(record.raw for record in records) + b"\n" == LINES
    assert str(records[-1].position) == f"users.jsonl{suffix}:5000"


async def test_frames_that_follow_each_other(tmp_path: Path) -> None:
    path, half = tmp_path / "users.jsonl.zst", len(LINES) // 2
    path.write_bytes(PACKED[".zst"](LINES[:half]) + PACKED[".zst"](LINES[half:]))
    assert len(await listed(aiter(JsonLines(path)))) == 5_000


@pytest.mark.parametrize("suffix", PACKED)
async def test_a_compressed_csv(suffix: str, tmp_path: Path) -> None:
    path, mapping = tmp_path / f"orders.csv{suffix}", Mapping.load(MAPPING)
    path.write_bytes(PACKED[suffix](ORDERS.read_bytes()))
    plain = await listed(aiter(CsvFile(ORDERS, mapping, Entity.PURCHASE)))
    packed = await listed(aiter(open_source(path, Entity.PURCHASE, mapping)))
    assert [record.raw for record in packed] == [record.raw for record in plain]


@pytest.mark.parametrize("suffix", PACKED)
async def test_one_that_is_cut_short_says_so_after_what_could_be_read(suffix: str, tmp_path: Path) -> None:
    path, whole = tmp_path / f"users.jsonl{suffix}", PACKED[suffix](LINES * 40)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(SourceError, match="is damaged or cut short"):
        await listed(aiter(JsonLines(path)))


@pytest.mark.parametrize("suffix", PACKED)
def test_one_that_is_not_what_its_name_says_is_refused_at_once(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"users.jsonl{suffix}"
    path.write_bytes(LINES)
    with pytest.raises(SourceError, match=r"is damaged or cut short|cannot read"):
        open_source(path, Entity.USER)


def test_an_extra_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.jsonl.zst"
    path.write_bytes(PACKED[".zst"](LINES))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(SourceError, match=r"pip install 'woowup_async\[zst\]'"):
        open_source(path, Entity.USER)


async def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(LINES)))
    source = open_source("-", Entity.USER)
    records = await listed(aiter(source))
    assert len(records) == 5_000
    assert str(records[0].position) == "stdin:1"
    with pytest.raises(SourceError, match="a CSV cannot come from standard input"):
        CsvFile("-", Mapping.load(MAPPING), Entity.USER)


def test_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"plain or as \.gz"):
        open_source(tmp_path / "a.xlsx.gz", Entity.USER)
