"""Endpoints as data.

Room: _wire. Pure. `_resources` holds the constants, `_transport` sends them.
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
    """May this request be repeated after bytes of it were sent?"""

    SAFE = "safe"  # it reads
    KEYED = "keyed"  # a natural key makes the repeat harmless
    UNSAFE = "unsafe"  # never


class Host(Enum):
    """Where an operation lives; each host has its own scheme of authentication and its own pace."""

    API = "api"  # `Authorization: Basic <key>`, the documented window
    CONNECTORS = "connectors"  # `Authorization: Bearer <key>`, no documented limit (Q18)


class Form(Enum):
    """How an answer comes."""

    ENVELOPE = "envelope"  # payload, message, code
    BARE = "bare"  # the payload itself (Q11, Q17)
    ANY = "any"  # undocumented: an envelope or nothing at all (Q2)
    STATUS = "status"  # an envelope, or without one a success by its status: writes of users and purchases (Q29)


class Endpoint(msgspec.Struct, Generic[T], frozen=True):
    """One operation of the API.

    Args:
        name: the call as users write it, such as `purchases.create`.
        method: HTTP method.
        path: below the base URL, beginning with a slash; `{}` stands for each path parameter.
        replay: whether it may be repeated when its answer was lost.
        payload: type of the answer's payload; None where the reply is a `Queued` as it stands.
        form: how the answer comes.
        host: where it lives.
        source: number in the list of the official pages' operations, or where else it was found.

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
        """Fill the path; each argument is percent-encoded, slashes too.

        Raises:
            ValueError: an argument that would be no part of a path, or another one.

        """
        return self.path.format(*map(_part, arguments))


def _part(argument: str) -> str:
    """Write one part of a path. Parts of dots only are walked by URL libraries: encoding does not help."""
    if argument in ("", ".", "..") or not argument.isprintable():
        raise ValueError(
            f"a part of a path must be printable text, and not '', '.' or '..'; got {printable(repr(argument), 60)}"
        )
    return quote(argument, safe="")


def encoded_id(identifier: int | str) -> str:
    """Write an id as a part of a path, for `WoowUp.request`.

    An int (the id) stays as it is. A str (a service_uid, a sku, the name of a branch) becomes base64, whose `+`, `/`
    and `=` are percent-encoded, as the getting-started page shows: `encoded_id("example@email.com")` is
    `"ZXhhbXBsZUBlbWFpbC5jb20%3D"`.

    Raises:
        TypeError: it is neither.
        ValueError: it is empty, below 1, `.` or `..`, or holds control characters.

    """
    return quote(base64_id(identifier), safe="")


def base64_id(identifier: int | str) -> str:
    """Write an id for a path: an int as it is (the id), a str as base64 (a service_uid; getting-started page).

    The standard alphabet, not the URL-safe one; its `+`, `/` and `=` are percent-encoded by `path_of`.

    Raises:
        TypeError: it is neither.
        ValueError: where it is empty, below 1, `.` or `..`, or holds control characters.

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
