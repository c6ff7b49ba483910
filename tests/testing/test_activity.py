"""Events, carts and custom attributes (N21-N28)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.plain_client import Direct

ATTRIBUTE = {"name": "size", "label": "Talle", "data_type": "string", "field_type": "text"}
PATH = "/account/product-custom-attributes"


@pytest.fixture
def direct() -> Direct:
    opened = Direct()
    opened.payload("POST", "/users", {"document": "1"})
    return opened


def test_events(direct: Direct) -> None:
    created = direct.payload("POST", "/events", {"name": "opened-app"})
    assert direct.ask("GET", "/events") == (200, [created])
    body: Any
    for body in ({"name": "opened-app"}, {"name": "opened app"}, {"name": 1}, [], {}):
        assert direct.code("POST", "/events", body) == (400, "bad_request", ["invalid or duplicated name"])
    told = {"event": "opened-app", "document": "1", "datetime": "2026-01-01 10:00:00"}
    direct.payload("POST", "/user-events", told)
    assert direct.server.activity.user_events == [told]
    for change, code in (
        ({"event": "x"}, "bad_request"), ({"event": 1}, "bad_request"), ({"document": ""}, "bad_request"),
        ({"document": "2"}, "user_not_found"), ({"metadata": []}, "bad_request"),
    ):  # fmt: skip
        assert direct.code("POST", "/user-events", told | change)[1] == code


def test_carts(direct: Direct) -> None:
    cart = {"document": "1", "products": [{"sku": "A"}, {"sku": 7}]}
    assert direct.ask("POST", "/multiusers/abandoned-cart", cart)[0] == 201
    assert direct.ask("POST", "/users/30000001/abandoned-cart", cart)[0] == 201
    assert direct.server.activity.carts == [cart, cart]
    assert direct.code("POST", "/users/9/abandoned-cart", cart)[1] == "user_not_found"
    change: Any
    for change in ({"products": [3]}, {"products": {}}, {"document": ""}, {"document": 1}):
        assert direct.code("POST", "/multiusers/abandoned-cart", cart | change)[1] == "bad_request"
    assert len(direct.server.activity.carts) == 2


def test_attributes(direct: Direct) -> None:
    direct.payload("POST", PATH, ATTRIBUTE)
    direct.payload("PUT", f"{PATH}/size", ATTRIBUTE | {"name": "talle"})
    assert [each["name"] for each in direct.payload("GET", PATH, text="TAL")] == ["talle"]
    assert direct.payload("GET", PATH, text="x") == direct.payload("GET", "/account/custom-attributes") == []
    assert direct.code("PUT", f"{PATH}/size", ATTRIBUTE)[1] == "not_found"
    body: Any
    for body in ({}, [], ATTRIBUTE | {"name": 3}):
        assert direct.code("POST", PATH, body)[1] == direct.code("PUT", f"{PATH}/talle", body)[1] == "bad_request"
    assert direct.code("POST", "/account/settings", ATTRIBUTE)[1] == "not_found"
    assert [*direct.server.activity.attributes] == [("product-custom-attributes", "talle")]
