"""Opens a journal for readers, wherever it is.

Room: _ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from woowup_async._journal.recognising import reader_at
from woowup_async._ledger.address import check_driver
from woowup_async.budget.dsn import Dsn

if TYPE_CHECKING:
    from woowup_async._journal.reader import JournalReader
    from woowup_async._ledger.reader import PostgresReader

#: The place of a journal: a file, or a ledger on a server.
Place = Path | Dsn


def opened_reader(place: Place, account: Callable[[bytes], bytes] | None = None) -> JournalReader | PostgresReader:
    """Open a journal.

    Args:
        place: where it is.
        account: turns a salt into the mark of an account. Without this, forgotten records are not recognised, and a
            ledger on a server shows all of its accounts together.

    Raises:
        JournalError: it does not exist, or cannot be read.

    """
    if isinstance(place, Path):
        return reader_at(place, account)
    check_driver(place)
    from woowup_async._ledger.recognising import RecognisingPostgresReader  # most users have no psycopg

    return RecognisingPostgresReader(place, account)
