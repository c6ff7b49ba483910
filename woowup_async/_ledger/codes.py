"""How PostgreSQL stores states, kinds of records and texts.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from woowup_async._flow import Entity
from woowup_async._journal.outcomes import state_of
from woowup_async.outcomes import Outcome, Rejected
from woowup_async.ports import State

#: The numbers of the kinds. They are stored, so they must not change.
ENTITIES = {Entity.PRODUCT: 1, Entity.BRANCH: 2, Entity.USER: 3, Entity.MEMBER: 4, Entity.PURCHASE: 5}
ENTITY_OF = {number: entity for entity, number in ENTITIES.items()}
IN_FLIGHT, ACCEPTED, REFUSED, RELEASED, IN_DOUBT, REFUSED_HERE = range(6)
#: A record that the server refused has another number than one that was refused before it was sent.
STATE_OF = {
    IN_FLIGHT: State.IN_FLIGHT, ACCEPTED: State.ACCEPTED, REFUSED: State.REJECTED, RELEASED: State.RELEASED,
    IN_DOUBT: State.IN_DOUBT, REFUSED_HERE: State.REJECTED,
}  # fmt: skip
_CODES = {State.ACCEPTED: ACCEPTED, State.RELEASED: RELEASED, State.IN_DOUBT: IN_DOUBT}

#: Stands for NUL, which a text of PostgreSQL cannot have. Unicode reserves it for such uses.
_NUL = "\ufdd0"
#: Longest key, in bytes. An index of PostgreSQL takes entries of up to 2,704 bytes (documented).
MAX_KEY_BYTES = 2_000


def code_of(outcome: Outcome) -> int:
    """Return the number of an outcome's state."""
    if isinstance(outcome, Rejected):
        return REFUSED if outcome.by == "server" else REFUSED_HERE
    return _CODES[state_of(outcome)]


def stored_all(values: list[str]) -> list[str]:
    """Return texts in a form that PostgreSQL can store. Nearly always none has to be changed."""
    together = "".join(values)
    return values if together.isascii() and "\0" not in together else [stored(each) for each in values]


def keys_of(keys: list[str]) -> list[str]:
    """Return keys in a form that PostgreSQL can store in an index. Nearly always none has to be changed."""
    together = "".join(keys)
    if max(map(len, keys)) < MAX_KEY_BYTES // 4 and together.isascii() and "\0" not in together:
        return keys
    return [key_of(key) for key in keys]


def stored(text: str) -> str:
    """Return a text in a form that PostgreSQL can store."""
    if text.isascii():
        return text.replace("\0", _NUL) if "\0" in text else text
    return text.replace("\0", _NUL).encode("utf-8", "backslashreplace").decode()


def key_of(text: str) -> str:
    """Return a key in a form that PostgreSQL can store in an index.

    A long one, and one that could be stored as another one is, ends with its hash. So two are never stored as one.
    """
    plain = stored(text)
    is_clear = _NUL not in text and plain == text.replace("\0", _NUL)
    if is_clear and (len(plain) < MAX_KEY_BYTES // 4 or len(plain.encode()) <= MAX_KEY_BYTES):
        return plain
    return f"{plain[:400]}{_NUL}{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def parts_of(stored_name: str) -> list[str]:
    """Return the identifiers in a stored name for all identifiers of a purchase together, or the only one."""
    return stored_name.split(_NUL)


def together(stored_parts: Iterable[str]) -> str:
    """Return the stored name for several identifiers together."""
    return _NUL.join(stored_parts)


def shown(text: str) -> str:
    """Return a stored text as it was given; "" for the key of a record without one."""
    return "" if text.startswith(_NUL) else text.replace(_NUL, "\0")
