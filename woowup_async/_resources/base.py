"""What every namespace does: send a call, decode its payload, walk pages.

Room: _resources. It speaks to a sender, never to the client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from woowup_async._text import printable
from woowup_async._transport.call import Call
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.reply import Reply
from woowup_async._wire.shape import Encoded, Shape
from woowup_async.errors import InvalidRecord, Reason, UnexpectedReply
from woowup_async.models._base import IDENTIFIERS, Model, identifier_rule
from woowup_async.models.replies import Queued

T = TypeVar("T")
Send = Callable[[Call], Awaitable[Reply]]
Params = tuple[tuple[str, str], ...]

#: Documented: most items of a page.
_PAGE = 100
#: Fields that come as `[]` where they are empty objects (Q63, Q89).
_OBJECTS = frozenset({"custom_attributes", "customform", "data", "metadata", "prices", "stats", "purchase_detail"})
#: Characters of a decoding error that are shown.
_SHOWN = 200
_encoder = msgspec.json.Encoder(decimal_format="number")


class Resource:
    """A namespace of one account's endpoints."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def _ask(
        self, endpoint: Endpoint[T], *, params: Params = (), body: bytes | None = None, path: tuple[str, ...] = ()
    ) -> T:
        reply = await self._send(Call(endpoint, params, body, path))
        return decoded(endpoint, reply)

    async def _create(self, endpoint: Endpoint[T], *, params: Params = (), body: bytes) -> T | None:
        """Ask for a creation; None where the repeat of a lost attempt found that it is there.

        The server did not say whether that attempt was ours or what exists has the same content: both are there now.
        """
        reply = await self._send(Call(endpoint, params, body, is_creation=True))
        return None if reply.is_repeat else decoded(endpoint, reply)

    async def _pages(
        self,
        endpoint: Endpoint[list[T]],
        params: Params,
        most: int | None,
        *,
        page: int = _PAGE,
        path: tuple[str, ...] = (),
    ) -> AsyncIterator[T]:
        """Walk the pages, from 0; a short one is the last. The API gives no total."""
        number, given = 0, 0
        while most is None or given < most:
            paging = (("page", str(number)), ("limit", str(page)))
            items = await self._ask(endpoint, params=(*params, *paging), path=path)
            for item in items[: None if most is None else most - given]:
                yield item
            given, number = given + len(items), number + 1
            if len(items) < page:
                return


def decoded(endpoint: Endpoint[T], reply: Reply) -> T:
    """Decode a reply's payload as its endpoint says.

    Raises:
        UnexpectedReply: it does not fit.

    """
    if endpoint.payload is None:
        queued: Any = Queued(reply.code, reply.message, reply.payload)
        return queued  # type: ignore[no-any-return]
    try:
        # strict=False: ids come as numbers and as strings (Q77)
        payload = _with_objects(msgspec.json.decode(reply.payload))
        if payload == [] and _is_object(endpoint.payload):
            payload = {}  # done, without a payload
        fitting: T = msgspec.convert(payload, endpoint.payload, strict=False)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        # no text, or too deep, or of other types: what it says of the payload is the server's, and is cut
        what = printable(f"a payload that does not fit: {error or type(error).__name__}", _SHOWN)
    else:
        return fitting
    if reply.is_bare and _is_object(endpoint.payload):
        nothing_told: T = msgspec.convert({}, endpoint.payload)
        return nothing_told  # done, by its status
    raise UnexpectedReply(endpoint.name, reply.status, reply.code, what)


def _is_object(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _with_objects(payload: Any) -> Any:
    """Make empty objects of the empty lists that stand for them."""
    if isinstance(payload, list):
        return [_with_objects(item) for item in payload]
    if isinstance(payload, dict):
        return {
            name: {} if value == [] and name in _OBJECTS else _with_objects(value)
            for name, value in payload.items()
            if value is not None or name not in _OBJECTS
        }
    return payload


def encoded_or_raise(shape: Shape, record: object, prefix: str = "") -> Encoded:
    """Encode one record of a direct call; `prefix` stands before the paths of its reasons.

    Raises:
        InvalidRecord: with every broken rule.

    """
    result = shape.encode(record)
    if isinstance(result, Encoded):
        return result
    raise InvalidRecord([Reason(f"{prefix}.{reason.path}".strip("."), reason.message) for reason in result.reasons])


def body_of(value: Model | dict[str, Any] | list[Model]) -> bytes:
    """Encode a body; what is None stays out."""
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if part is not None}
    return _encoder.encode(value)


def query_of(**given: str | float | None) -> Params:
    """Write a query; what is None stays out. A trailing underscore of a name falls away (`from_`)."""
    return tuple(
        (name.rstrip("_"), encodable(str(value), name.rstrip("_")))
        for name, value in given.items()
        if value is not None
    )


def identity_query(identity: Model | dict[str, str | None]) -> Params:
    """Write identifiers into a query; the vendor's clients send unused ones empty, here they are left out (Q79).

    Raises:
        InvalidRecord: none was given.

    """
    fields = identity if isinstance(identity, dict) else msgspec.structs.asdict(identity)
    if reasons := list(identifier_rule(fields)):
        raise InvalidRecord(reasons)
    return tuple((name, encodable(str(fields[name]), name)) for name in IDENTIFIERS if fields.get(name))


def encodable(text: str, name: str) -> str:
    """Return text that a query can hold.

    Raises:
        ValueError: it holds half of a surrogate pair.

    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} cannot be sent: {text!a} holds half of a surrogate pair") from None
    return text


def day_of(day: date | str | None, name: str) -> str | None:
    """Write a day as `YYYY-MM-DD`.

    Raises:
        TypeError: it is a moment, whose day depends on the time zone.
        ValueError: it is another text.

    """
    if isinstance(day, datetime):
        raise TypeError(f"{name} must be a date or 'YYYY-MM-DD', got a datetime: which day it is depends on its zone")
    if isinstance(day, date):
        return day.isoformat()
    if day is not None:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise ValueError(f"{name} must be a date or 'YYYY-MM-DD', got {day!r}") from None
    return day


def count_of(most: int | None) -> int | None:
    """Check a bound of an iterator.

    Raises:
        ValueError: it is below 1.

    """
    if most is not None and most < 1:
        raise ValueError(f"limit must be 1 or more, or None for all, got {most!r}")
    return most
