"""The requests of the vendor's PHP clients, byte for byte, and the answers that the pages give.

From woowup-php-client (its `src/Endpoints`): each request has the key in a header and a JSON body. Missing
identifiers are sent as empty texts (Q79). No request gets the answer "ok" without an effect.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.support.plain_client import Client, in_path
from woowup_async.testing import Simulator

UID = "ana+b/ñ@example.com"
ID = in_path(UID)
#: The identity after `Multiusers::$DEFAULT_IDENTITY` was merged in.
ANA = {"document": "", "email": "ana@example.com", "service_uid": "", "telephone": ""}
QUERY = "document=&email=ana%40example.com&service_uid=&telephone="


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client of an account that has the user Ana."""
    async with Simulator() as simulator, aiohttp.ClientSession() as session:
        opened = Client(simulator, session)
        user = {"service_uid": UID, "email": "ana@example.com", "first_name": "Ana", "tags": "a,b"}
        assert (await opened.ask("POST", "/users", user))[0] == 200
        yield opened


class TestUsers:
    async def test_exist(self, client: Client) -> None:
        assert (await client.ask("GET", f"/users/{ID}/exist"))[1]["payload"] == {"exist": True}
        assert (await client.ask("GET", f"/users/{in_path('x')}/exist"))[1]["payload"] == {"exist": False}

    async def test_find(self, client: Client) -> None:
        status, body, _ = await client.ask("GET", f"/users/{ID}")
        assert (status, body["payload"]["service_uid"], body["payload"]["first_name"]) == (200, UID, "Ana")
        assert (await client.ask("GET", f"/users/{in_path('x')}"))[0] == 404

    @pytest.mark.parametrize(("include", "exclude"), [("[]", "[]"), ("{}", "{}")])
    async def test_search(self, client: Client, include: str, exclude: str) -> None:
        """N36: the path ends with a slash, and the query has all parameters."""
        more = f"include={include}&exclude={exclude}&segment_id="
        _, body, _ = await client.ask("GET", f"/users/?page=0&limit=25&search=ana&{more}")
        assert [user["email"] for user in body["payload"]] == ["ana@example.com"]
        assert (await client.ask("GET", f"/users/?page=1&limit=25&search=&{more}"))[1]["payload"] == []
        assert (await client.ask("GET", "/users/?include=%5B1%5D"))[1]["code"] == "bad_request"
        client.simulator.segments[7] = set()
        assert (await client.ask("GET", f"/users/?search=ana&{more}7"))[1]["payload"] == []

    async def test_update_with_an_encoded_id(self, client: Client) -> None:
        status, body, _ = await client.ask("PUT", f"/users/{ID}", {"gender": "F", "birthday": "1980-04-22"})
        assert (status, body["payload"]["custom_attributes"]) == (200, [])
        (user,) = client.simulator.users.values()
        assert (user["gender"], user["birthdate"], user["first_name"]) == ("F", "1980-04-22", "Ana")
        assert (await client.ask("PUT", f"/users/{ID}", {"birthday": None}))[1]["code"] == "bad_request"
        assert (await client.ask("PUT", f"/users/{in_path('x')}", {"gender": "F"}))[1]["code"] == "user_not_found"

    async def test_remove_tags_by_the_number(self, client: Client) -> None:
        """N37."""
        assert (await client.ask("PUT", "/users/30000001", {"remove_tags": "a"}))[0] == 200
        assert client.simulator.users[30_000_001]["tags"] == "b"

    async def test_get_user_transactions(self, client: Client) -> None:
        """Q92: the path ends with a slash. The concept is empty if the caller gave none."""
        await client.ask("POST", f"/users/{ID}/points", {"concept": "gift", "points": 5, "description": "Verano"})
        _, body, _ = await client.ask("GET", f"/users/{ID}/transactions/?concept=")
        assert [(each["points"], each["concept"]) for each in body["payload"]] == [(5, "points-give-away")]
        assert (await client.ask("GET", f"/users/{ID}/transactions/?concept=sale"))[1]["payload"] == []

    async def test_add_points(self, client: Client) -> None:
        """Q86: the page's own example sends a text."""
        for points in (5, "2123", -8):
            sent = {"concept": "manual", "points": points, "description": None}
            status, body, _ = await client.ask("POST", f"/users/{ID}/points", sent)
            assert (status, [*body["payload"]]) == (200, ["transaction_id"])
        assert (await client.ask("GET", f"/users/{ID}"))[1]["payload"]["points"] == 2_120

    async def test_abandoned_carts(self, client: Client) -> None:
        """N28."""
        assert (await client.ask("POST", f"/users/{ID}/abandoned-cart", {"products": [{"sku": "A"}]}))[0] == 201
        assert client.simulator.carts == [{"products": [{"sku": "A"}]}]
        assert (await client.ask("POST", f"/users/{ID}/abandoned-cart", {"products": [{}]}))[0] == 400


class TestMultiusers:
    async def test_exist_and_find(self, client: Client) -> None:
        _, body, _ = await client.ask("GET", f"/multiusers/exist?{QUERY}")
        assert body["payload"] == {"exist": True, "userapp_id": "30000001"}
        assert (await client.ask("GET", f"/multiusers/find?{QUERY}"))[1]["payload"]["service_uid"] == UID

    async def test_transactions_with_an_empty_concept(self, client: Client) -> None:
        await client.ask("POST", "/multiusers/points", ANA | {"concept": "gift", "points": 5, "description": ""})
        _, body, _ = await client.ask("GET", f"/multiusers/transactions?{QUERY}&concept=")
        assert [each["points"] for each in body["payload"]] == [5]

    async def test_a_cart(self, client: Client) -> None:
        cart = {"email": "ana@example.com", "products": [{"sku": "A", "quantity": 1}], "external_id": "7"}
        assert (await client.ask("POST", "/multiusers/abandoned-cart", cart))[0] == 201
        assert (await client.ask("POST", "/multiusers/abandoned-cart", cart | {"email": "x@y.z"}))[0] == 404

    async def test_a_null_birthdate(self, client: Client) -> None:
        """The client sends null for a day that it rejects, but in the schema a birthdate is a text."""
        status, body, _ = await client.ask("PUT", "/multiusers", {"email": "ana@example.com", "birthdate": None})
        assert (status, body["code"], body["message"]) == (400, "bad_request", "bad request")
        assert body["payload"] == {"errors": ["birthdate: Expected string, null found"]}

    async def test_tags_and_the_reason_of_a_consent(self, client: Client) -> None:
        """The client sends the reasons with a name that is not on the pages (Q66)."""
        switched = {"email": "ana@example.com", "tags": "email_rejected", "mailing_enabled": "disabled"}
        await client.ask("PUT", "/multiusers", switched | {"mailing_enabled_reason": "other"})
        found = (await client.ask("GET", f"/multiusers/find?{QUERY}"))[1]["payload"]
        assert (found["mailing_enabled"], found["mailing_enabled_reason"]) == (False, "other")
        assert found["tags"] == ["email_rejected"]


class TestBlacklist:
    """N29, N30: the file has one value on each line."""

    def form(self, action: str, kind: str, content: bytes) -> aiohttp.FormData:
        form = aiohttp.FormData({"type": action, "blacklist": kind})
        form.add_field("file", content, filename="blacklist.csv", content_type="text/csv")
        return form

    async def test_create_and_replace_and_delete(self, client: Client) -> None:
        path, kept = "/account/blacklist", client.simulator.blacklist
        assert (await client.ask("POST", path, self.form("create", "email", b"a@b.c\nb@b.c\n")))[0] == 200
        assert (await client.ask("POST", path, self.form("create", "email", b"\r\na@b.c\r\nc@b.c")))[0] == 200
        assert kept == {"email": ["a@b.c", "b@b.c", "c@b.c"], "telephone": []}
        assert (await client.ask("POST", path, self.form("delete-create", "email", b"d@b.c")))[0] == 200
        assert (await client.ask("POST", path, self.form("create", "telephone", b"5")))[0] == 200
        assert kept == {"email": ["d@b.c"], "telephone": ["5"]}
        assert (await client.ask("DELETE", f"{path}?type=email"))[0] == 200
        assert (await client.ask("DELETE", path, {"blacklist": "telephone"}))[0] == 200
        assert kept == {"email": [], "telephone": []}

    async def test_refusals(self, client: Client) -> None:
        for body in (self.form("create", "fax", b""), self.form("drop", "email", b""), {"file": "a"}, b""):
            assert (await client.ask("POST", "/account/blacklist", body))[1]["code"] == "bad_request"
        for query in ("", "?type=fax"):
            assert (await client.ask("DELETE", f"/account/blacklist{query}"))[1]["code"] == "bad_request"


class TestShop:
    async def test_available_products(self, client: Client) -> None:
        """N5: flags are 1 and 0, and may be empty."""
        for sku, fields in {"A": {"stock": 3}, "B": {"available": False, "stock": 1}, "C": {"stock": 0}}.items():
            assert (await client.ask("POST", "/products", {"sku": sku, "name": sku} | fields))[0] == 200
        listed = {}
        for query in ("available=1", "available=0", "available=", "with_stock=1&available=1", "available=true"):
            _, body, _ = await client.ask("GET", f"/products?{query}&page=0&limit=100")
            listed[query] = "".join(product["sku"] for product in body["payload"])
        assert listed == {
            "available=1": "AC", "available=0": "B", "available=": "ABC", "with_stock=1&available=1": "A",
            "available=true": "AC",
        }  # fmt: skip
        assert (await client.ask("GET", "/products?available=perhaps"))[1]["code"] == "bad_request"

    async def test_a_branch_is_updated_without_its_name(self, client: Client) -> None:
        """N10: the name is in the path, in base64 or as a number."""
        await client.ask("POST", "/branches", {"name": "Centro"})
        status, body, _ = await client.ask("PUT", f"/branches/{in_path('Centro')}", {"description": "La de siempre"})
        assert (status, body["payload"]["name"], body["payload"]["description"]) == (200, "Centro", "La de siempre")
        assert (await client.ask("PUT", "/branches/1", {"display_name": "El Centro"}))[0] == 200
        stored = (await client.ask("GET", f"/branches/{in_path('Centro')}"))[1]["payload"]
        assert (stored["id"], stored["display_name"]) == (1, "El Centro")
        assert (await client.ask("PUT", f"/branches/{in_path('Norte')}", {}))[1]["code"] == "not_found"

    async def test_all_categories_are_deleted(self, client: Client) -> None:
        """N12, N14: `{}` is an object. An empty array of PHP would be `[]`."""
        category = [{"id": "a", "name": "Hogar"}, {"id": "a-b", "name": "Tazas"}]
        await client.ask("POST", "/products", {"sku": "A", "name": "Taza", "category": category})
        _, body, _ = await client.ask("GET", "/categories")
        assert [(node["id"], node["path"]) for node in body["payload"]] == [("a", "Hogar"), ("a-b", "Hogar > Tazas")]
        assert (await client.ask("DELETE", "/categories/bulk", []))[0] == 400
        assert (await client.ask("DELETE", "/categories/bulk", {"notify_to": "x"}))[1]["code"] == "invalid_email"
        status, body, _ = await client.ask("DELETE", "/categories/bulk", {})
        assert (status, [*body["payload"]]) == (200, ["request_id"])
        assert (await client.ask("GET", "/categories"))[1]["payload"] == []
        assert [*client.simulator.products] == ["A"]
