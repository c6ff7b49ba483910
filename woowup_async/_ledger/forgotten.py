"""Which identifiers a ledger has forgotten, as far as it was asked.

Room: _ledger. Pure. Its writers and readers ask the server for many at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from woowup_async._flow import Entity
from woowup_async._journal.names import PEOPLE, Names
from woowup_async._journal.pseudonyms import name_of, parts_of
from woowup_async._ledger.codes import key_of
from woowup_async._text import in_lower_case

#: The note with the salt of the secret, as in a file.
SALT = "forgotten"
#: Identifiers whose answer is remembered (guessed: more than wait for a batch).
_MOST = 50_000
#: The numbers, from 1, of the names that the ledger has.
IS_FORGOTTEN = """
SELECT u.n FROM unnest(%b::text[], %b::text[]) WITH ORDINALITY AS u (name, lower, n) WHERE EXISTS (
    SELECT FROM woowup_customer AS c WHERE c.account = %b::int AND c.identifier IN (u.name, u.lower)
) OR EXISTS (SELECT FROM woowup_customer AS c WHERE c.account = %b::int AND c.folded = u.lower)
"""


class Forgotten(Names):
    """The forgotten identifiers of one account. What was not asked for counts as not forgotten."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret)
        self._known: dict[str, str] = {}

    def of(self, identifier: str) -> str:
        """Return the name of an identifier if it, or another spelling of the address, was forgotten."""
        return self._known.get(identifier, identifier)

    def unknown(self, identifiers: Iterable[str]) -> list[str]:
        """Return those of which the server was not asked yet."""
        parts = (part for each in identifiers for part in parts_of(each))
        return [each for each in dict.fromkeys(parts) if each not in self._known]

    def spelled(self, identifiers: Sequence[str]) -> tuple[list[str], list[str | None]]:
        """Return the names that they have if they were forgotten, also in lower case, to ask the server."""
        names = [name_of(self._secret, key_of(each)) for each in identifiers]
        return names, [in_lower_case(name) for name in names]

    def learn(self, identifiers: Sequence[str], names: Sequence[str], found: Iterable[int]) -> None:
        """Remember the answer to `spelled`."""
        forgotten = {number - 1 for number in found}
        self._known.update(
            (each, names[place] if place in forgotten else each) for place, each in enumerate(identifiers)
        )
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def keys(self, entity: Entity, keys: Sequence[str]) -> list[str]:
        """Return the keys of records as the ledger has them."""
        return [self.key(entity, key) for key in keys]


def people_among(entity: Entity, keys: Iterable[str]) -> list[str]:
    """Return the keys that are identifiers of people."""
    return [key for key in keys if key] if entity in PEOPLE else []
