"""A typed call of each operation with its documented fields, and a client that records calls and sends nothing."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from tests.official.documented import IDS
from tests.official.samples import answer_of
from woowup_async import WoowUp
from woowup_async._resources.endpoints import ENDPOINTS
from woowup_async._transport.call import Call
from woowup_async._wire.endpoint import Endpoint, Form
from woowup_async._wire.reply import Reply, reply_of
from woowup_async.models import FamilyMember, Identity, IntegrationStats
from woowup_async.models._base import Model
from woowup_async.ports import Response

Fields = Mapping[str, Any]
#: Operations whose answer no page shows, with the emptiest answer.
_UNSHOWN: dict[int, Any] = {
    1: [], 2: [], 6: [], 7: [], 8: [], 9: [], 24: [], 28: [], 29: [], 35: [], 37: [], 38: [],
}  # fmt: skip


def endpoint_of(number: int) -> Endpoint[Any]:
    """Return the constant of an operation. If two calls share an operation, return that of the first."""
    return next(endpoint for endpoint in ENDPOINTS if endpoint.source == str(number))


def answered(number: int, body: Any = None, status: int = 200) -> Reply:
    """Return the reply for a documented answer, or for an empty answer."""
    if body is None:
        body = {"payload": _UNSHOWN[number], "code": "ok", "message": ""} if number in _UNSHOWN else answer_of(number)
    form = endpoint_of(number).form if number else Form.ENVELOPE
    return reply_of(Response(status, {}, msgspec.json.encode(body)), form)


class Recorder(WoowUp):
    """A client that sends nothing. Its answers are those on the pages, with empty lists."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        super().__init__("key")

    async def _send(self, call: Call) -> Reply:
        self.calls.append(call)
        number = int(call.endpoint.source)
        return answered(number, [] if number == 5 else None)


def sent(calls: list[Call]) -> dict[str, Any]:
    """Return the values of calls by their documented names, from the query, the path and the body.

    Of a list, only the first element is used.
    """
    merged: dict[str, Any] = {}
    for call in calls:
        merged |= _sent(call)
    return merged


def _sent(call: Call) -> dict[str, Any]:
    body = msgspec.json.decode(call.body) if call.body else {}
    body = body[0] if isinstance(body, list) else body
    query = dict(call.params)
    names = ["firstSixDigits"] if "iin" in call.endpoint.path else ["id", "memberid"]
    path = dict(zip(names, call.path, strict=False))
    return {"of": query, **body, **path} if "/members" in call.endpoint.path else query | body | path


def build(hint: Any, value: Any) -> Any:
    """Build models of a type from plain values, as a caller writes them."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return build(parts[0], value)
    if origin in (Union, UnionType):
        return build(next(part for part in parts if part is not NoneType), value)
    if origin is list and isinstance(value, list):
        return [build(parts[0], each) for each in value]
    if isinstance(hint, type) and issubclass(hint, Model) and isinstance(value, Mapping):
        return hint(**{name: build(_hints(hint).get(name), inner) for name, inner in value.items()})
    return value


@cache
def _hints(model: type[Model]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


async def run(result: Any) -> Any:
    """Await a call, or take the first items of a listing."""
    return [item async for item in result] if isinstance(result, AsyncIterator) else await result


def ids(fields: Fields) -> dict[str, Any]:
    return {name: fields[name] for name in IDS if name in fields}


def without(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def listing(fields: Fields) -> dict[str, Any]:
    """Return the fields of a listing with the names of the library's arguments."""
    names = {"from": "from_", "limit": "page_size"}
    return {names.get(name, name): value for name, value in fields.items() if name != "id"}


def moment(text: Any) -> Any:
    """Return a documented time as an aware datetime, as the caller gives it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if isinstance(text, str) and len(text) > 10 else text


def member(fields: Fields) -> FamilyMember:
    built: FamilyMember = build(FamilyMember, without(fields, "id", "memberid", "of"))
    return built


def identity(fields: Any) -> Identity:
    return Identity(**fields)


CALLS: dict[int, Callable[[WoowUp, Fields], Any]] = {
    1: lambda w, f: w.integration_stats.create(build(IntegrationStats, f)),
    2: lambda w, f: w.integration_stats.list(**listing(f)),
    3: lambda w, f: w.account_stats(**listing(f)),
    4: lambda w, f: w.connectors.log(f),
    5: lambda w, f: w.connectors.logs(**listing(f)),
    6: lambda w, f: w.purchases.create(f),
    7: lambda w, f: w.purchases.create_bulk([f]),
    8: lambda w, f: w.purchases.update(f),
    9: lambda w, f: _search_and_find(w, f),
    10: lambda w, f: w.purchases.bank(f["firstSixDigits"]),
    11: lambda w, f: w.purchases.delete(f["invoice_number"]),
    12: lambda w, f: w.purchases.delete_bulk(
        **without(f, "from", "to"), from_=moment(f.get("from")), to=moment(f.get("to"))
    ),
    13: lambda w, f: w.users.create(f),
    14: lambda w, f: w.users.find(**f),
    15: lambda w, f: w.legacy.find_user(f["id"]),
    16: lambda w, f: w.users.exists(**f),
    17: lambda w, f: w.legacy.user_exists(f["id"]),
    18: lambda w, f: w.users.belongs_to_segment(f["id"], f["segment_id"]),
    19: lambda w, f: w.users.update(f),
    20: lambda w, f: w.legacy.update_user(f["id"], without(f, "id")),
    21: lambda w, f: w.users.delete(identity(f)),
    22: lambda w, f: w.users.delete_segment(**f),
    23: lambda w, f: w.legacy.register(**without(f, "pass"), password=f["pass"]),
    24: lambda w, f: w.legacy.newsletter(**f),
    25: lambda w, f: w.users.add_points(identity(ids(f)), **without(f, *IDS)),
    26: lambda w, f: w.legacy.add_points(f["id"], **without(f, "id")),
    27: lambda w, f: w.users.merge(from_=identity(f["from"]), into=identity(f["to"])),
    28: lambda w, f: w.users.transactions(**listing(f)),
    29: lambda w, f: w.legacy.transactions(f["id"], **listing(f)),
    30: lambda w, f: w.members.list(**f["of"]),
    31: lambda w, f: w.members.create(identity(f["of"]), member(f)),
    32: lambda w, f: w.members.update(identity(f["of"]), member(f)),
    33: lambda w, f: w.members.create_bulk(identity(f["of"]), [member(f)]),
    34: lambda w, f: w.members.list_by_id(f["id"]),
    35: lambda w, f: w.members.create_by_id(f["id"], member(f)),
    36: lambda w, f: w.members.create_bulk_by_id(f["id"], [member(f)]),
    37: lambda w, f: w.members.update_by_id(f["id"], f["memberid"], member(f)),
    38: lambda w, f: w.users.search(f["search"], **without(listing(f), "search")),
}


async def _search_and_find(woowup: WoowUp, fields: Fields) -> None:
    """Make the two calls of one operation."""
    await run(woowup.purchases.search(service_uid=fields["service_uid"]))
    await woowup.purchases.find(fields["invoice_number"])


async def recorded(number: int, fields: Fields) -> list[Call]:
    """Make the typed call of an operation. Return the calls that would be sent."""
    recorder = Recorder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        await run(CALLS[number](recorder, fields))
    return recorder.calls


async def refused(make: Callable[[], Awaitable[Any]]) -> Exception | None:
    """Return the error of a call that was refused before anything was sent. Return None if it was sent.

    Raises:
        Exception: the call failed with another error.

    """
    try:
        await make()
    except (ValueError, TypeError) as error:  # InvalidRecord is a ValueError
        return error
    return None
