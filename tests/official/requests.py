"""Each documented sample of a request, made with the typed call: accepted unchanged, or refused for a reason."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.official.calls import recorded, refused, sent
from tests.official.samples import Sample
from woowup_async._wire.addresses import BASE_URL

Try = Callable[[Sample], Awaitable["bool | Refusal"]]
#: The reasons in docs/vendor-unknowns.md, by number.
WHY = {
    "Q49": "a day is not a time: the hour decides which purchases are deleted",
    "Q82": "`birthday` is a field of answers",
    "Q86": "points are a number, not a text",
    "Q97": "a description of the values, not a value",
}


class Refusal(msgspec.Struct, frozen=True):
    """A refused sample: the number and the reason, and whether nothing was sent."""

    number: str
    reason: str
    is_refused: bool


def takes(number: int, **path: Any) -> Try:
    """Expect that the sample is sent unchanged."""

    async def attempt(sample: Sample) -> bool:
        body = sample.body[0] if isinstance(sample.body, list) else sample.body
        arrived = sent(await recorded(number, path | body))
        return all(arrived.get(name) == value for name, value in body.items())

    return attempt


def refuses(number: int, **path: Any) -> Try:
    """Expect that the sample is refused before anything is sent. Its note has the number of the reason."""

    async def attempt(sample: Sample) -> Refusal:
        body = sample.body[0] if isinstance(sample.body, list) else sample.body
        error = await refused(lambda: recorded(number, path | body))
        return Refusal(sample.note, WHY[sample.note], error is not None)

    return attempt


async def all_of_a_list(sample: Sample) -> bool:
    """Expect that both purchases of the bulk sample are sent unchanged."""
    return all([await takes(7)(msgspec.structs.replace(sample, body=each)) for each in sample.body])


async def logs(sample: Sample) -> bool:
    """Expect customers by branch in both spellings, since the page's spelling breaks its schema (Q14)."""
    arrived = sent(await recorded(4, sample.body))
    for branch in arrived["stats"]["customers"]["per_branches"]:
        for name in ("created", "updated", "failed"):
            assert branch.pop(f"total_{name}") == branch[name]
    return bool(arrived == sample.body)


def asks(number: int) -> Try:
    """Expect that the call requests the URL of the sample. It may add paging."""

    async def attempt(sample: Sample) -> bool:
        shown = urlsplit(sample.body)
        fields: dict[str, Any] = dict(parse_qsl(shown.query))
        if digits := re.search(r"/([0-9]+)", shown.path.replace("/apiv3", "")):
            fields |= {"firstSixDigits": digits[1]} if "/iin/" in shown.path else {"id": int(digits[1])}
        if shown.path.endswith("/purchases"):
            fields |= {"invoice_number": "1"}  # the operation has two calls, and the sample is for the first
        (call, *_) = await recorded(number, fields)
        path = BASE_URL + call.endpoint.path_of(call.path)
        query = {pair for pair in call.params if pair[0] not in ("page", "limit")}
        return path == f"{shown.scheme}://{shown.netloc}{shown.path}" and query == set(parse_qsl(shown.query))

    return attempt


REQUESTS: dict[str, Try] = {
    "users.md:175": takes(13), "users.md:249": takes(13), "users.md:790": takes(19),
    "users.md:987": refuses(20, id=12345), "users.md:1065": takes(21), "users.md:1117": takes(22),
    "users.md:1259": takes(25), "users.md:1321": refuses(26, id=1), "users.md:1334": refuses(26, id=123456),
    "users.md:1381": takes(27), "users.md:1399": takes(27), "users.md:2314": refuses(36, id=1),
    "purchases.md:164": takes(6), "purchases.md:242": takes(6), "purchases.md:360": all_of_a_list,
    "purchases.md:483": takes(8), "purchases.md:555": takes(8), "purchases.md:916": takes(11),
    "purchases.md:1002": refuses(12), "purchases.md:1040": refuses(12), "purchases.md:1070": takes(12),
    "woowup-connectors.md:114": logs,
    "users.md:355": asks(14), "users.md:533": asks(16), "users.md:575": asks(17), "users.md:1476": asks(28),
    "users.md:1672": asks(29), "users.md:2107": asks(34), "purchases.md:666": asks(9), "purchases.md:800": asks(10),
}  # fmt: skip
