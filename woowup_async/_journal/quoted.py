"""Finds and removes the values of identifiers in texts of a journal.

Room: _journal. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from woowup_async._journal.outcomes import decoded
from woowup_async._journal.pseudonyms import is_name
from woowup_async.outcomes import Rejected
from woowup_async.ports import State

#: Shorter values are not looked for in texts: they would be found in other words and numbers (guessed).
SHORTEST = 5


class Quoted:
    """Finds the values of identifiers in texts, as whole words, in any case. Short values are not looked for."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        values = {each.partition(":")[2] for each in identifiers if not is_name(each)}
        self._values = sorted((each for each in values if len(each) >= SHORTEST), key=len, reverse=True)
        either = "|".join(map(re.escape, self._values))
        self._pattern = re.compile(rf"(?<![\w@])(?:{either})(?![\w@])", re.IGNORECASE)
        self._hex = [each.encode("utf-8", "surrogatepass").hex() for each in self._values]

    def __bool__(self) -> bool:
        return bool(self._values)

    def is_in(self, text: object) -> bool:
        """Return whether a text quotes one, also in the bytes of a damaged row."""
        if not isinstance(text, str) or not self._values:
            return False
        return bool(self._pattern.search(text)) or any(each in text.lower() for each in self._hex)

    def removed_from(self, text: str) -> str:
        """Return a text without them."""
        return self._pattern.sub("forgotten", text)


def bare(outcome: str | None) -> str | None:
    """Return an outcome without the reasons of a rejection, which may quote the record."""
    try:
        found = decoded(State.REJECTED, outcome) if outcome and '"reasons"' in outcome else None
    except (ValueError, TypeError, RecursionError):
        return outcome
    if not isinstance(found, Rejected):
        return outcome
    return msgspec.json.encode(replace(found, reasons=())).decode()
