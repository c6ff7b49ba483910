"""Compressed files and standard input, whole and damaged."""

import bz2
import gzip
import io
import json
import sys
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from tests.support.fakes import listed
from woowup_async._flow import Position, Record, Settled
from woowup_async._samples import MAPPING, ORDERS
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sinks import DeadLetters
from woowup_async.sources import CsvFile, DeadLetterFile, Entity, JsonLines, Mapping, open_source
from woowup_async.sources._files import opened

LINES = b"".join(b'{"document": "%d"}\n' % number for number in range(5_000))
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard.ZstdCompressor().compress,
}  # fmt: skip


@pytest.mark.parametrize("suffix", PACKED)
async def test_a_compressed_file_is_decompressed(suffix: str, tmp_path: Path) -> None:
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
@pytest.mark.slow
async def test_a_compressed_csv(suffix: str, tmp_path: Path) -> None:
    path, mapping = tmp_path / f"orders.csv{suffix}", Mapping.load(MAPPING)
    path.write_bytes(PACKED[suffix](ORDERS.read_bytes()))
    plain = await listed(aiter(CsvFile(ORDERS, mapping, Entity.PURCHASE)))
    packed = await listed(aiter(open_source(path, Entity.PURCHASE, mapping)))
    assert [record.raw for record in packed] == [record.raw for record in plain]


@pytest.mark.untraced
@pytest.mark.parametrize("suffix", PACKED)
async def test_a_file_that_is_cut_short_is_an_error_after_its_records(suffix: str, tmp_path: Path) -> None:
    path, whole = tmp_path / f"users.jsonl{suffix}", PACKED[suffix](LINES * 8)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(SourceError, match="is damaged or cut short"):
        await listed(aiter(JsonLines(path)))


@pytest.mark.parametrize("suffix", PACKED)
def test_a_file_of_another_kind_than_its_suffix_is_refused_at_once(suffix: str, tmp_path: Path) -> None:
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
    with pytest.raises(SourceError, match="a CSV cannot be read from standard input"):
        CsvFile("-", Mapping.load(MAPPING), Entity.USER)


def test_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"text may also be \.gz"):
        open_source(tmp_path / "a.xlsx.gz", Entity.USER)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", PACKED)
def test_a_file_that_expands_a_thousandfold_is_read_in_small_blocks(suffix: str, tmp_path: Path) -> None:
    """Some KB become one line of 64 MB. Then another line follows, which is read normally."""
    path, lines = tmp_path / f"users.jsonl{suffix}", b'{"document": "1"}\n'
    path.write_bytes(PACKED[suffix](b" " * 2**26 + b"\n" + lines))
    assert path.stat().st_size < 2**18
    tracemalloc.start()
    try:
        first, second = JsonLines(path).records()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 48 * 2**20
    assert first.refusal is not None
    assert "is longer than" in str(first.refusal.reasons[0])
    assert (str(second.position), second.raw) == (f"users.jsonl{suffix}:2", lines.strip())


def test_each_step_of_zstandard_is_small(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl.zst"
    path.write_bytes(PACKED[".zst"](bytes(2**27)))
    sizes: list[int] = []
    with opened(path) as file:
        raw = file.raw  # type: ignore[attr-defined]
        while file.read(2**16):
            sizes.append(len(raw._ready))
    assert max(sizes) <= 8 * 2**20


@pytest.mark.parametrize("step", [1, 3, 256, 2**17])
async def test_frames_end_anywhere_in_a_slice(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woowup_async.sources._files._SLICE", step)
    path, lines = tmp_path / "users.jsonl.zst", LINES.splitlines(keepends=True)[:60]
    path.write_bytes(b"".join(map(PACKED[".zst"], lines)))
    assert [record.raw + b"\n" for record in await listed(aiter(JsonLines(path)))] == lines


@pytest.mark.parametrize("text", ['[{"a": 1}]', '\n[\n{"a": 1}\n]\n', "\ufeff[\n", '{\n  "a": 1\n}\n'])
async def test_a_json_document_is_not_json_lines(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="is one JSON document, not JSON Lines: write one object a line"):
        open_source(path, Entity.USER)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    with pytest.raises(SourceError, match="is one JSON document"):
        await listed(aiter(JsonLines("-")))


def letter(raw: str, entity: str = "user") -> bytes:
    return f'{{"entity":"{entity}","position":"u:1","key":"","by":"client","code":"invalid","raw":{raw}}}\n'.encode()


async def test_lines_that_are_not_dead_letters_are_refused_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "dead.jsonl"
    lines = [
        letter('{"document": "1"}'), b"\xff\xfe\n", b'{"another": "program"}\n', letter('{"document": "2"}', "order"),
        letter('"\xff"'), b"[" * 5_000 + b"\n", letter('"{broken"'), letter('{"document": "3"}'), letter("3")[:-20],
    ]  # fmt: skip
    path.write_bytes(b"".join(lines))
    source = open_letters(path, Entity.USER)
    records = {record.position.number: record for record in await listed(aiter(source))}
    refused = {number for number, record in records.items() if record.refusal is not None}
    assert (set(records) - refused, refused) == ({1, 5, 7, 8}, {2, 3, 4, 6, 9})
    shown = [str(record.refusal.reasons[0]) for record in records.values() if record.refusal is not None]
    assert {each.partition(": ")[0] for each in shown} == {"is not a dead letter, correct or delete this line"}
    assert [each.partition(": ")[2].partition(" (")[0] for each in shown] == [
        "not UTF-8", "from another program", "from another program", "from another program", "cut short",
    ]  # fmt: skip
    assert await listed(aiter(open_letters(path, Entity.PURCHASE))) == []


def open_letters(path: Path, entity: Entity) -> DeadLetterFile:
    source = DeadLetterFile(path, entity)
    source.check()
    return source


@pytest.mark.parametrize(
    "raw", [b'{"first_name": "Mar\xeda"}', {"first_name": "Mar\udceda", "document": "1"}, {"document": Decimal("1.50")}]
)
async def test_bytes_that_are_not_text_come_back_unchanged_from_a_dead_letter(raw: object, tmp_path: Path) -> None:
    """It is refused again for the same reason, so that nothing is sent with lost characters."""
    letters = DeadLetters(tmp_path / "d")
    outcome = Rejected("client", "invalid", (Reason("first_name", "\udced"),))
    letters.write(Settled(Entity.USER, Record(Position("f\udced", 1), raw), "k\udced", outcome))
    letters.close()
    (record,) = await listed(aiter(open_letters(tmp_path / "d", Entity.USER)))
    assert record.refusal is None
    held = record.raw if not isinstance(raw, dict) or isinstance(record.raw, dict) else json.loads(record.raw)
    assert held == (raw if not isinstance(raw, dict) or "first_name" in raw else {"document": 1.5})


@pytest.mark.parametrize("name", ["u.jsonl", "u.jsonl.gz", "-"])
def test_a_mapping_is_for_tables(name: str, tmp_path: Path) -> None:
    path = name if name == "-" else tmp_path / name
    with pytest.raises(SourceError, match="a mapping is for tables, JSON Lines need none: leave it out"):
        open_source(path, Entity.USER, Mapping.load(MAPPING))
