"""The messages of a failing database."""

import sqlite3
from pathlib import Path

import pytest

from woowup_async._journal.schema import explained
from woowup_async.errors import JournalError

SAID = {
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_IOERR: "the disk failed or is full",
    sqlite3.SQLITE_READONLY: "cannot be written here",
    sqlite3.SQLITE_CANTOPEN: "cannot be written here",
    sqlite3.SQLITE_BUSY: "another process writes to it",
    sqlite3.SQLITE_LOCKED: "another process writes to it",
    sqlite3.SQLITE_NOTADB: "is not a journal",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_MISUSE: "cannot be used: it broke",
}


@pytest.mark.parametrize(("code", "said"), SAID.items())
def test_each_failure_says_what_to_do(code: int, said: str) -> None:
    broken = sqlite3.OperationalError("it broke")
    broken.sqlite_errorcode = code | 0x100  # the extended code of one cause
    with pytest.raises(JournalError, match=said) as raised, explained(Path("shop.journal")):
        raise broken
    assert str(raised.value).startswith("journal shop.journal: ")
