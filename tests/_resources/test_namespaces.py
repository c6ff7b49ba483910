"""The namespaces with aioresponses: requests and answers."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from aioresponses import aioresponses
from yarl import URL

from tests.support.fakes import StreamedResponse
from tests.support.official import purchase_line
from woowup_async import BatchPolicy, Purchase, RetryPolicy, SessionPool, User, WoowUp, errors
from woowup_async.models import Prices, PurchaseItem

BASE = "https://api.woowup.com/apiv3"


@pytest.fixture
def api() -> Iterator[aioresponses]:
    """A fake of the vendor's host."""
    with patch("aioresponses.core.ClientResponse", StreamedResponse), aioresponses() as mocked:
        yield mocked


@pytest.fixture
async def woowup() -> AsyncIterator[WoowUp]:
    """A client of the default host."""
    async with WoowUp("s3cret", batch=BatchPolicy(max_items=3), retry=RetryPolicy(attempts=1)) as client:
        yield client


def envelope(payload: Any = (), code: str = "ok", message: str = "ok") -> dict[str, Any]:
    return {"payload": payload or [], "message": message, "code": code, "time": "1ms"}


def sent(api: aioresponses, method: str, path: str) -> Any:
    call = api.requests[method, URL(BASE + path)][0]
    assert call.kwargs["headers"]["Authorization"] == "Basic s3cret"
    assert call.kwargs["allow_redirects"] is False
    return json.loads(call.kwargs["data"])


def purchase(**fields: Any) -> Purchase:
    line = PurchaseItem(sku="AB", quantity=1, unit_price=1)
    return Purchase(email="a@b.c", invoice_number=7, purchase_detail=[line], prices=Prices(total=1), **fields)


class TestPurchases:
    async def test_create(self, api: aioresponses, woowup: WoowUp) -> None:
        api.post(f"{BASE}/purchases", payload=envelope({"id": 1}))
        queued = await woowup.purchases.create(purchase())
        assert (queued.code, json.loads(queued.payload)) == ("ok", {"id": 1})
        assert sent(api, "POST", "/purchases")["invoice_number"] == "7"

    async def test_create_bulk(self, api: aioresponses, woowup: WoowUp) -> None:
        api.post(f"{BASE}/purchases/bulk", status=201, payload=envelope())
        await woowup.purchases.create_bulk([purchase(), purchase_line(), json.dumps(purchase_line(2)).encode()])
        assert len(sent(api, "POST", "/purchases/bulk")) == 3

    async def test_create_bulk_names_a_bad_purchase_and_sends_nothing(self, api: aioresponses, woowup: WoowUp) -> None:
        bad = purchase_line(purchase_detail=[{"sku": "A", "quantity": 1, "unit_price": 1}])
        with pytest.raises(errors.InvalidRecord) as excinfo:
            await woowup.purchases.create_bulk([purchase(), bad])
        assert [reason.path for reason in excinfo.value.reasons] == ["[1].purchase_detail[0].sku"]
        assert not api.requests

    @pytest.mark.parametrize("count", [0, 4])
    async def test_create_bulk_is_limited(self, woowup: WoowUp, count: int) -> None:
        with pytest.raises(ValueError, match="one bulk request takes 1 to 3 purchases"):
            await woowup.purchases.create_bulk([purchase()] * count)

    async def test_create_refuses_a_purchase_that_breaks_the_schema(self, woowup: WoowUp) -> None:
        with pytest.raises(errors.InvalidRecord, match="prices: is required"):
            await woowup.purchases.create({"email": "a@b.c", "invoice_number": 1, "purchase_detail": [None]})

    async def test_unknown_user_and_duplicate(self, api: aioresponses, woowup: WoowUp) -> None:
        """U15: their codes are documented, but not their statuses."""
        api.post(f"{BASE}/purchases", status=404, payload=envelope(code="user_not_found"))
        api.post(f"{BASE}/purchases", status=400, payload=envelope(code="duplicated_purchase_number"))
        with pytest.raises(errors.NotFound) as not_found:
            await woowup.purchases.create(purchase())
        with pytest.raises(errors.BadRequest) as duplicate:
            await woowup.purchases.create(purchase())
        assert (not_found.value.code, duplicate.value.code) == ("user_not_found", "duplicated_purchase_number")


class TestUsers:
    async def test_create_and_update(self, api: aioresponses, woowup: WoowUp) -> None:
        stored = {"userapp_id": 7, "email": "a@b.c", "custom_attributes": [], "blocked": False, "novel": 1}
        api.post(f"{BASE}/users", payload=envelope(stored, message=""))
        api.put(f"{BASE}/multiusers", payload=envelope(stored))
        assert (await woowup.users.create(User(email="a@b.c"))).userapp_id == 7
        assert (await woowup.users.update({"email": "a@b.c", "city": None})).email == "a@b.c"
        assert sent(api, "PUT", "/multiusers") == {"email": "a@b.c"}

    async def test_an_existing_user_is_not_a_server_error(self, api: aioresponses, woowup: WoowUp) -> None:
        api.post(f"{BASE}/users", status=500, payload=envelope(code="internal_error", message="usuario existente"))
        with pytest.raises(errors.UserExists):
            await woowup.users.create(User(email="a@b.c"))

    async def test_exists(self, api: aioresponses, woowup: WoowUp) -> None:
        """Q77: the id is a string here. Q79: unused identifiers are left out."""
        api.get(f"{BASE}/multiusers/exist?email=a@b.c", payload=envelope({"exist": True, "userapp_id": "31173442"}))
        assert await woowup.users.exists(email="a@b.c") is True
        with pytest.raises(errors.InvalidRecord, match="at least one of"):
            await woowup.users.exists(email="")

    async def test_a_payload_of_another_shape(self, api: aioresponses, woowup: WoowUp) -> None:
        api.get(f"{BASE}/multiusers/exist?document=1", payload=envelope({"exists": True}))
        with pytest.raises(errors.UnexpectedReply, match="a payload that does not fit"):
            await woowup.users.exists(document="1")


class TestClient:
    def test_the_key_comes_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
        with pytest.raises(ValueError, match="no API key: pass api_key, or set WOOWUP_API_KEY"):
            WoowUp()
        monkeypatch.setenv("WOOWUP_API_KEY", "s3cret")
        monkeypatch.setenv("WOOWUP_BASE_URL", "https://staging.woowup.com/apiv3/")
        client = WoowUp()
        assert repr(client) == "WoowUp(base_url='https://staging.woowup.com/apiv3')"
        assert "s3cret" not in str(vars(client)) + str(vars(client.users)) + str(vars(client._connections))

    @pytest.mark.parametrize("name", ["base_url", "connectors_url"])
    def test_an_empty_url_is_not_that_of_the_vendor(self, name: str) -> None:
        with pytest.raises(ValueError, match="must begin with https:// and name a host, got ''"):
            WoowUp("k", **{name: ""})  # type: ignore[arg-type]

    def test_plain_http_must_be_allowed(self) -> None:
        with pytest.raises(ValueError, match="clear text"):
            WoowUp("k", base_url="http://example.com")
        assert SessionPool(allow_http=True).account("k", base_url="http://example.com")

    async def test_outside_async_with(self) -> None:
        client = WoowUp("k")
        with pytest.raises(RuntimeError, match="async with"):
            await client.users.exists(document="1")
        with pytest.raises(RuntimeError, match="async with"):
            await client.ingest(users=[])

    async def test_accounts_of_a_pool(self, api: aioresponses) -> None:
        api.get(f"{BASE}/multiusers/exist?document=1", payload=envelope({"exist": False}), repeat=True)
        pool = SessionPool(user_agent="shop/1")
        first, second = pool.account("a"), pool.account("b")
        with pytest.raises(RuntimeError):
            await first.users.exists(document="1")
        async with pool:
            assert not await first.users.exists(document="1")
            async with second:
                assert not await second.users.exists(document="1")
            assert not await second.users.exists(document="1")  # a client does not close its pool
            agent = api.requests["GET", URL(f"{BASE}/multiusers/exist?document=1")][0].kwargs["headers"]["User-Agent"]
        assert agent.startswith("shop/1 woowup_async/")
        assert first._session.limiter is pool.account("a")._session.limiter is not second._session.limiter
