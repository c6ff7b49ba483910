"""Where a command finds a journal: a file, or a ledger on a server.

Room: cli.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from woowup_async._ledger.address import place_of
from woowup_async._ledger.opening import Place
from woowup_async._transport.credentials import ApiKey

if TYPE_CHECKING:
    JournalPlace = Place
else:
    JournalPlace = Path  # Typer knows no unions, and `parsed` decides anyway


def parsed(text: str | Place) -> Place:
    """Return the place that an option or an argument names.

    Raises:
        typer.BadParameter: an address has a password, which other users of the machine can see.
        JournalError: an address cannot be read.

    """
    if not isinstance(text, str):
        return text
    try:
        return place_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def own_account() -> Callable[[bytes], bytes] | None:
    """Return what marks the account of WOOWUP_API_KEY in a ledger; None without a key: then all accounts are shown."""
    key = os.environ.get("WOOWUP_API_KEY", "")
    return ApiKey(key).mark if key else None
