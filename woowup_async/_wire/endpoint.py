"""Endpoints as data.

Room: _wire. Pure. `_resources` holds the constants, `_transport` sends them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Replay(Enum):
    """May this request be repeated after bytes of it were sent?"""

    SAFE = "safe"  # it reads
    KEYED = "keyed"  # a natural key makes the repeat harmless
    UNSAFE = "unsafe"  # never


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T]):
    """One operation of the API.

    Args:
        name: the call as users write it, such as `purchases.create`.
        method: HTTP method.
        path: below the base URL, beginning with a slash.
        replay: whether it may be repeated when its answer was lost.
        payload: type of the envelope's payload; None where the reply is a `Queued` as it stands.

    """

    name: str
    method: str
    path: str
    replay: Replay
    payload: Any = None
