"""The API key, in an object that does not show it by accident.

Room: _transport. Pure. Only `sender` reveals it, into the header of a request.
"""

from __future__ import annotations

import hashlib

#: The cost of a mark: ten milliseconds, so that a person who finds it cannot try many keys. Guessed.
MARK_COST = 2**12


class ApiKey:
    """A secret whose repr, str and vars hide it. Equal keys mean one account."""

    __slots__ = ("__secret",)

    def __init__(self, secret: str) -> None:
        """Store the key.

        Raises:
            ValueError: it is empty or cannot be sent in a header. The message does not contain it.

        """
        if not secret or not secret.isascii() or not secret.isprintable() or secret != secret.strip():
            raise ValueError("the API key must be printable ASCII without spaces around it")
        self.__secret = secret

    def reveal(self) -> str:
        """Return the key itself."""
        return self.__secret

    def mark(self, salt: bytes) -> bytes:
        """Return a mark that differs for each key and does not reveal it, for files that belong to one account."""
        return hashlib.scrypt(self.__secret.encode(), salt=salt, n=MARK_COST, r=8, p=1, dklen=16)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and self.__secret == other.__secret

    def __hash__(self) -> int:
        return hash(self.__secret)

    def __repr__(self) -> str:
        return "ApiKey(hidden)"
