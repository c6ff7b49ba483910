"""The base of all namespaces: it sends a call, decodes the payload and requests pages.

Room: _resources. It uses a sender, never the client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from woowup_async._resources.arguments import Paging, Params
from woowup_async._text import printable
from woowup_async._transport.call import Call
from woowup_async._wire.checks import encoder
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.reply import Reply
from woowup_async._wire.shape import Encoded, Shape
from woowup_async.errors import InvalidRecord, NotFound, Reason, UnexpectedReply
from woowup_async.models._answer import fitted, is_object
from woowup_async.models._base import Model
from woowup_async.models.replies import Queued

T = TypeVar("T")
Send = Callable[[Call], Awaitable[Reply]]

#: The most characters that are shown of a decoding error.
_SHOWN = 200


class Resource:
    """A namespace of one account's endpoints."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def _ask(
        self, endpoint: Endpoint[T], *, params: Params = (), body: bytes | None = None, path: tuple[str, ...] = ()
    ) -> T:
        reply = await self._send(Call(endpoint, params, body, path))
        return decoded(endpoint, reply)

    async def _create(
        self, endpoint: Endpoint[T], *, params: Params = (), body: bytes, path: tuple[str, ...] = ()
    ) -> T | None:
        """Create something. Return None if the repeat of a lost attempt found that it exists.

        The answer does not say whether that attempt created it, or whether the existing content is the same.
        """
        reply = await self._send(Call(endpoint, params, body, path, is_creation=True))
        return None if reply.is_repeat else decoded(endpoint, reply)

    async def _find(self, endpoint: Endpoint[T], *, params: Params = (), path: tuple[str, ...] = ()) -> T | None:
        """Return one thing, or None if the answer is a 404 or has an empty payload.

        One page calls its answer an array but shows an object (Q76), so the first element of a list is taken.
        """
        try:
            reply = await self._send(Call(endpoint, params, None, path))
        except NotFound:
            return None
        return found(endpoint, reply)

    async def _pages(
        self, endpoint: Endpoint[list[T]], params: Params, paging: Paging, *, path: tuple[str, ...] = ()
    ) -> AsyncIterator[T]:
        """Request the pages. A page that is not full is the last. The API gives no total.

        A page that equals the page before is also the last: then the operation has no pages.
        """
        number, given, before = paging.page, 0, list[T]()
        while paging.limit is None or given < paging.limit:
            query = (("page", str(number)), ("limit", str(paging.size)))
            items = await self._ask(endpoint, params=(*params, *query), path=path)
            if items == before:
                return
            for item in items[: None if paging.limit is None else paging.limit - given]:
                yield item
            given, number, before = given + len(items), number + 1, items
            if len(items) != paging.size:
                return


def found(endpoint: Endpoint[T], reply: Reply) -> T | None:
    """Decode the reply of a search for one thing. Return it, or None.

    Raises:
        UnexpectedReply: the payload has another shape.

    """
    try:
        payload = msgspec.json.decode(reply.payload)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return decoded(endpoint, reply)  # it raises an error that says why
    if not payload and not isinstance(payload, int):
        return None
    if isinstance(payload, list):
        reply = msgspec.structs.replace(reply, payload=msgspec.json.encode(payload[0]))
    return decoded(endpoint, reply)


def decoded(endpoint: Endpoint[T], reply: Reply) -> T:
    """Decode a reply's payload into the type of its endpoint.

    Raises:
        UnexpectedReply: the payload has another shape.

    """
    if endpoint.payload is None:
        queued: Any = Queued(reply.code, reply.message, reply.payload)
        return queued  # type: ignore[no-any-return]
    try:
        payload = msgspec.json.decode(reply.payload)
        if (payload == [] or payload is None) and is_object(endpoint.payload):
            payload = {}  # it succeeded without a payload
        fitting: T = fitted(payload, endpoint.payload)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        # not JSON, nested too deep, or of other types. The error may quote the payload, so it is cut
        what = printable(f"a payload that does not fit: {error or type(error).__name__}", _SHOWN)
    else:
        return fitting
    if reply.is_bare and is_object(endpoint.payload):
        nothing: T = msgspec.convert({}, endpoint.payload)
        return nothing  # the status says that it succeeded
    raise UnexpectedReply(endpoint.name, reply.status, reply.code, what)


def encoded_or_raise(shape: Shape, record: object, prefix: str = "") -> Encoded:
    """Encode one record of a direct call; `prefix` is put before the paths of the reasons.

    Raises:
        InvalidRecord: the record breaks rules. The error has all of them.

    """
    result = shape.encode(record)
    if isinstance(result, Encoded):
        return result
    raise InvalidRecord([Reason(f"{prefix}.{reason.path}".strip("."), reason.message) for reason in result.reasons])


def body_of(value: Model | dict[str, Any] | list[Model]) -> bytes:
    """Encode a body without the fields that are None."""
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if part is not None}
    return encoder.encode(value)
