"""What every namespace does: send a call, decode its payload.

Room: _resources. Called by users through `WoowUp`. It speaks to a sender, never to the client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from woowup_async._transport.sender import Call
from woowup_async._wire.encode import Encoded, Shape
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.reply import Reply
from woowup_async.errors import InvalidRecord, Reason, UnexpectedReply
from woowup_async.models.replies import Queued

T = TypeVar("T")
Send = Callable[[Call], Awaitable[Reply]]
Params = tuple[tuple[str, str], ...]


class Resource:
    """A namespace of one account's endpoints."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def _ask(self, endpoint: Endpoint[T], *, params: Params = (), body: bytes | None = None) -> T:
        reply = await self._send(Call(endpoint, params, body))
        return _decoded(endpoint, reply)


def _decoded(endpoint: Endpoint[T], reply: Reply) -> T:
    if endpoint.payload is None:
        queued: Any = Queued(reply.code, reply.message, reply.payload)
        return queued  # type: ignore[no-any-return]
    try:
        # strict=False: ids come as numbers and as strings (Q77)
        decoded: T = msgspec.convert(msgspec.json.decode(reply.payload), endpoint.payload, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        what = f"a payload that does not fit: {error}"
        raise UnexpectedReply(endpoint.name, reply.status, reply.code, what) from error
    return decoded


def encoded_or_raise(shape: Shape, record: object, prefix: str = "") -> Encoded:
    """Encode one record of a direct call; `prefix` stands before the paths of its reasons.

    Raises:
        InvalidRecord: with every broken rule.

    """
    result = shape.encode(record)
    if isinstance(result, Encoded):
        return result
    raise InvalidRecord([Reason(f"{prefix}.{reason.path}".strip("."), reason.message) for reason in result.reasons])
