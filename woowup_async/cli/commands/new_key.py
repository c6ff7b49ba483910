"""`woowup new-key`: takes over journals and outboxes after the account's key was renewed.

Room: cli.
"""

from __future__ import annotations

from pathlib import Path

from woowup_async import WoowUp
from woowup_async._journal.reader import JournalReader
from woowup_async.cli.display.terminal import say
from woowup_async.cli.exits import require_key


def new_key(journals: list[Path]) -> None:
    """Take over journals and outboxes for a renewed key."""
    require_key()
    for path in journals:
        JournalReader(path).close()  # a wrong name must not make a file
    for path in journals:
        WoowUp().adopt_journal(path)
        say(f"{path} belongs to the new key")
