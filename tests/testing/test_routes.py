"""Each of the 38 operations of the pages has a route. Unknown operations have none."""

from __future__ import annotations

import pytest

from tests.support.plain_client import Direct
from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._routes import Asked, Server

#: In the order of the pages, from the integration stats to the users. 30 to 33 have the paths on the pages (Q93).
PAGES = """
POST /apiv3/integration-stats
GET /apiv3/integration-stats
GET /apiv3/stats
POST /connectors/v1/log
GET /connectors/v1/logs
POST /apiv3/purchases
POST /apiv3/purchases/bulk
PUT /apiv3/purchases
GET /apiv3/purchases
GET /apiv3/purchases/iin/{}
DELETE /apiv3/purchases
DELETE /apiv3/purchases/bulk
POST /apiv3/users
GET /apiv3/multiusers/find
GET /apiv3/users/{}
GET /apiv3/multiusers/exist
GET /apiv3/users/{}/exist
GET /apiv3/users/{}/belongsToSegment
PUT /apiv3/multiusers
PUT /apiv3/users/{}
DELETE /apiv3/multiusers
DELETE /apiv3/multiusers/bulk
POST /apiv3/users/register
POST /apiv3/users/newsletter
POST /apiv3/multiusers/points
POST /apiv3/users/{}/points
POST /apiv3/multiusers/merge
GET /apiv3/multiusers/transactions
GET /apiv3/users/{}/transactions
GET /multiusers/members
POST /multiusers/members
PUT /multiusers/members
POST /multiusers/members/bulk
GET /apiv3/users/{}/members
POST /apiv3/users/{}/members
POST /apiv3/users/{}/members/bulk
PUT /apiv3/users/{}/members/{}
GET /apiv3/users/realtime-search
""".strip().splitlines()


def test_there_are_38() -> None:
    assert len(set(PAGES)) == 38


@pytest.mark.parametrize("line", PAGES)
def test_each_operation_has_a_route(line: str) -> None:
    """Q92: the path may end with a slash."""
    server = Server(SimulatedAccount())
    method, path = line.split()
    assert (method, path) in server.operations
    for end in ("", "/"):
        answered = server.answer(Asked(method, path.replace("{}", "450799") + end, {}, b"{}"))
        assert answered is not None
        assert answered[0] < 500


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_an_unknown_operation_has_no_route(method: str) -> None:
    server = Server(SimulatedAccount())
    unknown = "/apiv3/users//exist", "/apiv3/users/a/b/exist", "/apiv3/multiusers%2Ffind", "/connectors/v1/users"
    for path in ("", "/", "/apiv3", "/apiv3/nothing", "/multiusers/find", *unknown):
        assert server.answer(Asked(method, path, {})) is None


def test_a_part_is_decoded_once_and_may_have_a_slash() -> None:
    """The base64 of ??? ends with a slash, which is percent-encoded."""
    direct = Direct()
    direct.payload("POST", "/users", {"service_uid": "???"})
    assert direct.payload("GET", "/users/Pz8%2F")["service_uid"] == "???"
    assert direct.payload("GET", "/users/Pz8%2F/exist/") == {"exist": True}
    assert direct.code("GET", "/users/Pz8%252F")[0] == 404
