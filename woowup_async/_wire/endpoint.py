"""Endpoints as data.

Room: _wire. Pure. `_resources` has the constants, and `_transport` sends them.
"""

from __future__ import annotations

from base64 import b64encode
from enum import Enum
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from woowup_async._text import printable

T = TypeVar("T")


class Replay(Enum):
    """Whether a request may be repeated after bytes of it were sent."""

    SAFE = "safe"  # it only reads
    KEYED = "keyed"  # a natural key makes the repeat harmless
    UNSAFE = "unsafe"  # never


class Host(Enum):
    """The host of an operation. Each host has its own authentication scheme and its own pace."""

    API = "api"  # `Authorization: Basic <key>`, the documented window
    CONNECTORS = "connectors"  # `Authorization: Bearer <key>`, no documented limit (Q18)


class Form(Enum):
    """The form of an answer."""

    ENVELOPE = "envelope"  # payload, message, code
    BARE = "bare"  # the payload itself (Q11, Q17)
    ANY = "any"  # undocumented: an envelope or nothing at all (Q2)
    STATUS = "status"  # an envelope, or a success by its status alone: writes of users and purchases (Q29)


class Endpoint(msgspec.Struct, Generic[T], frozen=True):
    """One operation of the API.

    Args:
        name: the call in the code of a user, such as `purchases.create`.
        method: HTTP method.
        path: below the base URL, beginning with a slash; `{}` stands for each path parameter.
        replay: whether it may be repeated if its answer was lost.
        payload: type of the answer's payload; None if the reply becomes a `Queued`.
        form: the form of the answer.
        host: the host of the operation.
        source: its number in the list of operations on the official pages, or its N number.

    """

    name: str
    method: str
    path: str
    replay: Replay
    payload: Any = None
    form: Form = Form.ENVELOPE
    host: Host = Host.API
    source: str = ""

    def path_of(self, arguments: tuple[str, ...]) -> str:
        """Fill the path. Each argument is percent-encoded, including slashes.

        Raises:
            ValueError: an argument is not a valid part of a path, or would change the path.

        """
        if not arguments and "{" not in self.path:
            return self.path
        return self.path.format(*map(_part, arguments))


def _part(argument: str) -> str:
    """Encode one part of a path. Refuse `.` and `..`, since URL libraries resolve them even if they are encoded."""
    if argument in ("", ".", "..") or not argument.isprintable():
        raise ValueError(
            f"a part of a path must be printable text, and not '', '.' or '..'; got {printable(repr(argument), 60)}"
        )
    return quote(argument, safe="")


def encoded_id(identifier: int | str) -> str:
    """Encode an id as a part of a path, for `WoowUp.request`.

    An int (the id) stays as it is. A str (a service_uid, a sku, the name of a branch) becomes base64, whose `+`, `/`
    and `=` are percent-encoded, as the getting-started page shows: `encoded_id("example@email.com")` is
    `"ZXhhbXBsZUBlbWFpbC5jb20%3D"`.

    Raises:
        TypeError: it is neither.
        ValueError: it is empty, below 1, `.` or `..`, or has control characters.

    """
    return quote(base64_id(identifier), safe="")


def base64_id(identifier: int | str) -> str:
    """Encode an id for a path: an int unchanged (the id), a str as base64 (a service_uid; getting-started page).

    It uses the standard alphabet, not the URL-safe one; `path_of` percent-encodes its `+`, `/` and `=`.

    Raises:
        TypeError: the id is neither an int nor a str.
        ValueError: the id is empty, below 1, `.` or `..`, or has control characters.

    """
    if not isinstance(identifier, int | str):
        raise TypeError(f"an id is an int, or a service_uid that is a str; got {printable(repr(identifier), 60)}")
    if isinstance(identifier, bool) or not identifier or (isinstance(identifier, int) and identifier < 1):
        raise ValueError(f"an id is an int above 0, or a service_uid that is not empty; got {identifier!r}")
    if isinstance(identifier, int):
        return str(identifier)
    if not identifier.isprintable() or identifier.strip() in ("", ".", ".."):
        raise ValueError(
            f"a service_uid must be printable text, and not '.' or '..'; got {printable(repr(identifier), 60)}"
        )
    return b64encode(identifier.encode()).decode()
