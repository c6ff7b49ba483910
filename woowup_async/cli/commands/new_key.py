"""`woowup new-key`: takes over journals and outboxes after the account's key was renewed.

Room: cli.
"""

from __future__ import annotations

from woowup_async import WoowUp
from woowup_async._journal.reader import JournalReader
from woowup_async._ledger.address import file_of
from woowup_async.cli.display.terminal import say
from woowup_async.cli.exits import require_key


def new_key(journals: list[str]) -> None:
    """Take over journals and outboxes for a renewed key."""
    require_key()
    files = [file_of(journal) for journal in journals]
    for path in files:
        JournalReader(path).close()  # a wrong name must not make a file
    for path in files:
        WoowUp().adopt_journal(path)
        say(f"{path} belongs to the new key")
