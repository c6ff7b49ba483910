"""No request ends in a traceback: the simulator answers every request with a status of the pages."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.support.mutations import VALUES, mangled, mutated
from tests.support.official import purchase_line, sample
from woowup_async.testing import Simulator
from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._routes import Asked, Server

IDENTITY = {"email": "ana@example.com", "document": "1", "service_uid": "a+b/ñ", "telephone": "5"}
MEMBER = {"relationship": "son", "uid": "1", "email": "leo@example.com"}
ATTRIBUTE = {"name": "size", "label": "Talle", "data_type": "string", "field_type": "text"}
POINTS: dict[str, Any] = {"concept": "gift", "points": 5, "description": "Verano"}
CATEGORY = [{"id": "a", "name": "Hogar"}, "Tazas"]
#: A body for each kind of operation. A request may get the body of another kind.
BODIES: list[Any] = [
    sample("user"), sample("purchase"), purchase_line(), [purchase_line(1), purchase_line(2, points=3)], IDENTITY,
    MEMBER, [MEMBER], IDENTITY | POINTS, POINTS | {"points": "7"}, {"from": {"document": "1"}, "to": {"document": "2"}},
    {"segment_id": 7, "notify_to": "a@b.c"}, {"invoice_number": "F-0001", "branch_name": "Centro"},
    {"from": "2024-01-01", "to": "2024-12-31 23:59:59", "branch_name": "Centro"}, {"remove_tags": "a,b"},
    {"sku": "A", "name": "Taza", "category": CATEGORY, "stock": 3, "available": True},
    {"name": "Centro", "description": None}, {"name": "opened-app"}, {"event": "opened-app"} | IDENTITY,
    IDENTITY | {"products": [{"sku": "A"}], "external_id": "1"}, ATTRIBUTE, {"code": "a"}, {"status": "used"},
    {"id": 1, "notify_to": "x"},
    {"files": ["a"], "processingtime": "2024-01-01", "stats": {"products": dict.fromkeys(
        ("total_created", "total_updated", "total_failed"), 1)}}, {"createtime": "x", "customers": {"created": 1}},
    {"blacklist": "email"},
]  # fmt: skip
WORDS = (
    "", "0", "1", "-1", "7", "30000001", "9" * 40, "٣", "x", "true", "customers", "gift", "sale-invoice", "2024-01-01",
    "2024-12-31T00:00:00+14:00", "0001-01-01T00:00:00+14:00", "9999-12-31 23:59:59", "2024-02-30", "F-0001", "Centro",
    "ana@example.com", "a+b/ñ", "\x00", "custom-attributes", "size", "450799", "A", "%", "é\n", "available",
    *(b64encode(text.encode()).decode() for text in ("a+b/ñ", "A", "Centro", "1", "")), "/w==", "=",
)  # fmt: skip
NAMES = (
    *IDENTITY, "page", "limit", "from", "to", "concept", "search", "segment_id", "entity", "branch", "invoice_number",
    "available", "with_stock", "status", "text", "type", "currentbenefits", "apikey2", "",
)  # fmt: skip
FORM = "multipart/form-data; boundary=x"
PARTS = {"file": b"a@b.c\r\nb@b.c", "blacklist": b"email", "type": b"create"}
#: The statuses that an answer may have: from the pages or the vendor's clients.
STATUSES = {200, 201, 400, 404, 413}
CODES_OF_500 = {"internal_error": "usuario existente", "family_member_duplicated": "The members already exist"}


def form(parts: dict[str, bytes]) -> bytes:
    head = 'Content-Disposition: form-data; name="%s"; filename="a.csv"'
    lines = [b"--x\r\n" + (head % name).encode() + b"\r\n\r\n" + value for name, value in parts.items()]
    return b"\r\n".join([*lines, b"--x--\r\n"])


def filled() -> Server:
    """Return an account with one of everything, so that requests get past the first checks."""
    server = Server(SimulatedAccount())
    for method, path, body in (
        ("POST", "/users", IDENTITY | {"tags": "a,b,c"}), ("POST", "/users", {"document": "2", "points": 4}),
        ("POST", "/purchases", purchase_line(1, branch_name="Centro")),
        ("POST", "/multiusers/points", IDENTITY | POINTS), ("POST", "/users/30000001/members", MEMBER),
        ("POST", "/products", {"sku": "A", "name": "B", "category": CATEGORY}), ("POST", "/integration-stats", {}),
        ("POST", "/events", {"name": "opened-app"}), ("POST", "/account/custom-attributes", ATTRIBUTE),
        ("POST", "/branches", {"name": "Centro"}),
    ):  # fmt: skip
        answered = server.answer(Asked(method, f"/apiv3{path}", {}, json.dumps(body).encode()))
        assert answered is not None
        assert answered[0] in (200, 201), answered
    server.records.segments[7] = {30_000_001}
    server.audience.coupons.append({"code": "A", "status": "used", "assign_date": "x"})
    return server


def drawn(server: Server, random: Random) -> Asked:
    """Draw one request: an operation, with a query and a body that may be of another operation or damaged."""
    method, pattern = random.choice(server.operations)
    path = pattern
    while "{}" in path:
        path = path.replace("{}", quote(random.choice(WORDS), safe=random.choice(("", "+="))), 1)
    query = {random.choice(NAMES): random.choice(WORDS) for _ in range(random.randrange(5))}
    if random.random() < 0.5:
        query |= {"email": "ana@example.com"}
    if pattern.endswith("blacklist") and method == "POST":
        parts = {name: value for name, value in PARTS.items() if random.random() < 0.9}
        content = form({name: random.choice((value, mangled(value, random))) for name, value in parts.items()})
        kind = random.choice((FORM, FORM, "multipart/form-data", "text/plain", FORM.replace("x", "yé")))
    else:
        body = random.choice(BODIES) if random.random() < 0.95 else random.choice(VALUES)
        content, kind = json.dumps(mutated(body, random)).encode(), "application/json"
    return Asked(method, path, query, mangled(content, random) if random.random() < 0.15 else content, kind)


def check(answered: tuple[int, Any] | None, asked: Asked) -> int:
    if answered is None:
        assert "//" in asked.path or asked.path.endswith("/"), asked  # a path with an empty part is unknown
        return 0
    status, body = answered
    json.dumps(body, allow_nan=False)
    if status == 500:
        assert str(body["message"]).startswith(CODES_OF_500[body["code"]]), asked
    else:
        assert status in STATUSES, asked
    if status == 400 and body["code"] == "bad_request":
        assert all(isinstance(error, str) and error for error in body["payload"]["errors"])
        assert body["payload"]["errors"], asked
    return status


def fuzz(seeds: range, *, most: int) -> dict[tuple[str, str], set[int]]:
    """Send requests, with a new account after some of them. Return the statuses of each operation."""
    seen: dict[tuple[str, str], set[int]] = {}
    server = filled()
    for seed in seeds:
        if seed % most == 0:
            server = filled()
        asked = drawn(server, Random(seed))
        seen.setdefault((asked.method, asked.path), set()).add(check(server.answer(asked), asked))
    return seen


@pytest.mark.untraced
def test_no_request_ends_in_a_traceback() -> None:
    statuses = set[int]().union(*fuzz(range(5_000), most=40).values())
    assert {200, 201, 400, 404, 500} <= statuses


@pytest.mark.long
def test_none_of_many_requests_ends_in_a_traceback() -> None:
    fuzz(range(5_000, 200_000), most=40)


async def sent(simulator: Simulator, session: aiohttp.ClientSession, asked: Asked) -> int:
    """Send a request over a socket. The HTTP server reads its address and headers."""
    headers = {"Authorization": f"Basic {simulator.api_key}", "Content-Type": asked.content_type}
    url = simulator.url.removesuffix("/apiv3") + asked.path
    if asked.path.startswith("/connectors"):
        headers["Authorization"] = f"Bearer {simulator.api_key}"
    async with session.request(asked.method, url, params=asked.query, data=asked.content, headers=headers) as answer:
        content = await answer.read()
        if answer.content_type == "text/html":
            return answer.status
        assert answer.content_type == "application/json", (answer.status, content, asked)
        check((answer.status, json.loads(content)), asked)
        return answer.status


async def drive(seeds: range) -> set[int]:
    statuses = set[int]()
    async with Simulator(None) as simulator, aiohttp.ClientSession() as session:
        simulator._account.create_user(IDENTITY)
        for seed in seeds:
            asked = drawn(simulator._server, Random(seed))
            if asked.content_type.isascii():
                statuses.add(await sent(simulator, session, asked))
    return statuses


async def test_no_request_over_a_socket_ends_in_a_traceback() -> None:
    assert {200, 400, 404} <= await drive(range(60_000, 60_300))


@pytest.mark.long
async def test_none_of_5_000_requests_over_a_socket_ends_in_a_traceback() -> None:
    assert await drive(range(60_300, 65_300)) <= STATUSES | {500}


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"[" * 100_000, {}, 400),
        (b"[" * 400 + b"]" * 400, {}, 400),
        (b'{"document": "\\ud800"}', {}, 400),
        (b'{"document": "\\ud83d\\ude00"}', {}, 200),
        (b'{"document": "1", "points": NaN}', {}, 400),
        (b'{"document": "1", "x": 1e999}', {}, 400),
        (b'{"document": "E999"}', {}, 200),
        (b'{"document": "1", "points": ' + b"9" * 5_000 + b"}", {}, 400),
        (b'{"document": "1", "points": ' + b"9" * 400 + b"}", {}, 400),
        (b'\xef\xbb\xbf{"document": "1"}', {}, 400),
        (b'{"document": "\xff"}', {}, 400),
        (b"", {}, 400),
        (b"not gzip", {"Content-Encoding": "gzip"}, 400),
    ],
)
async def test_bodies_that_php_would_refuse(content: bytes, headers: dict[str, str], status: int) -> None:
    async with Simulator() as simulator, aiohttp.ClientSession(auto_decompress=False) as session:
        headers = headers | {"Authorization": f"Basic {simulator.api_key}"}
        async with session.post(f"{simulator.url}/users", data=content, headers=headers) as answer:
            assert answer.status == status
