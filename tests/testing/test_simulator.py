"""The simulator answers as documented, over a real socket."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.official import purchase_line
from tests.support.oracle import Oracle
from tests.support.plain_client import Client
from woowup_async import WoowUp
from woowup_async.models import Purchase
from woowup_async.models._examine import examine
from woowup_async.policies import RateLimit
from woowup_async.testing import Scripted, Simulator
from woowup_async.testing._schemas import purchase_errors, user_errors
from woowup_async.testing._window import ServerWindow


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def client(session: aiohttp.ClientSession) -> AsyncIterator[Client]:
    async with Simulator() as simulator:
        yield Client(simulator, session)


class TestAnswers:
    async def test_a_wrong_key_is_403_not_401(self, client: Client) -> None:
        """Q46. "Every API response includes rate limiting headers", but this request is not counted."""
        for _ in range(3):
            status, body, headers = await client.ask("POST", "/users", {}, key="wrong")
            assert (status, body["code"], body["message"]) == (403, "forbidden", "forbidden: authentication failed")
            assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("70", "70")
            assert int(headers["x-rate-limit-reset"]) % 30 == 0
            assert "Retry-After" not in headers

    async def test_the_key_in_the_query(self, client: Client) -> None:
        status, _, _ = await client.ask("GET", f"/multiusers/exist?apikey={client.simulator.api_key}&email=x", key="no")
        assert status == 200

    async def test_a_deleted_account(self, client: Client) -> None:
        """Q59: the sample has no time."""
        client.simulator.account_deleted = True
        status, body, headers = await client.ask("GET", "/multiusers/exist")
        assert (status, body) == (410, {"payload": [], "message": "gone: account deleted", "code": "account_deleted"})
        assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("70", "70")

    async def test_documented_headers_and_refusal(self, session: aiohttp.ClientSession) -> None:
        async with Simulator(RateLimit(limit=2)) as simulator:
            client = Client(simulator, session)
            _, _, headers = await client.ask("GET", "/multiusers/exist?email=x")
            assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("2", "1")
            assert int(headers["x-rate-limit-reset"]) % 30 == 0
            for _ in range(2):
                status, body, headers = await client.ask("GET", "/multiusers/exist?email=x")
            assert (status, body["code"], "time" in body) == (429, "too_many_request", False)
            assert 1 <= int(headers["Retry-After"]) <= 30
            assert (simulator.requests, simulator.throttled) == (3, 1)
            assert simulator.exchanges[-1] == ("GET", "/apiv3/multiusers/exist", 429)

    async def test_the_headers_of_a_shortened_segment_have_fractions(self, session: aiohttp.ClientSession) -> None:
        async with Simulator(speed=60) as simulator:
            _, _, headers = await Client(simulator, session).ask("GET", "/multiusers/exist?email=x")
            assert simulator.segment == 0.5
        assert "." in headers["x-rate-limit-reset"]

    async def test_the_headers_of_a_full_segment_are_whole_numbers(self, session: aiohttp.ClientSession) -> None:
        """The page shows 18 and 1742121660, also if a segment does not have whole seconds."""
        async with Simulator(RateLimit(limit=2, segment=1.5)) as simulator:
            client = Client(simulator, session)
            answers = [await client.ask("GET", "/multiusers/exist?email=x") for _ in range(3)]
            status, _, headers = answers[2]
        assert headers["x-rate-limit-reset"].isdigit()
        assert status == 200 or headers["Retry-After"] in ("1", "2")

    async def test_without_a_limit_there_are_no_headers(self, session: aiohttp.ClientSession) -> None:
        async with Simulator(None, latency=0.001) as simulator:
            _, _, headers = await Client(simulator, session).ask("GET", "/multiusers/exist?email=x")
        assert "x-rate-limit-limit" not in headers

    async def test_the_answer_for_an_unknown_path_is_html(self, client: Client) -> None:
        status, body, headers = await client.ask("GET", "/nothing")
        assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/html")
        assert body.startswith("<!doctype")

    async def test_bodies_that_are_not_json(self, client: Client) -> None:
        assert (await client.ask("POST", "/users", b"{"))[0] == 400

    async def test_scripted_answers(self, client: Client) -> None:
        client.simulator.script(
            Scripted(502, b"<html>", "text/html"), Scripted(drop=True, process=True), Scripted(headers={"X": "y"})
        )
        assert (await client.ask("POST", "/users", {"document": "1"}))[0] == 502
        with pytest.raises(aiohttp.ClientError):
            await client.ask("POST", "/users", {"document": "1"})
        assert len(client.simulator.users) == 1
        assert (await client.ask("GET", "/multiusers/exist"))[2]["X"] == "y"


class TestUsers:
    async def test_create_exists_update(self, client: Client) -> None:
        user = {"email": "a@b.c", "document": "1", "street": "Calle 1", "birthdate": "1990-01-01"}
        status, body, _ = await client.ask("POST", "/users/", user)
        assert (status, body["message"], body["payload"]["address"], body["payload"]["birthday"]) == (
            200, "", "Calle 1", "1990-01-01",
        )  # fmt: skip
        _, body, _ = await client.ask("GET", "/multiusers/exist?document=1&email=&telephone=")
        assert body["payload"] == {"exist": True, "userapp_id": "30000001"}
        _, body, _ = await client.ask("PUT", "/multiusers", {"document": "1", "telephone": "5"})
        assert (body["message"], body["payload"]["custom_attributes"]) == ("ok", [])
        assert [*client.simulator.users.values()] == [user | {"telephone": "5"}]

    async def test_an_existing_user_is_a_500(self, client: Client) -> None:
        await client.ask("POST", "/users", {"email": "a@b.c"})
        status, body, _ = await client.ask("POST", "/users", {"email": "a@b.c", "document": "2"})
        assert (status, body["code"], body["message"]) == (500, "internal_error", "usuario existente")

    async def test_an_unknown_user(self, client: Client) -> None:
        assert (await client.ask("GET", "/multiusers/exist?email=x"))[1]["payload"] == {"exist": False}
        assert (await client.ask("PUT", "/multiusers", {"email": "x@y.z"}))[1]["code"] == "user_not_found"

    @pytest.mark.parametrize(
        "user",
        [
            [],
            {},
            {"email": ""},
            {"email": "x"},
            {"document": "1", "gender": "female"},
            {"document": None, "email": "a@b"},
        ],
    )
    async def test_users_that_break_the_schema(self, client: Client, user: object) -> None:
        for method, path in (("POST", "/users"), ("PUT", "/multiusers")):
            assert (await client.ask(method, path, user))[1]["code"] == "bad_request"


class TestState:
    async def test_its_state_can_be_read(self, client: Client) -> None:
        simulator = client.simulator
        await client.ask("POST", "/users", {"document": "1"})
        await client.ask("POST", "/multiusers/members?document=1", {"relationship": "son"})
        await client.ask("POST", "/branches", {"name": "Centro"})
        await client.ask("POST", "/events", {"name": "opened-app"})
        await client.ask("POST", "/user-events", {"event": "opened-app", "document": "1"})
        simulator.coupons.append({"code": "A", "status": "used"})
        simulator.benefits["current"].append({"id": 1})
        assert simulator.members == {30_000_001: [{"relationship": "son", "id": 5_001}]}
        assert ([*simulator.branches], [*simulator.user_events[0]]) == (["Centro"], ["event", "document"])
        assert (await client.ask("GET", "/coupons"))[1] == simulator.coupons
        assert (await client.ask("GET", "/benefits"))[1]["payload"]["current"] == [{"id": 1}]

    async def test_the_connectors_host_has_no_limit(self, client: Client) -> None:
        """Q18: another scheme, and no limit is documented."""
        url = client.simulator.connectors_url + "/logs"
        for scheme, status in (("Bearer", 200), ("Basic", 403)):
            headers = {"Authorization": f"{scheme} {client.simulator.api_key}"}
            async with client.session.get(url, headers=headers) as answer:
                assert (answer.status, "x-rate-limit-limit" in answer.headers) == (status, False)


class TestPurchases:
    async def test_the_user_must_exist_and_the_number_must_be_new(self, client: Client) -> None:
        assert (await client.ask("POST", "/purchases", purchase_line()))[1]["code"] == "user_not_found"
        await client.ask("POST", "/users", {"email": "ana@example.com"})
        assert (await client.ask("POST", "/purchases", purchase_line()))[0] == 200
        again = await client.ask("POST", "/purchases", purchase_line(prices={"total": 1}))
        assert again[1]["code"] == "duplicated_purchase_number"
        assert client.simulator.purchases == {(None, "F-0001"): purchase_line()}

    async def test_bulk(self, client: Client) -> None:
        await client.ask("POST", "/users", {"email": "ana@example.com"})
        lines = [purchase_line(1), purchase_line(2), purchase_line(1), purchase_line(3, email="x@y.z")]
        status, body, _ = await client.ask("POST", "/purchases/bulk", lines)
        assert (status, body["code"]) == (200, "ok")
        simulator = client.simulator
        assert (len(simulator.purchases), simulator.duplicates, len(simulator.orphans)) == (2, 1, 1)

    async def test_one_bad_purchase_refuses_the_bulk_and_is_not_named(self, client: Client) -> None:
        await client.ask("POST", "/users", {"email": "ana@example.com"})
        bad = purchase_line(2)
        del bad["prices"]
        status, body, _ = await client.ask("POST", "/purchases/bulk", [purchase_line(1), bad])
        assert (status, body["payload"]["errors"]) == (400, ["Failed matching any of the provided schemas."])
        assert client.simulator.purchases == {}
        assert (await client.ask("POST", "/purchases/bulk", []))[0] == 400

    async def test_the_documented_size(self, client: Client) -> None:
        await client.ask("POST", "/users", {"email": "ana@example.com"})
        base = len(json.dumps(purchase_line(branch_name=""), separators=(",", ":")))
        fits = purchase_line(branch_name="x" * (262_144 - base))
        assert (await client.ask("POST", "/purchases", fits))[0] == 200
        too_large = purchase_line(2, branch_name="x" * (262_145 - base))
        assert (await client.ask("POST", "/purchases", too_large))[0] == 413


class TestSchema:
    @pytest.mark.parametrize(
        "change",
        [
            {"channel": "shop"}, {"email": ""}, {"channel": None}, {"invoice_number": 1.5}, {"purchase_detail": 3},
            {"purchase_detail": [3]}, {"prices": {}}, {"payment": {"type": "gold"}}, {"payment": [3]},
            {"payment": {"type": "cash", "card_first_digits": "12345"}},
            *({"purchase_detail": [{"sku": "AB", "quantity": 1, "unit_price": 1} | line]}
              for line in ({"sku": "A"}, {"quantity": 1.5}, {"unit_price": "1"}, {"unit_price": True})),
        ],
    )  # fmt: skip
    def test_it_refuses_what_our_models_refuse(self, change: dict[str, Any]) -> None:
        """Both are written from the same page, so that each is a check of the other."""
        fields = purchase_line() | change
        assert purchase_errors(fields)
        assert examine(Purchase, {name: value for name, value in fields.items() if value is not None}).reasons or (
            None in fields.values()
        )

    def test_values_that_are_not_objects(self) -> None:
        assert purchase_errors([]) == user_errors(3) == ["Expected object"]


@given(
    st.lists(st.floats(0, 3, exclude_min=True), max_size=120), st.integers(1, 6), st.booleans(), st.booleans(),
    st.floats(0, 1e9),
)  # fmt: skip
def test_the_servers_window_is_the_pseudo_code(
    gaps: list[float], limit: int, counts_refused: bool, weighs: bool, start: float
) -> None:
    window = ServerWindow(limit, 5.0, counts_refused=counts_refused, weighs_remaining=weighs)
    oracle = Oracle(limit, 5.0, counts_refused=counts_refused, weighs_remaining=weighs)
    now = start
    for gap in gaps:
        now += gap
        verdict, (status, headers) = window.arrive(now), oracle.arrive(now)
        assert verdict.is_refused == (status == 429)
        assert verdict.reset == float(headers["x-rate-limit-reset"])
        if not (verdict.is_refused or weighs):
            assert verdict.remaining == int(headers["x-rate-limit-remaining"])


def test_in_a_thread_for_code_without_an_event_loop() -> None:
    with Simulator().run_in_thread() as simulator:
        for name in ("ana", "eva"):
            request = urllib.request.Request(
                f"{simulator.url}/users", json.dumps({"email": f"{name}@b.co"}).encode(),
                {"Authorization": f"Basic {simulator.api_key}", "Content-Type": "application/json"},
            )  # fmt: skip
            with urllib.request.urlopen(request) as answer:
                assert answer.status == 200
        assert {user["email"] for user in simulator.users.values()} == {"ana@b.co", "eva@b.co"}
        url = simulator.url
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url)


async def test_a_thread_beside_a_running_loop() -> None:
    with Simulator().run_in_thread() as simulator:
        async with WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
            assert not await woowup.users.exists(email="ana@b.co")
        simulator.script(Scripted(503))
    assert simulator.requests == 1
