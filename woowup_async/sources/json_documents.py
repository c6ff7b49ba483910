"""JSON documents of a file: JSON Lines, one array, one document, several documents, or a list inside one document.

Room: sources. An array is streamed (extra `json`), so that memory holds one document. Numbers keep their digits.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from woowup_async.errors import SourceError
from woowup_async.sources._contents import check_utf8
from woowup_async.sources._files import opened
from woowup_async.sources.jsonl import MAX_LINE_BYTES

_BOM = b"\xef\xbb\xbf"
#: Bytes that are parsed at a time (guessed).
_CHUNK = 2**16
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def documents(path: Path, place: str = "") -> Generator[tuple[int, Any, str], None, None]:
    """Yield each document with its number and what is wrong with it: the line of JSON Lines, otherwise a count.

    Args:
        path: of the file, plain or compressed.
        place: where the documents are, if the file is one document around them: the path of a list, or of one document.

    Raises:
        SourceError: the file cannot be read, or it is not JSON.

    """
    with opened(path) as file:
        start, first = _first_line(file)
        check_utf8(path, first[:_CHUNK])
        if not place and first.startswith(b"{") and first.endswith(b"}"):
            yield from _lines(file, start, first)
            return
        if not first:
            return  # an empty file has no records, as in JSON Lines
        if not place and not first.startswith((b"{", b"[")):
            raise SourceError(f"{path} is not JSON: it begins with neither {{ nor [")
    usual = "item" if first.startswith(b"[") else ""
    number = 0
    for number, document in _numbered(path, f"{place}.item" if place else usual):
        yield number, document, _fault(document)
    if place and not number and not _has_list(path, place):
        for number, document in _numbered(path, place):
            yield number, document, _fault(document)
        if not number:
            raise SourceError(f"{path} has no list at {place!r}, which json.records names")


def places(path: Path, records: list[str]) -> list[str]:
    """Return those of these places that are a list or a document in the first document of a file, in their order."""
    with opened(path) as file:
        _, first = _first_line(file)
    if not first.startswith(b"{"):
        return [each for each in records if not each]
    if first.endswith(b"}"):
        document, fault = _line(0, first)[1:]
        found = set() if fault else {each for each in records if _is_container(document, each)}
    else:
        with opened(path) as file:
            found = _seen(path, file, frozenset(records))
    return [each for each in records if not each or each in found]


def _is_container(document: Any, place: str) -> bool:
    for name in place.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return isinstance(document, list | dict)


def _seen(path: Path, file: BinaryIO, wanted: frozenset[str]) -> set[str]:
    """Return which of these places are in the first document of a file. It is not kept in memory."""
    ijson, found = _ijson(path), set[str]()
    try:
        for prefix, event, _ in ijson.parse(_without_mark(file), multiple_values=True, buf_size=_CHUNK):
            if prefix in wanted and event in ("start_array", "start_map"):
                found.add(prefix)
            if not prefix and event == "end_map":
                break
    except ijson.JSONError:
        return found  # the reader of the documents says what is wrong
    return found


def _has_list(path: Path, place: str) -> bool:
    with opened(path) as file:
        events = _ijson(path).parse(_without_mark(file), multiple_values=True)
        return any(prefix == place and event == "start_array" for prefix, event, _ in events)


def _numbered(path: Path, prefix: str) -> Iterator[tuple[int, Any]]:
    with opened(path) as file:
        yield from enumerate(_streamed(path, file, prefix), 1)


def _first_line(file: BinaryIO) -> tuple[int, bytes]:
    """Return the first line that is not blank, with its number."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        text = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
        if text:
            return number, text
    return number, b""


def _lines(file: BinaryIO, number: int, first: bytes) -> Iterator[tuple[int, Any, str]]:
    yield _line(number, first)
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            yield number, None, f"the line is longer than {MAX_LINE_BYTES:,} bytes"
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
        elif text := line.strip():
            yield _line(number, text)


def _line(number: int, text: bytes) -> tuple[int, Any, str]:
    try:
        document = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, ValueError) as error:
        return number, None, f"is not JSON: {error}"
    return number, document, _fault(document)


def _fault(document: Any) -> str:
    return "" if isinstance(document, dict) else "is not a JSON object"


def _streamed(path: Path, file: BinaryIO, prefix: str) -> Iterator[Any]:
    ijson = _ijson(path)
    try:
        yield from ijson.items(_without_mark(file), prefix, multiple_values=True, buf_size=_CHUNK)
    except ijson.JSONError as error:
        reason = (str(error).splitlines() or ["it ends early"])[0]
        raise SourceError(f"{path} is not JSON ({reason}); what was read of it is settled") from error


def _ijson(path: Path) -> Any:
    try:
        import ijson
    except ModuleNotFoundError as error:
        raise SourceError(
            f"cannot read {path}: a JSON array or document needs an extra: pip install 'woowup_async[json]'"
        ) from error
    return ijson


def _without_mark(file: BinaryIO) -> _Rest:
    mark = file.read(len(_BOM))
    return _Rest(b"" if mark == _BOM else mark, file)


class _Rest:
    """A file whose first bytes were read before."""

    def __init__(self, start: bytes, file: BinaryIO) -> None:
        self._start, self._file = start, file

    def read(self, size: int = -1) -> bytes:
        """Read bytes; the parser first asks for none, to see what they are."""
        if self._start and size:
            start, self._start = self._start, b""
            return start
        return self._file.read(size)
