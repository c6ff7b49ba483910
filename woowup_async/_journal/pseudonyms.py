"""Names and digests by which a journal recognises records that it forgot.

Room: _journal. Pure.

A forgotten identifier is replaced by a hash of it, and the digest of a content by a hash of that digest. Both hashes
have a key that is computed from the API key and is not in the file. So a person who has the file cannot try e-mail
addresses or document numbers, of which there are too few to hide behind a plain hash. A person who also has the API key
can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from woowup_async._text import in_lower_case

#: How the value of a forgotten identifier and a keyed digest begin. The digest is longer than others by this byte.
_MARK = "~"
_LENGTH = 17
#: Between the identifiers of a purchase (`_ingest.customers.together`). No identifier has it.
_BETWEEN = "\0"


class KeyedDigest(bytes):
    """The keyed hash of a digest. It equals the digest, and nothing else shows which digest that is."""

    _secret: bytes

    def __eq__(self, other: object) -> bool:
        if isinstance(other, KeyedDigest):
            return bytes(self) == bytes(other)
        return isinstance(other, bytes) and (bytes(self) == other or bytes(self) == keyed(self._secret, other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = bytes.__hash__


def secret_digest(secret: bytes, stored: bytes | None) -> bytes | None:
    """Return a stored digest so that it can be compared: a keyed one as a `KeyedDigest`, others as they are."""
    if stored is None or not is_keyed(stored):
        return stored
    found = KeyedDigest(stored)
    found._secret = secret
    return found


def keyed(secret: bytes, digest: bytes) -> bytes:
    """Return the keyed hash of a digest. A keyed one, and b"" for an unknown content, are returned as they are."""
    if not digest or is_keyed(digest):
        return digest
    return _MARK.encode() + hashlib.blake2b(digest, digest_size=_LENGTH - 1, key=secret, person=b"content").digest()


def is_keyed(digest: bytes) -> bool:
    """Return whether a digest is a keyed one."""
    return len(digest) == _LENGTH and digest.startswith(_MARK.encode())


def name_of(secret: bytes, identifier: str) -> str:
    """Return the name of a forgotten identifier, such as `document:~3f…`.

    The name of an e-mail address in lower case is the name of the address in lower case, as for the addresses
    themselves. A name is its own name.
    """
    kind, _, value = identifier.partition(":")
    if is_name(identifier):
        return identifier
    folded = in_lower_case(identifier)
    name = f"{kind}:{_MARK}{_hash(secret, identifier if folded is None else folded).hex()}"
    if folded is None:
        return name
    # one letter for each bit: small ones for an address in lower case, and otherwise some capital ones
    spelling = 0 if folded == identifier else int.from_bytes(_hash(secret, value)[:4], "big") | 1
    return name + "".join("X" if spelling >> bit & 1 else "x" for bit in range(32))


def is_name(identifier: str) -> bool:
    """Return whether an identifier is the name of a forgotten one."""
    value = identifier.partition(":")[2]
    return value.startswith(_MARK) and len(value) in (33, 65) and value[1:33].isalnum()


def parts_of(identifier: str) -> list[str]:
    """Return the identifiers in a name for all identifiers of a purchase together, or the only one."""
    return identifier.split(_BETWEEN)


def joined(parts: Iterable[str]) -> str:
    """Return the name for several identifiers together."""
    return _BETWEEN.join(parts)


def _hash(secret: bytes, text: str) -> bytes:
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16, key=secret, person=b"identifier"
    ).digest()
