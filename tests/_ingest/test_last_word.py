"""Several contents of one record in one run: they are sent in order, the last one wins, and none is queued and lost."""

import json
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import outcomes, run
from woowup_async import errors
from woowup_async._flow import Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.events import RunEvent
from woowup_async.models import User
from woowup_async.outcomes import Accepted, Report
from woowup_async.policies import BatchPolicy, IngestPolicy, RetryPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def priced(number: int, total: int, **fields: Any) -> dict[str, Any]:
    return purchase_line(number, prices={"total": total}, **fields)


def totals(shop: Shop) -> dict[str, int]:
    return {number: each["prices"]["total"] for (_, number), each in shop.account.purchases.items()}


async def ingested(shop: Shop, **given: Any) -> Report:
    options: dict[str, Any] = {"in_flight": 3, "batch": BatchPolicy(max_items=100)}
    return await run(sender(shop), **(options | given))


class TestPurchases:
    async def test_an_equal_purchase_is_merged_and_a_changed_one_is_an_update(self, shop: Shop) -> None:
        report = await ingested(
            shop, users=[ANA], purchases=[priced(1, 1), priced(2, 1), priced(1, 1), priced(1, 2), priced(1, 2)]
        )
        assert report.purchases.effects == {"queued": 2, "updated": 1, "unchanged": 2}
        assert totals(shop) == {"F-0001": 2, "F-0002": 1}
        assert shop.paths[2:] == ["purchases.create_bulk", "purchases.update"]

    async def test_the_same_holds_long_after_the_first(self, shop: Shop) -> None:
        many = [priced(number, 1) for number in range(250)]
        report = await ingested(shop, users=[ANA], purchases=[*many, priced(0, 2), priced(1, 1)])
        assert totals(shop)["F-0000"] == 2
        assert report.purchases.effects == {"queued": 250, "updated": 1, "unchanged": 1}

    async def test_a_version_in_doubt_is_replaced_by_the_next_one(self, shop: Shop) -> None:
        lost = errors.ReplyLost("purchases.create", "the connection broke")
        shop.faults["purchases.create"] = [("processed", lost)]
        policy = IngestPolicy(doubt="report")
        report = await ingested(shop, users=[ANA], purchases=[priced(1, 1), priced(1, 2)], policy=policy)
        assert (report.in_doubt, totals(shop)) == (1, {"F-0001": 2})

    async def test_an_update_that_comes_before_the_purchase_is_visible(self, shop: Shop) -> None:
        """Near real time: the queued purchase is not visible at first, and then it is."""
        shop.faults["purchases.update"] = [reply(404, "user_not_found")]
        report = await ingested(shop, users=[ANA], purchases=[priced(1, 1), priced(2, 1), priced(1, 2)])
        assert totals(shop)["F-0001"] == 2
        assert report.purchases.effects == {"queued": 2, "updated": 1}

    @pytest.mark.untraced
    async def test_updates_that_a_gateway_answered_leave_doubt(self, shop: Shop) -> None:
        shop.faults["purchases.update"] = [reply(404, "")] * 2
        report = await ingested(shop, users=[ANA], purchases=[priced(1, 1), priced(2, 1), priced(1, 2)])
        assert (report.in_doubt, report.rejected) == (1, 0)

    @pytest.mark.slow
    @settings(max_examples=some(60))
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=30), st.integers(1, 4), st.integers(1, 5))
    async def test_the_account_has_the_last_content_of_each(
        self, contents: list[tuple[int, int]], in_flight: int, size: int
    ) -> None:
        shop = Shop()
        shop.account.create_user(ANA)
        batch = BatchPolicy(max_items=size)
        purchases = [priced(*each) for each in contents]
        report = await ingested(shop, users=[ANA], purchases=purchases, in_flight=in_flight, batch=batch)
        assert report.purchases.accepted == len(contents)
        assert totals(shop) == {f"F-{number:04}": total for number, total in contents}
        assert not shop.account.duplicates


class TestUsers:
    @pytest.mark.untraced
    @settings(max_examples=some(60))
    @given(
        st.lists(st.tuples(st.sampled_from(["a", "b", "ab", "A"]), st.sampled_from("xyz")), max_size=12), st.booleans()
    )
    async def test_versions_of_one_customer_arrive_in_order_under_any_identifier(
        self, tmp_path_factory: pytest.TempPathFactory, versions: list[tuple[str, str]], has_journal: bool
    ) -> None:
        """a: the e-mail, b: the document, ab: both, A: the e-mail in another letter case."""
        versions = [("ab", "x"), *versions]  # this shows that both belong to one customer
        shop, applied = Shop(), list[str]()
        shop.account.create_user({"email": "a@b.co", "document": "1"})
        names = {"a": {"email": "a@b.co"}, "A": {"email": "A@b.co"}}
        names["b"] = {"document": "1"}
        names["ab"] = names["a"] | names["b"]
        inner = shop._answer

        async def answer(request: Any) -> Any:
            for _ in range({"x": 9, "y": 3, "z": 0}[json.loads(request.body)["tags"]]):
                await anyio.lowlevel.checkpoint()
            result = await inner(request)
            if isinstance(result, Response) and json.loads(result.body)["code"] == "ok":
                applied.append(json.loads(request.body)["tags"])
            return result

        shop.by = answer
        users = [User(**names[name], tags=tag) for name, tag in versions]  # type: ignore[arg-type]
        journal = tmp_path_factory.mktemp("run") / "j" if has_journal else None
        report = await ingested(shop, users=users, in_flight=4, journal=journal)
        assert report.users.accepted == len(users)
        order = iter(tag for _, tag in versions)
        assert all(tag in order for tag in applied), "one version overtook another"
        for document, mine in (("1", {"a", "b", "ab"}), (None, {"A"})):
            last = next((tag for name, tag in reversed(versions) if name in mine), None)
            held = [user.get("tags") for user in shop.account.users.values() if user.get("document") == document]
            assert held == ([last] if last or document else [])

    @pytest.mark.untraced
    @pytest.mark.parametrize("link", ["refused", "invalid"])
    @pytest.mark.parametrize("has_journal", [False, True], ids=["no journal", "journal"])
    @pytest.mark.parametrize("known", [[], ["ac ok"], ["b ok", "ac ok"]], ids=["none", "one", "two"])
    @settings(max_examples=some(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.sampled_from([[], ["a busy"], ["c busy"]]),
        st.lists(
            st.tuples(st.sampled_from("abAc"), st.sampled_from(["busy", "ok", "refused", "invalid"])).map(" ".join),
            min_size=1,
            max_size=4,
        ),
    )
    async def test_a_refused_record_links_its_identifiers(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        known: list[str],
        has_journal: bool,
        link: str,
        before: list[str],
        rest: list[str],
    ) -> None:
        """A later version waits for the retries of an earlier one, under any identifiers of the two."""
        shop, applied, tried = Shop(), list[str](), set[str]()
        shop.account.create_user({"email": "a@b.co", "document": "1", "telephone": "3"})
        one = {"a": {"email": "a@b.co"}, "A": {"email": "A@b.co"}, "b": {"document": "1"}, "c": {"telephone": "3"}}
        named: dict[str, Any] = one | {"ab": one["a"] | one["b"], "ac": one["a"] | one["c"]}
        lines = [*known, *before, f"ab {link}", *rest]
        versions = [tuple(line.split()) for line in lines if known or not line.startswith("c")]
        inner = shop._answer

        async def answer(request: Any) -> Any:
            number, fate = (tag := json.loads(request.body)["tags"]).split()
            await anyio.lowlevel.checkpoint()
            if fate == "refused":
                return reply(400, "bad_request")
            if fate == "busy" and number not in tried:
                tried.add(number)
                return reply(503)
            result = await inner(request)
            if isinstance(result, Response) and json.loads(result.body)["code"] == "ok":
                applied.append(tag)
            return result

        shop.by = answer
        users = [
            {**named[name], "tags": f"{number} {fate}", **({"birthdate": "2026-02-30"} if fate == "invalid" else {})}
            for number, (name, fate) in enumerate(versions)
        ]
        journal = tmp_path_factory.mktemp("run") / "j" if has_journal else None
        await ingested(shop, users=users, in_flight=4, journal=journal)
        assert [int(tag.split()[0]) for tag in applied] == sorted(int(tag.split()[0]) for tag in applied)

    async def test_a_version_that_comes_back_is_sent_again(self, shop: Shop) -> None:
        users = [User(**ANA, tags=tag) for tag in "xyxx"]  # type: ignore[arg-type]
        report = await ingested(shop, users=users)
        assert report.users.effects == {"updated": 3, "unchanged": 1}
        assert [user["tags"] for user in shop.account.users.values()] == ["x"]

    async def test_the_second_waits_for_the_retries_of_the_first(self, shop: Shop) -> None:
        shop.faults["users.update"] = [reply(502, "")]
        shop.account.create_user({"email": "a@b.co", "service_uid": "u1"})
        users = [User(email="a@b.co", tags="old"), User(service_uid="u1", email="a@b.co", tags="new")]
        await ingested(shop, users=users)
        assert [user.get("tags") for user in shop.account.users.values()] == [None, "new"]


class TestPush:
    async def test_a_version_never_overtakes_one_that_waits_for_its_user(self, shop: Shop) -> None:
        shop.account.create_user({"service_uid": "u1"})
        clock, gate = FakeClock(), anyio.Event()
        inner = shop._answer

        async def slow(request: Any) -> Any:
            if request.endpoint.startswith("users"):
                await gate.wait()
            return await inner(request)

        shop.by = slow
        policy = RunPolicy(BatchPolicy(max_items=10), IngestPolicy(), 2)
        async with Ingester(sender(shop, clock), policy, Inputs()) as opened:
            await opened.submit(User(**ANA, first_name="Ana"))  # type: ignore[arg-type]
            first = await opened.submit(priced(1, 1))
            other = purchase_line(1, prices={"total": 2}, service_uid="u1")
            del other["email"]
            second = await opened.submit(other)
            await anyio.lowlevel.checkpoint()
            gate.set()
            assert await first == Accepted("queued")
            assert await second == Accepted("updated")
        assert totals(shop) == {"F-0001": 2}


async def test_a_record_that_waits_for_another_is_settled_when_the_run_ends(shop: Shop) -> None:
    """The second version was read and waits for the first, so it is settled too."""
    events, sent = list[RunEvent](), anyio.Event()

    async def stalled(request: Any) -> Any:
        sent.set()
        await anyio.sleep_forever()

    shop.by = stalled
    async with anyio.create_task_group() as tasks:

        async def go() -> None:
            await run(sender(shop), events=events, purchases=[priced(1, 1), priced(1, 2)], policy=IngestPolicy(drain=0))

        tasks.start_soon(go)
        await sent.wait()
        tasks.cancel_scope.cancel()
    settled = [event for event in events if isinstance(event, Settled)]
    assert len(settled) == 2
    assert len(outcomes(events)) == 1


@pytest.mark.parametrize("kind", ["users", "purchases"])
async def test_a_later_failure_does_not_clear_the_doubt_after_a_page_for_an_update(shop: Shop, kind: str) -> None:
    """A gateway answers 404 after the server accepted the update y. The create finds no connection. x comes again."""
    answer, events = shop.by, list[RunEvent]()
    assert answer is not None
    versions: dict[str, list[Any]] = {
        "users": [{"document": "1", "first_name": name} for name in ("x", "y", "x")],
        "purchases": [priced(1, 10), priced(1, 20), priced(1, 10)],
    }
    marked = b'"first_name":"y"' if kind == "users" else b'"total":20'

    async def by(request: Request) -> Any:
        if marked not in (request.body or b"").replace(b" ", b""):
            return await answer(request)
        if not request.endpoint.endswith("update"):
            raise errors.NotSent(request.endpoint, "no connection")
        await answer(request)
        return Response(404, {}, b"<html>no route")

    shop.by = by
    given: dict[str, Any] = {"users": [ANA], kind: versions[kind]}
    report = await run(sender(shop, retry=RetryPolicy(attempts=1)), events=events, **given)
    assert (report.released, report.in_doubt) == (0, 1)
    if kind == "users":
        assert [user["first_name"] for user in shop.account.users.values() if "first_name" in user] == ["x"]
    else:
        assert totals(shop) == {"F-0001": 10}
