"""JSON Lines: one object for each line.

Room: sources. `_wire` checks the content of the lines later.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from woowup_async._flow import Position, Record
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources._contents import check_utf8, is_wrapped
from woowup_async.sources._files import STDIN, opened

#: Longest line, in bytes (guessed: 16 times the largest purchase, for spaces and escapes).
MAX_LINE_BYTES = 4 * 2**20
_HEAD = 200
#: Bytes at the start that show the kind of a file.
_LOOKED_AT = 4_096
_BOM = b"\xef\xbb\xbf"


class JsonLines(OffLoop):
    """The lines of a file as records. Blank lines are skipped.

    `.gz`, `.bz2` and `.zst` (extra `zst`) are decompressed. "-" is standard input, which can be read once.

    Args:
        path: of the file.
        is_whole: refuse a file that begins like one JSON document. Otherwise its lines are refused one by one.

    """

    path: Path

    def __init__(self, path: str | os.PathLike[str], *, is_whole: bool = True) -> None:
        self.path, self._is_whole = Path(path), is_whole

    def check(self) -> None:
        """Raise `SourceError` if the file cannot be read or is not JSON Lines, before anything is sent."""
        if self.path != STDIN:
            with opened(self.path) as file:
                head = file.read(_LOOKED_AT)  # a wrong or damaged compression shows at once
            check_utf8(self.path, head)
            first, _, others = head.removeprefix(_BOM).lstrip().partition(b"\n")
            is_all = len(head) < _LOOKED_AT and not others.strip()
            self._refuse_document(first.strip(), is_alone=is_all)

    def records(self) -> Generator[Record, None, None]:
        """Read line by line. This blocks."""
        name = "stdin" if self.path == STDIN else self.path.name
        with opened(self.path) as file:
            number, is_first = 0, True
            document: Record | None = None  # the first line, if it may be a document around a list
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                position = Position(name, number)
                if len(line) > MAX_LINE_BYTES:
                    yield _too_long(position, line)
                    _skip_line(file, line)
                    continue
                raw = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
                if not raw:
                    continue
                if is_first:
                    is_first = False
                    if self._is_first_a_document(raw):
                        document = Record(position, raw)
                        continue
                if document is not None:
                    yield document
                    document = None
                yield Record(position, raw)
            if document is not None:
                self._refuse_document(document.raw, is_alone=True)

    def _is_first_a_document(self, raw: bytes) -> bool:
        """Return whether the first line is a document around a list, unless other lines follow."""
        if not self._is_whole:
            return False
        check_utf8(self.path, raw[:_LOOKED_AT])
        self._refuse_document(raw)
        return is_wrapped(raw)

    def _refuse_document(self, first: bytes, *, is_alone: bool = False) -> None:
        """Refuse a file whose first line begins an array or an object over several lines, or is one around a list."""
        is_open = first == b"{" or (is_wrapped(first) and (is_alone or not first.endswith(b"}")))
        if self._is_whole and (first.startswith(b"[") or is_open):
            what = f"{self.path} is one JSON document, not JSON Lines: write one object a line"
            raise SourceError(f"{what}, such as with: jq -c '.[]' FILE > FILE.jsonl")


def _too_long(position: Position, line: bytes) -> Record:
    reason = Reason("", f"the line is longer than {MAX_LINE_BYTES:,} bytes")
    return Record(position, line[:_HEAD], refusal=Rejected("client", "malformed", (reason,)))


def _skip_line(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_LINE_BYTES)
