"""What a file is, by its first bytes, where its name says something else.

Room: sources. Otherwise a file of a million lines would have a million wrong lines.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import msgspec

from woowup_async._wire.catalogue_shape import Family
from woowup_async.errors import SourceError
from woowup_async.models.product import Branch, Product
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User

_COMPRESSED = "is compressed: name it {name}"
#: The first bytes of files that are not text, and what to do with them.
_KINDS = (
    (re.compile(rb"\x1f\x8b"), _COMPRESSED + ".gz"),
    (re.compile(rb"BZh[1-9]1AY&SY"), _COMPRESSED + ".bz2"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), _COMPRESSED + ".zst"),
    (re.compile(rb"PK\x03\x04"), "is a ZIP archive: unpack it, or name it {stem}.xlsx if it is a workbook"),
    (re.compile(rb"PAR1[\x00-\x1f]"), "is a Parquet file: name it {stem}.parquet"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "is an old workbook of Excel: save it as .xlsx or .csv"),
    (re.compile(rb"%PDF-"), "is a PDF: export the data as .csv or .xlsx"),
    (re.compile(rb"SQLite format 3\x00"), "is a database of SQLite: read it with a table [sql] in a mapping"),
)
#: A letter with an accent in UTF-8: `Ã` and a sign in the encodings of Windows.
_ACCENTED = re.compile(rb"\xc3[\x80-\xbf]")
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
#: If more than one byte in this many is NUL, a text is UTF-16 or UTF-32 (guessed: of Latin letters, half are).
_NULS = 6
#: Names that a record may have.
_FIELDS = frozenset(name for model in (User, Purchase, Product, Branch, Family) for name in model.__struct_fields__)
_FIELDS |= {"entity", "raw"}  # those of a dead letter
#: The end of a line that begins a list or an object over several lines, and of one after which a list goes on.
_OPEN = (b"[", b"{", b"},")
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def check_text(path: Path, start: bytes) -> None:
    """Refuse a file that is not text.

    Args:
        path: of the file.
        start: its first bytes, decompressed.

    Raises:
        SourceError: it says what the file is.

    """
    for first, what in _KINDS:
        if first.match(start):
            raise SourceError(f"{path} {what.format(name=path.name, stem=path.stem)}")


def check_utf8(path: Path, start: bytes) -> None:
    """Refuse a file that is not text in UTF-8.

    Raises:
        SourceError: it says what the file is.

    """
    check_text(path, start)
    if is_wide(start):
        raise SourceError(f"{path} is not UTF-8 (UTF-16?): save it as UTF-8")


def is_wide(start: bytes) -> bool:
    """Return whether a text has two or four bytes for each letter."""
    return start.startswith(_WIDE_MARKS) or (len(start) > 3 and start.count(0) * _NULS > len(start))


def is_utf8(start: bytes, *, is_all: bool) -> bool:
    """Return whether a text is certainly UTF-8: it is valid, and has letters of Latin alphabets with accents.

    Args:
        start: its first bytes.
        is_all: whether these are all; otherwise the last letter may be cut.

    """
    if not _ACCENTED.search(start):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start, final=is_all)
    except UnicodeError:
        return False
    return True


def is_wrapped(first: bytes) -> bool:
    """Return whether the first line of a file begins a document around a list of records.

    A line that was cut, or has an unknown field, is not such a document: it is one wrong record.
    """
    if not first.startswith(b"{"):
        return False
    try:
        members = _decode(first)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return (
            len(first) > 1 and first.endswith(_OPEN) and not any(b'"%s"' % each.encode() in first for each in _FIELDS)
        )
    return _FIELDS.isdisjoint(members) and any(_holds_records(bytes(inner)) for inner in members.values())


def _holds_records(value: bytes) -> bool:
    """Return whether a value is a list of objects, or an object with one."""
    if value.startswith(b"["):
        return value[1:].lstrip().startswith(b"{")
    if not value.startswith(b"{"):
        return False
    return any(bytes(inner).startswith(b"[") and _holds_records(bytes(inner)) for inner in _decode(value).values())
