"""How a journal's file is opened."""

from pathlib import Path

import pytest

from woowup_async._journal import opening
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.errors import JournalError


def test_a_file_whose_mode_cannot_be_changed_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, name: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(opening, "make_private", refuse)
    with pytest.raises(JournalError, match="j: cannot be written here .Operation not permitted."):
        SqliteLedger(tmp_path / "j")
