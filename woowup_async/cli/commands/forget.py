"""`woowup forget`: removes personal data from journals, outboxes and dead letters.

Room: cli.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from woowup_async._ledger.address import place_of
from woowup_async.budget.dsn import Dsn
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.exits import USAGE, fail, require_key
from woowup_async.retention import Forgotten
from woowup_async.retention import forget as forget_in

#: What is found, by field. Each is one line.
_LINES = {
    "identifiers": "identifiers become keyed hashes",
    "records": "records keep only keyed hashes of their contents",
    "waiting": "records in outboxes are not sent",
    "letters": "dead letters",
    "texts": "reasons and notes lose what they quote",
    "rows": "damaged rows and old problems",
}


#: What a server does with rows that were changed (documented by PostgreSQL).
_SERVER = "the server of a ledger keeps old rows in its files until VACUUM FULL, in its log, and in backups"


def forget(
    journals: list[str],
    *,
    older_than: str | None,
    customer: list[str] | None,
    dead_letters: list[Path] | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget customers, or what is old, in what runs left."""
    require_key()
    if not customer and older_than is None:
        fail("give --customer, --older-than, or both", USAGE)
    try:
        places = [place_of(each) for each in journals]
    except ValueError as error:
        fail(str(error), USAGE)
    found = forget_in(
        *journals,
        customers=customer or (),
        older_than=None if older_than is None else age_of(older_than),
        dead_letters=dead_letters or (),
        is_trial=not yes,
    )
    if as_json:
        say_json({name: getattr(found, name) for name in Forgotten.__slots__} | {"done": yes})
    else:
        say_all(lines_of(found, is_done=yes))
        if yes and found and any(isinstance(place, Dsn) for place in places):
            say_all([_SERVER])


def age_of(text: str) -> timedelta:
    """Return an age such as 90d (days), 12w (weeks) or 36h (hours). Exit if it is none."""
    match = re.fullmatch(r"([1-9]\d{0,4})([hdw])", text)
    if match is None:
        fail(f"--older-than {text}: write a number and h, d or w, such as 90d", USAGE)
    return int(match[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[match[2]]


def lines_of(found: Forgotten, *, is_done: bool) -> Iterator[str]:
    """Yield what was found, as text."""
    if not found:
        yield "nothing was found"
    for name, text in _LINES.items():
        if count := getattr(found, name):
            yield f"{count:,} {text}"
    if found.kept:
        yield f"{found.kept:,} records wait in outboxes and stay: the file was used since, so their age is not known"
    if found.undated:
        yield f"{found.undated:,} lines of dead letters stay: they do not say when they were written"
    if found and is_done:
        yield "done; journals that are files were rewritten, so their free pages have nothing of it"
    elif found:
        yield "nothing was changed: give --yes to do it"
