"""The address of a journal: the path of a file, or the URL of a ledger in PostgreSQL.

Room: _ledger. Pure, but for the environment.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import cast

from woowup_async.budget.dsn import Dsn, check_argument, check_escapes
from woowup_async.budget.failures import refused
from woowup_async.budget.opened import from_environment
from woowup_async.budget.postgres import SCHEMES
from woowup_async.errors import JournalError

_ENVIRONMENT = "env:"


class NoLedger(JournalError):
    """There is no ledger at an address yet. The first run makes it."""


def address_of(journal: object) -> Dsn | None:
    """Return the address of a ledger in PostgreSQL; None if a journal is a file or an object.

    Args:
        journal: a path, `postgresql://...`, `env:NAME` (a variable of the environment with one of these), or anything
            else.

    Raises:
        JournalError: the variable is not set, or the address cannot be read. The message shows no password.

    """
    if isinstance(journal, Dsn):
        return journal
    if not isinstance(journal, str) or not journal.lower().startswith((_ENVIRONMENT, *SCHEMES)):
        return None
    try:
        text = from_environment(journal).strip()
        if not text.lower().startswith(SCHEMES):
            return None
        check_escapes(text)
    except ValueError as error:
        raise JournalError(f"journal {error}") from None
    return Dsn(text)


def check_driver(address: Dsn) -> None:
    """Check that the driver is installed and can read an address.

    Raises:
        JournalError: it is not, or cannot.

    """
    try:
        psycopg = importlib.import_module("psycopg")
    except ImportError:
        raise JournalError(f"journal {address}: needs an extra: pip install 'woowup_async[postgres]'") from None
    try:
        refused(lambda: psycopg.conninfo.conninfo_to_dict(address.reveal()), address)
    except ValueError as error:
        raise JournalError(f"journal {error}") from None


#: Why a ledger on a server is not taken over by a renewed key: it has the records of others, too.
_RENEWED = (
    "is not taken over by a renewed key; a ledger on a server knows each account by its key, and a new key begins a "
    "new account in it: all is sent again, without duplicates"
)


def file_of(journal: str | os.PathLike[str] | Dsn, why: str = _RENEWED) -> Path:
    """Return the file of a journal, for what cannot be done with a ledger on a server.

    Args:
        journal: the file, or an address.
        why: continues the message after the address.

    Raises:
        JournalError: it is a ledger on a server.

    """
    if (address := address_of(journal)) is not None:
        raise JournalError(f"journal {address}: {why}")
    return path_of(cast("str | os.PathLike[str]", journal))


def path_of(journal: str | os.PathLike[str]) -> Path:
    """Return the path of a journal that is a file, also if a variable of the environment has it."""
    return Path(from_environment(journal) if isinstance(journal, str) else journal)


def place_of(text: str) -> Dsn | Path:
    """Return the place of a journal that a command line names.

    Raises:
        ValueError: the address has a password, which other users of the machine can see.
        JournalError: the address cannot be read.

    """
    if text.lower().startswith(SCHEMES):
        check_argument(text, "env:WOOWUP_JOURNAL_URL")
    return address_of(text) or path_of(text)
