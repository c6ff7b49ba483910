"""The public interface is the one in `tests/samples/api.txt`. `python -m tests.test_api` writes that file again.

docs/deprecation.md says what may change, and how. A line that goes or changes needs a line in the changelog.
"""

import difflib
from pathlib import Path

from tests.support import api

SNAPSHOT = Path(__file__).parent / "samples" / "api.txt"
PAGE = Path(__file__).parent.parent / "docs" / "deprecation.md"


def render() -> str:
    """Return the interface as the file has it."""
    return "\n".join(api.lines()) + "\n"


def test_the_interface_is_that_of_the_snapshot() -> None:
    before, now = SNAPSHOT.read_text(encoding="utf-8").splitlines(), render().splitlines()
    changes = [line for line in difflib.unified_diff(before, now, lineterm="", n=0) if line[:1] in "+-"][2:]

    assert changes == [], "if this is meant, run `python -m tests.test_api` and add a line to the changelog"


def test_the_snapshot_has_names_signatures_fields_and_options() -> None:
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    heads = (
        "class woowup_async.errors.JournalError(WoowUpError)",
        "woowup backfill --journal",
        "woowup forget JOURNALS",
        "woowup_async.Lane.BULK = ",
        "woowup_async.RateLimit(self, ",
        "woowup_async.User.email: Email | None = ...",
        "woowup_async.WoowUp(self, api_key: ",
        "woowup_async.WoowUp.users.create(self, ",
        "woowup_async.models.User is woowup_async.User",
        "woowup_async.statistics.Health.",
    )
    for head in heads:
        assert any(line.startswith(head) for line in lines), head
    assert not [line for line in lines if "0x" in line]


def test_the_page_names_the_public_modules() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in api.MODULES if name and f"`{name}`" not in page] == []


if __name__ == "__main__":
    SNAPSHOT.write_text(render(), encoding="utf-8")
