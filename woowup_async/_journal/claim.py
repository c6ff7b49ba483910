"""Binds a journal to one account, by a salt and a hash of the API key with that salt.

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
_TAKE_OVER = "take it over once: `woowup new-key FILE`, `adopt_journal(path)`, or --new-key"


def belongs(database: sqlite3.Connection, account: Callable[[bytes], bytes]) -> bool | None:
    """Return whether a journal is bound to an account; None if it does not say to which it is bound."""
    rows = database.execute("SELECT CAST(mark AS BLOB), CAST(salt AS BLOB) FROM account").fetchall()
    is_legible = len(rows) == 1 and None not in rows[0]
    return rows[0][0] == account(rows[0][1]) if is_legible else None


def claim(database: sqlite3.Connection, path: Path, account: Callable[[bytes], bytes], *, adopt: bool) -> None:
    """Bind a new journal to an account, or check that it belongs to the account.

    Raises:
        JournalError: it belongs to another account, or does not say to which. It must not be used for a wrong one.

    """
    rows = database.execute("SELECT CAST(mark AS BLOB), CAST(salt AS BLOB) FROM account").fetchall()
    is_legible = len(rows) == 1 and None not in rows[0]
    if is_legible and rows[0][0] == account(rows[0][1]):
        return
    if is_legible and not adopt:
        raise JournalError(
            f"journal {path}: was written with another API key. Each account needs its own journal. "
            f"If this account's key was renewed, {_TAKE_OVER}"
        )
    if not adopt and (rows or database.execute(_IS_USED).fetchone()[0]):
        raise JournalError(
            f"journal {path}: is damaged, and does not say to which account it belongs. Restore a copy; or, if it "
            f"certainly belongs to this account, {_TAKE_OVER}"
        )
    salt = secrets.token_bytes(16)
    with transaction(database):
        if not is_legible:
            keep(database, "account", "true")
        database.execute("DELETE FROM account")
        database.execute("INSERT INTO account VALUES (?, ?)", (account(salt), salt))
