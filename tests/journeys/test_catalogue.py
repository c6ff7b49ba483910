"""A whole shop in one run over a real socket: products, branches, users, families and purchases."""

from pathlib import Path
from typing import Any

from tests.support.official import purchase_line
from woowup_async import RateLimit, WoowUp
from woowup_async.models import Branch, FamilyMember, Identity, Product, User
from woowup_async.testing import Simulator

PEOPLE = [f"user{number}@example.com" for number in range(5)]
#: The second names must be encoded in a path. The base64 form of the sku has a `+` and a `=`.
SKUS = ["AB-1", "ñ>>?"]
BRANCHES = ["Palermo I", "Córdoba/Centro"]
#: Members of the first two families. The second one needs two bulk requests.
SIZES = [1, 60]


def shop(brand: str = "own") -> dict[str, Any]:
    return {
        "products": [Product(sku=sku, name=f"product {sku}", brand=brand) for sku in SKUS],
        "branches": [Branch(name=name, city="x") for name in BRANCHES],
        "users": [User(email=email) for email in PEOPLE],
        "members": [
            {
                "identity": Identity(email=email),
                "members": [FamilyMember(uid=f"{number}", relationship="son") for number in range(size)],
            }
            for email, size in zip(PEOPLE, SIZES, strict=False)
        ],
        "purchases": [purchase_line(n, email=email, branch_name=BRANCHES[0]) for n, email in enumerate(PEOPLE)],
    }


async def test_a_shop_is_created_once_and_then_unchanged(tmp_path: Path) -> None:
    async with Simulator(speed=60) as simulator:
        limit = RateLimit(segment=simulator.segment)
        async with WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit) as woowup:
            first = await woowup.ingest(**shop(), journal=tmp_path / "j")
            sent = simulator.requests
            second = await woowup.ingest(**shop(), journal=tmp_path / "j")
            unchanged = simulator.requests
            third = await woowup.ingest(**shop(brand="new"), journal=tmp_path / "j")

    counts = {"products": 2, "branches": 2, "users": 5, "members": 2}
    assert {name: dict(getattr(first, name).effects) for name in counts} == {
        name: {"created": count} for name, count in counts.items()
    }
    assert (first.submitted, first.accepted, first.requests) == (16, 16, sent)
    assert (first.purchases.accepted, second.purchases.accepted) == (5, 5)
    assert (second.submitted, second.accepted, second.requests) == (16, 16, 0)
    assert {name: dict(getattr(second, name).effects) for name in counts} == {
        name: {"unchanged": count} for name, count in counts.items()
    }
    assert unchanged == sent
    assert (dict(third.products.effects), third.requests) == ({"updated": 2}, 2)  # the path finds what was created

    order = dict.fromkeys(path.split("/")[2] for _, path, _ in simulator.exchanges)
    assert list(order) == ["products", "branches", "users", "multiusers", "purchases"]  # families: multiusers/members
    assert {sku: each["brand"] for sku, each in simulator.products.items()} == dict.fromkeys(SKUS, "new")
    assert {name: each["city"] for name, each in simulator.branches.items()} == dict.fromkeys(BRANCHES, "x")
    numbers = {user["email"]: number for number, user in simulator.users.items()}
    assert sorted(numbers) == PEOPLE
    assert {number: [each["uid"] for each in family] for number, family in simulator.members.items()} == {
        numbers[email]: [f"{number}" for number in range(size)] for email, size in zip(PEOPLE, SIZES, strict=False)
    }
    assert {(branch, body["email"]) for (branch, _), body in simulator.purchases.items()} == {
        (BRANCHES[0], email) for email in PEOPLE
    }
    assert (simulator.orphans, simulator.duplicates) == ([], 0)
