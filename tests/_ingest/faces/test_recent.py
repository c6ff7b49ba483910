"""Customers with the newest purchases first: the order changes, and nothing else."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from tests.support.runs import outcomes, run
from woowup_async._flow import Settled
from woowup_async._ingest.faces import recent
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.ranking import Ranking
from woowup_async.errors import SourceError, WoowUpError
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted, Rejected, Report
from woowup_async.policies import IngestPolicy


def user(name: str, **fields: object) -> dict[str, Any]:
    return {"email": f"{name}@example.com"} | fields


def bought(number: int, name: str, day: int, **fields: object) -> dict[str, Any]:
    return purchase_line(number, email=f"{name}@example.com", createtime=f"2024-01-{day:02} 10:00:00", **fields)


async def sent(shop: Shop, users: Any, purchases: Any, **options: Any) -> tuple[Report, list[RunEvent]]:
    events = list[RunEvent]()
    given: dict[str, Any] = {"order": "recent", "events": events, "users": users, "purchases": purchases}
    return await run(sender(shop), **(given | options)), events


def order_of(shop: Shop) -> list[str]:
    """Return the names of users and the numbers of purchases, as they were sent."""
    order = list[str]()
    for endpoint, body in shop.sent:
        if endpoint.startswith("users."):
            order.append(body.get("email", body.get("document")).partition("@")[0])
        elif endpoint.startswith("purchases."):
            order += [each["invoice_number"] for each in (body if isinstance(body, list) else [body])]
    return [*dict.fromkeys(order)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send two users at a time."""
    monkeypatch.setattr(recent, "_USERS", 2)


@pytest.mark.usefixtures("small")
async def test_newest_buyers_go_first_each_group_followed_by_its_purchases() -> None:
    shop = Shop()
    users = [user(name) for name in ("none", "old", "new", "middle", "newest")]
    purchases = [
        bought(1, "old", 1), bought(2, "newest", 2), bought(3, "new", 20), bought(4, "middle", 10),
        bought(5, "newest", 30), bought(6, "stranger", 31), bought(7, "stranger", 9),
    ]  # fmt: skip
    report, events = await sent(shop, users, purchases, in_flight=1, policy=IngestPolicy(unknown_users="trust"))
    assert order_of(shop) == [
        "newest", "new", "F-0002", "F-0005", "F-0003",
        "middle", "old", "F-0004", "F-0001",
        "F-0006", "F-0007",
        "none",
    ]  # fmt: skip
    assert (report.users.accepted, report.purchases.accepted, report.submitted) == (5, 7, 12)
    assert outcomes(events)["F-0001"] == Accepted("queued")
    assert outcomes(events)["F-0006"] == Accepted("unconfirmed")


async def test_only_buyers_leaves_the_others_out_and_counts_them() -> None:
    shop = Shop()
    users = [user(name) for name in ("none", "buyer", "nobody")]
    report, _ = await sent(shop, users, [bought(1, "buyer", 1)], only_buyers=True)
    assert order_of(shop) == ["buyer", "F-0001"]
    assert (report.submitted, report.without_purchases) == (2, 2)


async def test_versions_of_one_person_keep_their_order() -> None:
    """They share an identifier only by a third record, or by letter case."""
    shop = Shop()
    users = [
        user("a", tags="1"),
        {"document": "7", "tags": "2"},
        user("A", tags="3"),
        user("a", document="7", tags="4"),
        user("b", tags="5"),
    ]
    purchases = [bought(1, "b", 1), purchase_line(2, email=None, document="7", createtime="2024-01-09 10:00:00")]
    await sent(shop, users, purchases, in_flight=1)
    tags = [body["tags"] for endpoint, body in shop.sent if endpoint.startswith("users.")]
    assert [*dict.fromkeys(tags)] == ["1", "2", "3", "4", "5"]
    assert order_of(shop)[-2:] == ["F-0002", "F-0001"]


async def test_two_contents_of_one_purchase_keep_their_order_whoever_bought() -> None:
    shop = Shop()
    first, last = bought(1, "a", 1, points=1), bought(1, "b", 30, points=2)
    await sent(shop, [user("a"), user("b")], [first, last])
    assert [body["points"] for body in shop.account.purchases.values()] == [2]


async def test_a_purchase_that_names_two_customers_follows_both() -> None:
    shop = Shop()
    users = [user("a"), {"document": "7", "email": "z@example.com"}]
    await sent(shop, users, [bought(1, "a", 1, document="7"), bought(2, "z", 30)], in_flight=1)
    assert {*order_of(shop)[:2]} == {"a", "z"}


async def test_a_refused_user_is_known_to_its_purchases() -> None:
    shop = Shop()
    users = [user("a", document="7", gender="X"), user("b")]
    report, events = await sent(shop, users, [bought(1, "a", 3), bought(2, "b", 1)])
    assert (report.users.rejected, report.purchases.rejected) == (1, 1)
    refused = outcomes(events)["F-0001"]
    assert isinstance(refused, Rejected)
    assert "its user was rejected" in str(refused.reasons[-1])


async def test_refused_records_and_records_that_cannot_be_copied_have_an_outcome_each() -> None:
    class Local(dict[str, Any]):
        """A class that cannot be pickled."""

        def __reduce__(self) -> Any:
            raise TypeError("not to be copied")

    shop = Shop()
    purchases = [Local(bought(1, "a", 1)), {"email": "a@example.com"}, b"{", bought(2, "a", 2)]
    report, events = await sent(shop, [Local(user("a")), b"[]"], purchases)
    assert (report.users.submitted, report.users.rejected) == (2, 1)
    assert (report.purchases.submitted, report.purchases.rejected) == (4, 2)
    raws = [event.record.raw for event in events if isinstance(event, Settled)]
    assert sum(type(raw) is Local for raw in raws) == 2
    assert not report.missing_createtime


async def test_families_go_between_the_users_and_the_purchases_of_their_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_USERS", 1)
    order, blocks = list[str](), []

    async def carry(entity: Any, given: AsyncIterator[Any]) -> None:
        async for block in given:
            blocks.append(len(block))
            order.extend(f"{entity.value} {json.dumps(record.raw)}" for record in block)

    from woowup_async._ingest.announcer import Announcer
    from woowup_async._ingest.assembly import Resources, RunPolicy, assembled
    from woowup_async.policies import BatchPolicy

    parts = assembled(
        sender(Shop()), RunPolicy(BatchPolicy(), IngestPolicy(), 1), Resources(), Announcer(None, None, None)
    )
    families = [{"identity": {"email": f"{name}@example.com"}, "members": [{"relationship": "son"}]} for name in "ab"]
    inputs = Inputs([user("a"), user("b")], [bought(1, "a", 1), bought(2, "b", 2)], members=families, order="recent")
    await recent.RecentFirst(parts.intake, only_buyers=False).carry(inputs.sources(), carry)
    assert [line.partition(" ")[0] for line in order] == ["user", "member", "purchase"] * 2
    assert "b@" in order[1]
    parts.close()


async def test_what_is_noticed_is_counted_once() -> None:
    undated = [bought(1, "a", 1) | {"createtime": None, "colour": "red"}, bought(2, "a", 2)]
    report, _ = await sent(Shop(), [user("a", colour="red")], undated)
    assert (report.missing_createtime, dict(report.unknown_fields)) == (1, {"colour": 2})


class Broken:
    """A source that fails after its records."""

    def __init__(self, *records: object) -> None:
        self._records = records

    def __iter__(self) -> Iterator[object]:
        yield from self._records
        raise SourceError("broken")


@pytest.mark.parametrize("only_buyers", [False, True])
async def test_a_source_that_fails(only_buyers: bool) -> None:
    """What was read is sent. It is not known who has no purchase, so nobody counts as left out."""
    shop = Shop()
    with pytest.raises(SourceError, match="broken") as failed:
        await sent(shop, [user("a"), user("b")], Broken(bought(1, "a", 1)), only_buyers=only_buyers)
    assert order_of(shop) == ["a", "F-0001", "b"][: 2 if only_buyers else 3]
    report = failed.value.report
    assert isinstance(report, Report)
    assert (report.submitted, report.without_purchases) == (len(order_of(shop)), 0)


@pytest.mark.parametrize("step", ["add", "rank"])
async def test_a_cancelled_task_does_not_close_what_a_thread_uses(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite crashes the process if a connection is closed while another thread uses it."""
    began, may_end, is_used = threading.Event(), threading.Event(), list[bool]()
    found, close = getattr(Ranking, step), Ranking.close

    def slow(self: Any, *arguments: Any) -> Any:
        is_used.append(True)
        began.set()
        may_end.wait(30)
        is_used.clear()
        return found(self, *arguments)

    def checked(self: Ranking) -> None:
        assert not is_used
        close(self)

    monkeypatch.setattr(Ranking, step, slow)
    monkeypatch.setattr(Ranking, "close", checked)
    task = asyncio.ensure_future(sent(Shop(), [], [bought(1, "a", 1)]))
    await to_thread.run_sync(began.wait, 30)
    task.cancel()
    with anyio.move_on_after(0.05):
        await asyncio.wait([task])
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("step", ["add", "rank", "read"])
async def test_a_full_disk_is_said_with_its_remedy(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rank = Ranking.rank

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def lose(self: Ranking) -> None:
        rank(self)
        self.database.execute("DROP TABLE copies")

    monkeypatch.setattr(Ranking, "rank" if step == "read" else step, lose if step == "read" else fail)
    shop = Shop()
    with pytest.raises(WoowUpError, match="needs room for a copy of all records in a temporary file"):
        await sent(shop, [], [bought(1, "a", 1)])
    assert shop.requests == []


async def test_a_run_with_a_journal_continues_and_sends_nothing_twice(tmp_path: Path) -> None:
    shop = Shop()
    users, purchases = (
        [user(name) for name in "abc"],
        [bought(number, "abc"[number % 3], number + 1) for number in range(9)],
    )
    await sent(shop, users, purchases[:5], journal=tmp_path / "j")
    before = len(shop.requests)
    report, _ = await sent(shop, users, purchases, journal=tmp_path / "j")
    assert report.users.effects == {"unchanged": 3}
    assert report.purchases.effects == {"unchanged": 5, "queued": 4}
    assert len(shop.requests) - before <= 3


async def test_people_that_only_the_journal_links_keep_their_order(tmp_path: Path) -> None:
    shop = Shop()
    await sent(shop, [user("a", document="7")], [], journal=tmp_path / "j")
    shop.requests.clear()
    users = [user("a", tags="1"), {"document": "7", "tags": "2"}]
    purchases = [purchase_line(2, email=None, document="7", createtime="2024-01-09 10:00:00")]
    await sent(shop, users, purchases, journal=tmp_path / "j", in_flight=1)
    assert [body.get("tags") for endpoint, body in shop.sent if endpoint.startswith("users.")] == ["1", "2"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": "newest"}, "order must be 'given' or 'recent', got 'newest'"),
        ({"only_buyers": True}, "only_buyers needs order='recent'"),
        ({"only_buyers": True, "order": "recent"}, "only_buyers needs purchases"),
    ],
)
def test_wrong_options(options: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Inputs(**options)


NAMES = st.sampled_from("abcd")
DAYS = st.integers(1, 28)
USERS = st.lists(st.tuples(NAMES, st.integers(0, 2)), max_size=8)
PURCHASES = st.lists(st.tuples(st.integers(0, 5), NAMES, DAYS, st.integers(0, 1)), max_size=10)


@pytest.mark.slow
@settings(max_examples=some(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(USERS, PURCHASES)
async def test_the_account_has_the_same_in_both_orders(
    users: list[tuple[str, int]], purchases: list[tuple[int, str, int, int]]
) -> None:
    """Whatever comes twice, changes or has no user: the last word wins, and the counts agree."""
    accounts, counts = [], []
    for order in ("given", "recent"):
        shop = Shop()
        report, _ = await sent(
            shop,
            [user(name, tags=str(version)) for name, version in users],
            [bought(number, name, day, points=points) for number, name, day, points in purchases],
            order=order,
        )
        found = {each["email"]: each.get("tags") for each in shop.account.users.values()}
        accounts.append((found, dict(shop.account.purchases)))
        counts.append((report.users.submitted, report.purchases.submitted, report.accepted, report.rejected))
    assert accounts[0] == accounts[1]
    assert counts[0][:2] == counts[1][:2]
