"""Products, branches and families are updated or created, get one outcome each, and are sent in the right order."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.fakes import Answer, ScriptedTransport, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import outcomes, run
from woowup_async import errors
from woowup_async._flow import Entity, Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.events import RunEvent
from woowup_async.models import Branch, FamilyMember, Identity, Product
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import BatchPolicy, IngestPolicy, RetryPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
UNSENT = errors.NotSent("products.update", "no connection")


class Catalogue(ScriptedTransport):
    """An account with products, branches and families. A fault applies to the next request of its endpoint."""

    def __init__(self) -> None:
        super().__init__(by=self._answer)
        self.stored: dict[str, dict[str, Any]] = {"products": {}, "branches": {}}
        self.families: dict[str, dict[str, Any]] = {}
        self.faults: dict[str, list[Any]] = {}

    async def _answer(self, request: Request) -> Answer:
        await anyio.lowlevel.checkpoint()
        waiting = self.faults.get(request.endpoint)
        fault = waiting.pop(0) if waiting else None
        if fault is not None and not isinstance(fault, tuple):
            return fault  # type: ignore[no-any-return]
        answer = self._processed(request, json.loads(request.body or b"null"))
        return answer if fault is None else fault[1]

    def _processed(self, request: Request, body: Any) -> Response:
        kind, _, verb = request.endpoint.partition(".")
        if kind == "members":
            return self._member(verb, ",".join(value for _, value in request.params), body)
        if kind not in self.stored:
            return reply()
        if verb == "create":
            self.stored[kind][body["sku" if kind == "products" else "name"]] = body
            return reply(payload=body)
        name = base64.b64decode(unquote(request.url.rpartition("/")[2])).decode()
        if name not in self.stored[kind]:
            return reply(404, "not_found")
        self.stored[kind][name] |= body
        return reply(payload=body)

    def _member(self, verb: str, user: str, body: Any) -> Response:
        if user.startswith("nobody"):
            return reply(404, "user_not_found")
        family = self.families.setdefault(user, {})
        if verb == "create_bulk":
            if any(each["uid"] in family for each in body):
                return reply(500, "family_member_duplicated")
            family.update({each["uid"]: each for each in body})
            return reply()
        if any(each == "poison" for each in body.values()):
            return reply(400, "bad_request", payload={"errors": ["city: bad"]})
        if verb == "create" and body["uid"] in family:
            return reply(500, "family_member_duplicated")
        family[body["uid"]] = family.get(body["uid"], {}) | body
        return reply(payload=body)

    @property
    def paths(self) -> list[str]:
        return [request.endpoint for request in self.requests]


@pytest.fixture
def shop() -> Catalogue:
    return Catalogue()


def product(sku: str, **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "name": f"product {sku}", **fields}


def family(user: str, *uids: str, **fields: Any) -> dict[str, Any]:
    return {"identity": {"email": user}, "members": [{"uid": uid, "relationship": "son", **fields} for uid in uids]}


async def settled(shop: Catalogue, **given: Any) -> dict[str, Outcome]:
    events = list[RunEvent]()
    await run(sender(shop, FakeClock(), RetryPolicy(attempts=2)), events=events, **given)
    return outcomes(events)


async def test_a_run_sends_referenced_records_first(shop: Catalogue) -> None:
    report = await run(
        sender(shop),
        purchases=[purchase_line(1)],
        members=[family("ana@example.com", "1")],
        users=[ANA],
        branches=[Branch(name="Palermo I")],
        products=[Product(sku="a", name="A")],
    )
    assert shop.paths == [
        *("products.update", "products.create", "branches.update", "branches.create"),
        *("users.create", "members.create_bulk", "purchases.create"),
    ]
    assert (report.submitted, report.accepted, report.requests) == (5, 5, 7)
    assert report.products.effects == report.branches.effects == report.members.effects == {"created": 1}


class TestNamed:
    async def test_an_existing_record_costs_one_request_and_a_new_one_two(self, shop: Catalogue) -> None:
        shop.stored["products"]["a b/ñ"] = {}
        found = await settled(shop, products=[product("a b/ñ"), product("new")])
        assert found == {"a b/ñ": Accepted("updated"), "new": Accepted("created")}
        assert shop.paths == ["products.update", "products.update", "products.create"]

    async def test_an_unchanged_catalogue_costs_nothing(self, shop: Catalogue, tmp_path: Path) -> None:
        given: dict[str, Any] = {
            "products": [product(f"{number}") for number in range(30)],
            "branches": [{"name": f"{number}"} for number in range(30)],
            "members": [family(f"{number}@b.co", "1") for number in range(30)],
        }
        await run(sender(shop), journal=tmp_path / "j", **given)
        before = len(shop.requests)
        report = await run(sender(shop), journal=tmp_path / "j", **given)
        assert (len(shop.requests), report.accepted) == (before, 90)
        given["products"][7] = product("7", price=2)
        report = await run(sender(shop), journal=tmp_path / "j", **given)
        assert shop.paths[before:] == ["products.update"]
        assert report.products.effects == {"unchanged": 29, "updated": 1}

    @pytest.mark.slow
    @settings(max_examples=some(40))
    @given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=12), st.booleans())
    async def test_the_account_has_the_last_content_of_each(
        self, tmp_path_factory: pytest.TempPathFactory, versions: list[tuple[str, int]], has_journal: bool
    ) -> None:
        shop = Catalogue()
        journal: dict[str, Any] = {"journal": tmp_path_factory.mktemp("run") / "j"} if has_journal else {}
        records = [product(sku, price=price) for sku, price in versions]
        report = await run(sender(shop), products=records, in_flight=4, **journal)
        assert report.products.accepted == len(records)
        assert {sku: each["price"] for sku, each in shop.stored["products"].items()} == dict(versions)
        changes = [pair for pair, before in zip(versions, [None, *versions]) if pair != before]
        assert len(shop.requests) <= len(changes) + len(dict(versions))

    @pytest.mark.parametrize(
        ("update", "create", "expected"),
        [
            ([reply(400, "bad_request")], [], Rejected),
            ([], [reply(400, "bad_request")], Rejected),
            ([UNSENT] * 9, [], Released),
            ([], [UNSENT] * 9, Released),
            ([reply(503, "")] * 9, [], InDoubt),
            ([reply(404, "")], [UNSENT] * 9, InDoubt),
            ([reply(404, "")], [reply(400, "bad_request")], Rejected),
            ([reply(404, "")], [], Accepted),
        ],
    )
    async def test_answers_have_the_same_meaning_as_for_other_records(
        self, shop: Catalogue, update: list[Any], create: list[Any], expected: type[Outcome]
    ) -> None:
        shop.stored["products"]["before"] = {}
        shop.faults = {"products.update": [None, *update], "products.create": create}
        found = await settled(shop, products=[product("before"), product("a")], in_flight=1)
        assert isinstance(found["a"], expected)

    async def test_a_wrong_key_ends_the_run(self, shop: Catalogue) -> None:
        shop.faults["branches.update"] = [reply(403, "forbidden")]
        with pytest.raises(errors.Forbidden):
            await run(sender(shop), branches=[{"name": "a"}, {"name": "b"}])

    async def test_a_key_that_cannot_be_in_a_path_is_refused_locally(self, shop: Catalogue) -> None:
        report = await run(sender(shop), products=[product(".."), product("\x07")], branches=[{"name": "."}])
        assert (report.rejected, report.requests) == (3, 0)
        assert "sku: expected printable text" in str(report.rejections[0])


class TestFamilies:
    async def test_existing_members_are_updated_one_by_one(self, shop: Catalogue) -> None:
        shop.families["a@b.co"] = {"2": {"uid": "2"}}
        found = await settled(shop, members=[family("a@b.co", "1", "2", "3", first_name="x")])
        assert found == {"email:a@b.co": Accepted("updated")}
        assert shop.paths == ["members.create_bulk", *["members.create"] * 2, "members.update", "members.create"]
        assert {member["first_name"] for member in shop.families["a@b.co"].values()} == {"x"}

    async def test_a_large_family_is_sent_in_several_requests(self, shop: Catalogue) -> None:
        found = await settled(shop, members=[family("a@b.co", *map(str, range(120)))])
        assert found == {"email:a@b.co": Accepted("created")}
        assert [len(body) for _, body in shop.sent] == [50, 50, 20]

    async def test_models_and_json_are_accepted(self, shop: Catalogue) -> None:
        one = {"identity": Identity(document="1"), "members": [FamilyMember(uid="1", relationship="son")]}
        two = json.dumps(family("b@c.co", "1")).encode()
        assert await settled(shop, members=[one, two]) == {
            "document:1": Accepted("created"),
            "email:b@c.co": Accepted("created"),
        }

    async def test_a_family_of_an_unknown_user_is_rejected(self, shop: Catalogue) -> None:
        found = await settled(shop, members=[family("nobody@b.co", "1")])
        outcome = found["email:nobody@b.co"]
        assert isinstance(outcome, Rejected)
        assert outcome.code == "user_not_found"

    async def test_a_refusal_names_the_member(self, shop: Catalogue) -> None:
        shop.families["a@b.co"] = {"2": {"uid": "2"}}
        record = family("a@b.co", "1", "2")
        record["members"][1]["address"] = "poison"
        record["members"][0]["address"] = "poison"
        found = (await settled(shop, members=[record]))["email:a@b.co"]
        assert isinstance(found, Rejected)
        assert [reason.path for reason in found.reasons] == ["members[0]", "members[1]"]

    async def test_a_family_is_never_released_after_a_part_was_sent(self, shop: Catalogue) -> None:
        shop.faults["members.create_bulk"] = [None, *[UNSENT] * 9]
        found = await settled(shop, members=[family("a@b.co", *map(str, range(60)))])
        assert isinstance(found["email:a@b.co"], InDoubt)
        shop.families["c@b.co"] = {"1": {"uid": "1"}}
        shop.faults["members.update"] = [UNSENT] * 9
        found = await settled(shop, members=[family("c@b.co", "0", "1")])
        assert isinstance(found["email:c@b.co"], InDoubt)

    @pytest.mark.parametrize(
        ("record", "path"),
        [
            ({"identity": {}, "members": [{"relationship": "son"}]}, "identity"),
            ({"identity": {"email": "NULL"}, "members": [{"relationship": "son"}]}, "identity"),
            ({"identity": ANA, "members": []}, "members"),
            ({"identity": ANA, "members": [{"relationship": "sun"}]}, "members[0].relationship"),
            ({"members": [{"relationship": "son"}]}, "identity"),
            (family("a@b.co", "1")["members"], ""),
        ],
    )
    async def test_an_invalid_family_is_refused_locally(self, shop: Catalogue, record: Any, path: str) -> None:
        report = await run(sender(shop), members=[record])
        assert (report.rejected, report.requests) == (1, 0)
        assert isinstance(report.rejections[0].outcome, Rejected)
        assert report.rejections[0].outcome.reasons[0].path == path


async def test_a_cancelled_run_gives_each_record_its_outcome(shop: Catalogue) -> None:
    async def hang(request: Request) -> Answer:
        await anyio.sleep_forever()
        raise AssertionError

    shop.by = hang
    events = list[RunEvent]()
    with anyio.move_on_after(0.05):
        await run(
            sender(shop), events=events, products=[product(f"{n}") for n in range(5)], policy=IngestPolicy(drain=0)
        )
    found = outcomes(events)
    assert len(found) == 5  # three under way, and two that were read
    assert all(isinstance(each, InDoubt | Released) for each in found.values())
    assert {event.entity for event in events if isinstance(event, Settled)} == {Entity.PRODUCT}


async def test_an_ingester_only_takes_users_and_purchases(shop: Catalogue) -> None:
    async with Ingester(sender(shop), RunPolicy(BatchPolicy(), IngestPolicy(), 1), Inputs()) as opened:
        with pytest.raises(ValueError, match=r"use ingest\(branches="):
            await opened.submit({"name": "a"}, entity="branch")
