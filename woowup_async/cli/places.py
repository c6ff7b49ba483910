"""Where a command finds a journal: a file, or a ledger on a server.

Room: cli.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # the help needs neither ledgers nor keys
    from woowup_async._ledger.opening import Place

    JournalPlace = Place
else:
    JournalPlace = str  # Typer knows no unions, and older ones would make a path of what `parsed` returned


def parsed(text: str | Place) -> Place:
    """Return the place that an option or an argument names.

    Raises:
        typer.BadParameter: an address has a password, which others can see.
        JournalError: an address cannot be read.

    """
    from woowup_async._ledger.address import place_of

    if not isinstance(text, str):
        return text
    try:
        return place_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def own_account() -> Callable[[bytes], bytes] | None:
    """Return what marks the account of WOOWUP_API_KEY in a ledger.

    None without a key, or with one that cannot be used: then all accounts are shown.
    """
    from woowup_async._transport.credentials import ApiKey

    try:
        return ApiKey(os.environ.get("WOOWUP_API_KEY", "")).mark
    except ValueError:
        return None
