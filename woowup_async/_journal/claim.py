"""Which account owns a journal: a salt, and a hash of the API key with that salt.

Room: _journal.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path

from woowup_async._journal.damage import keep
from woowup_async._journal.schema import transaction
from woowup_async.errors import JournalError

_IS_USED = "SELECT " + " OR ".join(
    f"EXISTS (SELECT 1 FROM {table})" for table in ("records", "runs", "outbox", "under_way", "damaged")
)
_TAKE_OVER = "take it over once: `adopt_journal(path)`, or --new-key"


def claim(database: sqlite3.Connection, path: Path, account: Callable[[bytes], bytes], *, adopt: bool) -> None:
    """Take a new journal for an account, or check that it is the account's.

    Raises:
        JournalError: it is another account's, or does not say whose it is: it must not be used for a wrong one.

    """
    rows = database.execute("SELECT CAST(mark AS BLOB), CAST(salt AS BLOB) FROM account").fetchall()
    is_legible = len(rows) == 1 and None not in rows[0]
    if is_legible and rows[0][0] == account(rows[0][1]):
        return
    if is_legible and not adopt:
        raise JournalError(
            f"journal {path}: was written with another API key. Each account needs a journal of its own; "
            f"if this account's key was renewed, {_TAKE_OVER}"
        )
    if not adopt and (rows or database.execute(_IS_USED).fetchone()[0]):
        raise JournalError(
            f"journal {path}: is damaged, and does not say which account it is of. Restore a copy; or, if it is surely "
            f"this account's, {_TAKE_OVER}"
        )
    salt = secrets.token_bytes(16)
    with transaction(database):
        if not is_legible:
            keep(database, "account", "true")
        database.execute("DELETE FROM account")
        database.execute("INSERT INTO account VALUES (?, ?)", (account(salt), salt))
