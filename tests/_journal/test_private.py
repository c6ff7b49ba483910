"""Only the owner can read files with personal data, even if others could read them before."""

import os
import shutil
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.journals import item, note, opened
from woowup_async._flow import Entity
from woowup_async._journal.files import Exposed, make_private
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.errors import JournalError, WoowUpError
from woowup_async.outcomes import Accepted
from woowup_async.sinks.changes import Changes
from woowup_async.sinks.dead_letters import DeadLetters


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def refuse(file: object, mode: int) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666, 0o777, 0o604])
def test_files_that_existed_are_made_private(tmp_path: Path, mode: int) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    with opened(first / "j") as ledger:
        ledger.settle([note(item("1"), Accepted("queued"))], b"")
        shutil.copytree(first, second)  # the files as a killed process leaves them
    for file in second.iterdir():
        file.chmod(mode)
    assert len(modes(second)) == 4
    with opened(second / "j") as again:
        assert again.find(Entity.PURCHASE, "1") is not None
        assert set(modes(second).values()) == {0o600}
        assert len(modes(second)) == 4


def test_a_journal_opened_by_a_symbolic_link_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "real" / "j"
    path.parent.mkdir()
    SqliteLedger(path).close()
    path.chmod(0o644)
    (tmp_path / "link").symlink_to(path)
    with opened(tmp_path / "link"):
        assert set(modes(path.parent).values()) == {0o600}


def test_a_journal_whose_mode_cannot_be_changed_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteLedger(tmp_path / "j").close()
    SqliteLedger(tmp_path / "j").close()
    (tmp_path / "j").chmod(0o644)
    monkeypatch.setattr(os, "chmod", refuse)
    with pytest.raises(JournalError, match=r"journal .*/j: j can be read by others \(its mode is 644\).*chmod 600"):
        SqliteLedger(tmp_path / "j")
    monkeypatch.undo()
    SqliteLedger(tmp_path / "j").close()


@pytest.mark.parametrize("opens", [DeadLetters, Changes])
def test_sinks(tmp_path: Path, opens: type[DeadLetters | Changes], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines"
    path.write_text("{}\n")
    path.chmod(0o644)
    with monkeypatch.context() as patch:
        patch.setattr(os, "chmod", refuse)
        with pytest.raises(WoowUpError, match=r"cannot be written to .*can be read by others.*chmod 600"):
            opens(path)
    with closing(opens(path)):
        assert modes(tmp_path) == {"lines": 0o600}
    assert path.read_text() == "{}\n"


def test_a_file_that_is_not_regular_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "chmod", lambda file, mode: pytest.fail("the mode of a device was changed"))
    assert Path("/dev/null").stat().st_mode & 0o077
    DeadLetters("/dev/null").close()
    make_private("/dev/null", "null")


def test_a_missing_file_is_not_an_error(tmp_path: Path) -> None:
    make_private(tmp_path / "none", "none")
    assert issubclass(Exposed, Exception)
    assert not modes(tmp_path)
