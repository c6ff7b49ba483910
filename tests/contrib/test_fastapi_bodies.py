"""Our models as bodies of an app's routes: what they accept, how they refuse, and how OpenAPI describes them."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pydantic
import pytest
from fastapi import FastAPI

from tests.support.asgi import post
from tests.support.official import purchase_line
from woowup_async.contrib.fastapi_bodies import PurchaseBody, UserBody, location_of
from woowup_async.models import Purchase, User


class Hook(pydantic.BaseModel):
    """A webhook that has an order in it."""

    event: str
    order: PurchaseBody
    user: UserBody | None = None


def app() -> FastAPI:
    app = FastAPI()

    @app.post("/order")
    async def order(order: PurchaseBody) -> PurchaseBody:
        assert isinstance(order, Purchase)
        return order

    @app.post("/orders")
    async def orders(orders: list[PurchaseBody]) -> list[str | int]:
        return [order.invoice_number for order in orders]

    @app.post("/both")
    async def both(order: PurchaseBody, user: UserBody) -> list[str]:
        return [type(order).__name__, type(user).__name__]

    @app.post("/hook")
    async def hook(hook: Hook) -> Hook:
        return hook

    return app


APP = app()
ORDER: dict[str, Any] = purchase_line(7)
USER = {"email": "ana@b.co", "birthdate": "1990-02-01", "city": None}


def locations(answer: Any) -> set[tuple[str | int, ...]]:
    return {tuple(error["loc"]) for error in answer.body["detail"]}


class TestBodies:
    async def test_one_is_the_model_and_is_returned_as_it_is_sent(self) -> None:
        answer = await post(APP, "/order", ORDER | {"points": None, "prices": {"total": 1.5, "tax": None}})
        assert (answer.status, answer.body) == (200, ORDER | {"prices": {"total": 1.5}})

    async def test_a_list_several_and_inside_another_model(self) -> None:
        assert (await post(APP, "/orders", [ORDER, purchase_line(8)])).body == [
            ORDER["invoice_number"],
            purchase_line(8)["invoice_number"],
        ]
        assert (await post(APP, "/both", {"order": ORDER, "user": USER})).body == ["Purchase", "User"]
        hook = await post(APP, "/hook", {"event": "paid", "order": ORDER, "user": USER})
        assert hook.body == {"event": "paid", "order": ORDER, "user": {"email": "ana@b.co", "birthdate": "1990-02-01"}}

    async def test_each_field_has_its_error(self) -> None:
        line = {"sku": "{x}", "quantity": 1, "unitprice": 1}
        answer = await post(APP, "/order", ORDER | {"purchase_detail": [line], "cls": 1, "self": 2})
        assert answer.status == 422
        messages = {tuple(error["loc"][1:]): error["msg"] for error in answer.body["detail"]}
        assert messages.keys() == {
            ("cls",), ("self",), ("purchase_detail", 0, "sku"), ("purchase_detail", 0, "unitprice"),
            ("purchase_detail", 0, "unit_price"),
        }  # fmt: skip
        assert messages["purchase_detail", 0, "unitprice"].endswith("did you mean unit_price?")
        assert messages["purchase_detail", 0, "sku"].endswith("got '{x}'")

    @pytest.mark.parametrize(
        ("path", "body", "where"),
        [
            ("/order", [ORDER], ("body",)),
            ("/order", "x", ("body",)),
            ("/orders", [ORDER, ORDER | {"email": None}], ("body", 1)),
            ("/both", {"order": ORDER, "user": USER | {"gender": "x"}}, ("body", "user", "gender")),
            ("/hook", {"event": "e", "order": ORDER | {"points": 1.5}}, ("body", "order", "points")),
        ],
    )
    async def test_where_an_error_is(self, path: str, body: object, where: tuple[str | int, ...]) -> None:
        answer = await post(APP, path, body)
        assert (answer.status, locations(answer)) == (422, {where})


class TestOpenAPI:
    SCHEMAS = APP.openapi()["components"]["schemas"]

    def test_routes_name_the_models(self) -> None:
        operation = APP.openapi()["paths"]["/order"]["post"]
        named = {"$ref": "#/components/schemas/Purchase"}
        assert operation["requestBody"]["content"]["application/json"]["schema"] == named
        assert operation["responses"]["200"]["content"]["application/json"]["schema"] == named
        assert self.SCHEMAS["Hook"]["properties"]["order"] == named

    @pytest.mark.parametrize("model", [Purchase, User])
    def test_a_model_has_all_its_fields(self, model: type[Any]) -> None:
        schema = self.SCHEMAS[model.__name__]
        assert set(schema["properties"]) == set(model.__struct_fields__)
        assert schema["additionalProperties"] is False
        assert "Raises" not in schema["description"]

    def test_nested_models_are_in_it(self) -> None:
        line = self.SCHEMAS["Purchase"]["properties"]["purchase_detail"]["items"]
        assert line["title"] == "PurchaseItem"
        assert line["required"] == ["sku", "quantity", "unit_price"]
        assert "$ref" not in str(self.SCHEMAS["Purchase"])

    def test_it_accepts_what_the_route_accepts(self) -> None:
        jsonschema.validate(ORDER | {"points": None}, self.SCHEMAS["Purchase"])
        for wrong in (ORDER | {"channel": "shop"}, ORDER | {"unknown": 1}, {**ORDER, "purchase_detail": []}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(wrong, self.SCHEMAS["Purchase"])

    def test_its_patterns_are_those_of_json_schema(self) -> None:
        patterns = re.findall(r"'pattern': '(.*?)'[,}]", str(self.SCHEMAS))
        assert len(patterns) > 5
        assert not [pattern for pattern in patterns if "Z" in pattern[-2:]]


@pytest.mark.parametrize(
    ("path", "parts"),
    [("", ()), ("email", ("email",)), ("a[0].b[12]", ("a", 0, "b", 12)), ("invalid_lines[1]", ("invalid_lines", 1))],
)
def test_the_parts_of_a_path(path: str, parts: tuple[str | int, ...]) -> None:
    assert location_of(path) == parts
