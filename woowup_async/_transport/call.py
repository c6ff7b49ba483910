"""What to ask of the API, before it is an HTTP request.

Room: _transport. Pure.
"""

from __future__ import annotations

from typing import Any

import msgspec

from woowup_async._flow import Record
from woowup_async._wire.endpoint import Endpoint, Replay


class Call(msgspec.Struct, frozen=True):
    """What to ask.

    Args:
        endpoint: the operation.
        params: its query.
        body: its body, encoded.
        path: what its path names.
        attempts: fewer than the policy's; None for those.
        is_divisible: whether giving it up settles nothing, since its records can go apart.
        records: those that it is about, in a run.
        content_type: of the body.
        is_creation: whether "it exists", where an attempt of this call was lost before, means that it was created.

    """

    endpoint: Endpoint[Any]
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    path: tuple[str, ...] = ()
    attempts: int | None = None
    is_divisible: bool = False
    records: tuple[Record, ...] = ()
    is_creation: bool = False
    content_type: str = "application/json"

    def __repr__(self) -> str:
        return f"Call({self.endpoint.name!r})"


#: A read that finds no user.
PROBE = Call(Endpoint("probe", "GET", "/multiusers/exist", Replay.SAFE), (("service_uid", "woowup_async-probe"),))
