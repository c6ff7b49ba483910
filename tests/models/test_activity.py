"""Events, carts, attributes and segments."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import AbandonedCart, CartProduct, CustomAttribute, UserEvent
from woowup_async.models.activity import NewEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "con espacio", "año", "a_b", "a\n"])
def test_names_of_events_have_letters_digits_and_dashes(name: str) -> None:
    with pytest.raises(InvalidRecord, match="letters, digits and"):
        NewEvent(name=name)
    assert NewEvent(name="Compra-2").name == "Compra-2"


def test_an_event_needs_a_user_and_an_aware_time() -> None:
    with pytest.raises(InvalidRecord) as raised:
        UserEvent(event="Compra", datetime=NOON.replace(tzinfo=None))
    assert {reason.path for reason in raised.value.reasons} == {"", "datetime"}
    sent = msgspec.json.decode(msgspec.json.encode(UserEvent(event="Compra", datetime=NOON, email="ana@b.co")))
    assert sent == {"event": "Compra", "datetime": "2026-03-01 12:00:00", "email": "ana@b.co"}


def test_a_cart_takes_lines_and_mappings_and_checks_them() -> None:
    lines: list[Any] = [CartProduct(sku="A"), {"sku": "B"}]
    cart = AbandonedCart(email="ana@b.co", external_id="7", createtime=NOON, products=lines)
    assert cart.products == [CartProduct(sku="A"), CartProduct(sku="B")]
    lines += [{"quantity": 1}, 5]
    with pytest.raises(InvalidRecord) as raised:
        AbandonedCart(email="ana@b.co", external_id="7", products=lines)
    assert [reason.path for reason in raised.value.reasons] == ["products[2].sku", "products[3]"]


def test_types_of_attributes_have_the_names_of_the_vendor() -> None:
    with pytest.raises(InvalidRecord) as raised:
        CustomAttribute(name="talle", label="Talle", data_type="text", field_type="list")  # type: ignore[arg-type]
    assert {reason.path for reason in raised.value.reasons} == {"data_type", "field_type"}


def test_a_cart_needs_no_time() -> None:
    cart = AbandonedCart(email="ana@b.co", external_id="7", products=[CartProduct(sku="A")])
    assert b"createtime" not in msgspec.json.encode(cart)
