"""Operations that only the vendor's other pages and its clients show, over a real socket against the simulator."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes import listed
from woowup_async import RetryPolicy, User, WoowUp, errors
from woowup_async._resources.base import decoded
from woowup_async._resources.more_endpoints import MORE_ENDPOINTS
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.reply import reply_of
from woowup_async.models import AbandonedCart, Branch, CartProduct, Category, CustomAttribute, Product, UserEvent
from woowup_async.ports import Response
from woowup_async.testing import Scripted, Simulator

SAMPLES = json.loads((Path(__file__).parent.parent / "samples" / "replies.json").read_text(encoding="utf-8"))
MUG = Product(sku="A/1 ñ", name="Taza", price=9.5, category=[Category(id="a", name="Cocina")])
CENTRO = Branch(name="Centro / Ñandú")
SIZE = CustomAttribute(name="size", label="Talle", data_type="string", field_type="text")
EVENT = UserEvent(event="opened-app", email="ana@example.com", datetime="2026-01-01 10:00:00")
CART = AbandonedCart(
    email="ana@example.com", products=[CartProduct(sku="A")], external_id="7", createtime="2026-01-01 10:00:00"
)


@pytest.fixture
async def woowup(simulator: Simulator) -> AsyncIterator[WoowUp]:
    """A client of an account with one object of each kind."""
    async with WoowUp(simulator.api_key, base_url=simulator.url, retry=RetryPolicy(attempts=1)) as client:
        await client.users.create(User(email="ana@example.com", tags="a,b,c"))
        await client.products.create(MUG)
        await client.branches.create(CENTRO)
        await client.events.create("opened-app")
        await client.custom_attributes.create(SIZE, "product")
        simulator.segments[7] = set()
        yield client


CALLS: dict[str, Callable[[WoowUp], Awaitable[object]]] = {
    "products.create": lambda w: w.products.create(MUG),
    "products.update": lambda w: w.products.update(MUG),
    "products.find": lambda w: w.products.find(MUG.sku),
    "products.exists": lambda w: w.products.exists(MUG.sku),
    "products.list": lambda w: listed(w.products.list(available=True)),
    "branches.list": lambda w: listed(w.branches.list()),
    "branches.find": lambda w: w.branches.find(1),
    "branches.create": lambda w: w.branches.create(CENTRO),
    "branches.update": lambda w: w.branches.update(CENTRO.name, CENTRO),
    "events.list": lambda w: listed(w.events.list()),
    "events.create": lambda w: w.events.create("closed-app"),
    "user_events.create": lambda w: w.user_events.create(EVENT),
    "custom_attributes.list": lambda w: listed(w.custom_attributes.list("product", text="si")),
    "custom_attributes.create": lambda w: w.custom_attributes.create(SIZE),
    "custom_attributes.update": lambda w: w.custom_attributes.update("size", SIZE, "product"),
    "abandoned_carts.create": lambda w: w.abandoned_carts.create(CART),
    "segments.list": lambda w: w.segments.list(),
    "segments.find": lambda w: w.segments.find(7),
    "users.remove_tags": lambda w: w.users.remove_tags(30_000_001, ["a", "c"]),
    "users.list": lambda w: listed(w.users.list(segment_id=7)),
    "categories.list": lambda w: w.categories.list(),
    "categories.delete": lambda w: w.categories.delete("a"),
    "categories.delete_bulk": lambda w: w.categories.delete_bulk(notify_to="a@b.co"),
    "coupons.list": lambda w: listed(w.coupons.list(status="used")),
    "benefits.list": lambda w: w.benefits.list(current=5),
    "blacklist.create": lambda w: w.blacklist.create("email", ["ana@example.com"]),
    "blacklist.replace": lambda w: w.blacklist.replace("telephone", ["5491144445555"]),
    "blacklist.delete": lambda w: w.blacklist.delete("email"),
    "segments.export": lambda w: _exported(w),
    "segments.schedule_export": lambda w: w.segments.schedule_export(7),
    "segments.delete_export": lambda w: _exported(w, delete=True),
}


async def _exported(woowup: WoowUp, *, delete: bool = False) -> object:
    await woowup.segments.schedule_export(7)
    return await (woowup.segments.delete_export(7) if delete else woowup.segments.export(7))


@pytest.mark.parametrize("endpoint", MORE_ENDPOINTS, ids=lambda endpoint: endpoint.name)
async def test_its_call_is_answered(endpoint: Endpoint[Any], woowup: WoowUp, simulator: Simulator) -> None:
    simulator.exchanges.clear()
    await CALLS[endpoint.name](woowup)
    method, _, status = simulator.exchanges[-1]
    assert method == endpoint.method
    assert 200 <= status < 300


@pytest.mark.parametrize("endpoint", MORE_ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_its_sample_decodes(endpoint: Endpoint[Any]) -> None:
    for status, body in SAMPLES[endpoint.name].items():
        reply = reply_of(Response(int(status), {}, json.dumps(body).encode()), endpoint.form)
        assert reply.is_success
        assert decoded(endpoint, reply) is not None


async def test_an_existing_product_is_written_in_one_request(woowup: WoowUp, simulator: Simulator) -> None:
    """PUT first, and POST only after a 404. N2-N4: the sku is in base64, percent-encoded."""
    simulator.exchanges.clear()
    await woowup.products.upsert(Product(sku=MUG.sku, name="Taza grande"))
    assert [method for method, _, _ in simulator.exchanges] == ["PUT"]
    await woowup.products.upsert(Product(sku="B", name="Plato"))
    assert [method for method, _, _ in simulator.exchanges] == ["PUT", "PUT", "POST"]
    found = await woowup.products.find(MUG.sku)
    assert found is not None
    assert (found.name, found.price, found.custom_attributes) == ("Taza grande", 9.5, {})
    assert await woowup.products.find("C") is None
    assert not await woowup.products.exists("C")
    assert len(await listed(woowup.products.list(limit=1))) == 1


async def test_branches(woowup: WoowUp, simulator: Simulator) -> None:
    """N6: ten on a page by default. N8: an unknown branch is an empty payload. N10: the path has the old name."""
    for number in range(12):
        await woowup.branches.create(Branch(name=f"Sucursal {number}"))
    assert len(await listed(woowup.branches.list())) == 13
    assert await woowup.branches.find("Nowhere") is None
    renamed = await woowup.branches.update(CENTRO.name, Branch(name="Centro"))
    found = await woowup.branches.find("Centro")
    assert found is not None
    assert found.id == renamed.id
    with pytest.raises(errors.NotFound):
        await woowup.branches.update(CENTRO.name, CENTRO)
    simulator.script(Scripted(404, b'{"payload": [], "message": "", "code": "not_found"}'))
    assert await woowup.branches.find(99) is None


async def test_events_and_carts_need_their_user(woowup: WoowUp) -> None:
    assert [event.name for event in await listed(woowup.events.list())] == ["opened-app"]
    nobody = UserEvent(event="opened-app", document="9", datetime="2026-01-01 10:00:00")
    with pytest.raises(errors.NotFound):
        await woowup.user_events.create(nobody)
    with pytest.raises(errors.InvalidRecord, match="letters, digits and '-'"):
        await woowup.events.create("opened app")
    with pytest.raises(errors.BadRequest):
        await woowup.events.create("opened-app")
    with pytest.raises(errors.InvalidRecord, match="at least one of"):
        AbandonedCart(products=[], external_id="1", createtime="2026-01-01 10:00:00")


async def test_an_attribute_is_renamed_by_its_old_name(woowup: WoowUp) -> None:
    """The server changes names to slugs and shows it only in its answer."""
    renamed = CustomAttribute(name="talle", label="Talle", data_type="string", field_type="text")
    await woowup.custom_attributes.update("size", renamed, "product")
    assert [each.name for each in await listed(woowup.custom_attributes.list("product"))] == ["talle"]
    with pytest.raises(errors.NotFound):
        await woowup.custom_attributes.update("size", renamed, "product")
    with pytest.raises(ValueError, match="owner must be one of user, purchase"):
        woowup.custom_attributes.list("branch")  # type: ignore[arg-type]


async def test_tags_and_segments(woowup: WoowUp, simulator: Simulator) -> None:
    """N37."""
    number = next(iter(simulator.users))
    await woowup.users.remove_tags(number, ["a", "c"])
    assert simulator.users[number]["tags"] == "b"
    for wrong in ([], ["a,b"], [""]):
        with pytest.raises(ValueError, match="names have no commas"):
            await woowup.users.remove_tags(number, wrong)
    assert [segment.id for segment in await woowup.segments.list()] == [7]
    assert await woowup.segments.find(8) is None
