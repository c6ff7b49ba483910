"""No write is answered with ok without an effect: a read shows each write, with typed calls over sockets.

`tests/testing/test_php_client.py` has the same with the raw requests of the vendor's PHP clients.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.fakes import listed
from tests.support.official import purchase_line
from woowup_async import CLEAR, RetryPolicy, User, WoowUp, encoded_id, errors
from woowup_async.models import (
    AbandonedCart,
    Branch,
    BranchChanges,
    CartProduct,
    FamilyMember,
    Identity,
    Product,
    UserChanges,
)
from woowup_async.testing import Simulator

UID = "ana+b/ñ@example.com"
ANA = Identity(email="ana@example.com")

pytestmark = pytest.mark.filterwarnings("ignore:the vendor deprecates:DeprecationWarning")


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def woowup(simulator: Simulator) -> AsyncIterator[WoowUp]:
    """A client of an account that has the user Ana."""
    async with WoowUp(
        simulator.api_key,
        base_url=simulator.url,
        connectors_url=simulator.connectors_url,
        retry=RetryPolicy(attempts=1),
    ) as client:
        await client.users.create(User(email="ana@example.com", service_uid=UID, first_name="Ana"))
        yield client


async def test_exist_find_and_search(woowup: WoowUp) -> None:
    found = await woowup.users.find(email="ana@example.com")
    assert found is not None
    assert found.service_uid == UID
    existence = await woowup.users.existence(service_uid=UID)
    assert (existence.exist, str(existence.userapp_id)) == (True, str(found.userapp_id))
    by_uid, by_id = await woowup.legacy.find_user(UID), await woowup.legacy.find_user(int(found.userapp_id or 0))
    assert by_uid == by_id
    assert by_uid is not None
    assert by_uid.userapp_id == found.userapp_id
    assert await woowup.legacy.user_exists(UID)
    assert not await woowup.legacy.user_exists("nobody")
    assert await woowup.legacy.find_user("nobody") is None
    assert [user.email for user in await listed(woowup.users.search("ana", limit=5))] == ["ana@example.com"]
    assert [user.email for user in await listed(woowup.users.list(search="ana"))] == ["ana@example.com"]


async def test_an_update_by_an_encoded_id(woowup: WoowUp, simulator: Simulator) -> None:
    await woowup.legacy.update_user(UID, UserChanges(city="Rosario", points=2.0))
    await woowup.request("PUT", f"/users/{encoded_id(UID)}", body={"state": "Santa Fe"})
    found = await woowup.users.find(email="ana@example.com")
    assert found is not None
    assert (found.city, found.state, found.first_name) == ("Rosario", "Santa Fe", "Ana")
    assert all(status == 200 for _, _, status in simulator.exchanges)


async def test_consent_is_returned(woowup: WoowUp) -> None:
    await woowup.users.update(
        User(
            email="ana@example.com",
            mailing_enabled="disabled",
            mailing_disabled_reason="unsubscribe",
            mailing_enabled_reason="unsubscribe",
            whatsapp_enabled="enabled",
        )
    )
    found = await woowup.users.find(email="ana@example.com")
    assert found is not None
    assert (found.mailing_enabled, found.whatsapp_enabled, found.sms_enabled) == (False, True, True)
    assert found.mailing_enabled_reason is not None
    assert found.mailing_enabled_reason.startswith("unsubscribe")
    assert found.extra == {}


async def test_a_null_birthdate_is_not_sent_and_a_cleared_uid_is(woowup: WoowUp) -> None:
    """Q71: the schema of a creation allows a null, but the table of an update says text. The server decides."""
    await woowup.users.update({"email": "ana@example.com", "birthdate": None, "gender": "F"})
    found = await woowup.users.find(email="ana@example.com")
    assert found is not None
    assert (found.gender, found.birthday, found.service_uid) == ("F", None, UID)
    created = await woowup.users.create(User(email="eva@example.com", service_uid=CLEAR))
    assert created.service_uid is None
    with pytest.raises(errors.BadRequest, match="service_uid: Expected string, null found"):
        await woowup.users.update(User(email="ana@example.com", service_uid=CLEAR))


async def test_points_of_both_calls_are_in_both_lists_of_transactions(woowup: WoowUp) -> None:
    first = await woowup.users.add_points(ANA, 100, concept="gift")
    second = await woowup.legacy.add_points(UID, -30.0, concept="manual", description="de menos")
    histories = [
        await listed(woowup.users.transactions(email="ana@example.com")),
        await listed(woowup.legacy.transactions(UID)),
    ]
    for history in histories:
        assert {each.id: each.points for each in history} == {first: 100, second: -30}
    assert len(await listed(woowup.legacy.transactions(UID, limit=1))) == 1
    assert [each.extra for each in histories[0]] == [{}, {}]


async def test_a_user_that_a_deprecated_call_created(woowup: WoowUp) -> None:
    await woowup.legacy.register(email="eva@example.com", password="p", first_name="Eva")
    await woowup.legacy.newsletter(service_uid="leo@example.com")
    eva, leo = await woowup.users.find(email="eva@example.com"), await woowup.users.find(service_uid="leo@example.com")
    assert eva is not None
    assert leo is not None
    assert eva.first_name == "Eva"
    assert "newsletter" in (leo.tags or ())
    assert "pass" not in eva.extra


async def test_a_family_of_a_user_by_id(woowup: WoowUp) -> None:
    son, dog = FamilyMember(relationship="son", uid="a+b/ñ"), FamilyMember(relationship="pet_dog", uid="2")
    await woowup.members.create_by_id(UID, son)
    await woowup.members.create_bulk_by_id(UID, [dog])
    changed = FamilyMember(relationship="son", new_relationship="nephew", first_name="Leo")
    await woowup.members.update_by_id(UID, "a+b/ñ", changed)
    family = await woowup.members.list_by_id(UID)
    assert [(each.uid, each.relationship) for each in family] == [("a+b/ñ", "nephew"), ("2", "pet_dog")]
    assert family == await woowup.members.list(email="ana@example.com")
    with pytest.raises(errors.NotFound) as raised:
        await woowup.members.update_by_id(UID, "nobody", changed)
    assert raised.value.code == "member_not_found"


async def test_a_cart_without_a_time(woowup: WoowUp, simulator: Simulator) -> None:
    await woowup.abandoned_carts.create(
        AbandonedCart(email="ana@example.com", external_id="7", products=[CartProduct(sku="AB", quantity=1)])
    )
    assert len(simulator.carts) == 1


async def test_available_products(woowup: WoowUp) -> None:
    for sku, available in (("AB", True), ("CD", False)):
        await woowup.products.create(Product(sku=sku, name=sku, available=available))
    for available in (True, False):
        skus = [product.sku for product in await listed(woowup.products.list(available=available))]
        assert skus == ["AB" if available else "CD"]


async def test_a_branch_without_its_name(woowup: WoowUp) -> None:
    await woowup.branches.create(Branch(name="Centro / Ñandú"))
    await woowup.branches.update("Centro / Ñandú", BranchChanges(address="Corrientes 1", is_web=False))
    found = await woowup.branches.find("Centro / Ñandú")
    assert found is not None
    assert (found.name, found.address) == ("Centro / Ñandú", "Corrientes 1")


async def test_blacklists(woowup: WoowUp, simulator: Simulator) -> None:
    await woowup.blacklist.create("email", ["ana@example.com", "eva@ñandú.com"])
    await woowup.blacklist.create("email", ["leo@example.com"])
    assert simulator.blacklist["email"] == ["ana@example.com", "eva@ñandú.com", "leo@example.com"]
    await woowup.blacklist.replace("email", ["ana@example.com"])
    assert simulator.blacklist["email"] == ["ana@example.com"]
    await woowup.blacklist.delete("email")
    assert simulator.blacklist["email"] == []


async def test_a_returned_purchase_has_no_unknown_names(woowup: WoowUp) -> None:
    await woowup.purchases.create(purchase_line(email="ana@example.com", service_uid=UID))
    (stored,) = await listed(woowup.purchases.search(service_uid=UID))
    assert stored.extra == stored.purchase_detail.extra == {}
