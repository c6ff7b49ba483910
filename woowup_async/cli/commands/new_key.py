"""`woowup new-key`: takes over journals and outboxes after the account's key was renewed.

Room: cli.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from woowup_async import WoowUp
from woowup_async._journal.reader import JournalReader
from woowup_async._ledger.address import check_is_file
from woowup_async.cli.display.terminal import say
from woowup_async.cli.exits import require_key


def new_key(
    journals: Annotated[list[Path], typer.Argument(metavar="JOURNAL...", help="Also outboxes: name each slot.")],
) -> None:
    """Take over journals and outboxes for a renewed key.

    WOOWUP_API_KEY is the new key. All files must be of this account. If a service uses them, stop it before.

    Example: woowup new-key orders*.outbox
    """
    require_key()
    for path in journals:
        check_is_file(path)
        JournalReader(path).close()  # a wrong name must not make a file
    for path in journals:
        WoowUp().adopt_journal(path)
        say(f"{path} belongs to the new key")
