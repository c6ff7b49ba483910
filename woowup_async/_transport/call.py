"""A call of the API, before it becomes an HTTP request.

Room: _transport. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from woowup_async._flow import Record
from woowup_async._wire.endpoint import Endpoint, Replay


class Call(msgspec.Struct, frozen=True):
    """One call of an operation.

    Args:
        endpoint: the operation.
        params: the query.
        body: the encoded body.
        path: the parameters in the path.
        attempts: fewer attempts than the policy's; None for the policy's.
        is_divisible: whether its records can be sent in smaller parts, so that giving up this call settles none.
        records: in a run, the records in it.
        is_creation: whether "it exists" means that a lost attempt of this call created it.
        content_type: the content type of the body.
        heard: called after each exchange with its HTTP status (None: no answer came) and its seconds.

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
    heard: Callable[[int | None, float], None] | None = None

    def __repr__(self) -> str:
        return f"Call({self.endpoint.name!r})"


#: A read that finds no user.
PROBE = Call(Endpoint("probe", "GET", "/multiusers/exist", Replay.SAFE), (("service_uid", "woowup_async-probe"),))
