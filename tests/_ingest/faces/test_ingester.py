"""The ingester: submitted records are settled once, share requests, and survive the process with an outbox."""

import asyncio
import gc
import json
import sqlite3
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.modes import is_private
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async import errors
from woowup_async._flow import Entity, Item, Position, Record
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.rules.dependants import Dependants
from woowup_async._journal.outbox import Outbox
from woowup_async.errors import JournalError
from woowup_async.events import BatchSealed, RunEvent
from woowup_async.models import CLEAR, User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import State
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
QUEUED, UNCONFIRMED = Accepted("queued"), Accepted("unconfirmed")
#: A gateway's answer to a request that may have been processed.
LOST = reply(504, "")


async def failed(shop: Shop, opened: Ingester, record: Any, failure: Any = LOST) -> Outcome:
    """Submit a record whose requests all fail, while other requests are answered. Return its outcome."""
    body, answer = opened._parts.intake.item_of(Record(Position("t", 1), record), entity_of(record)).body, shop.by  # type: ignore[union-attr]

    async def by(request: Any) -> Any:
        return failure if body in request.body else await answer(request)  # type: ignore[misc]

    shop.by = by
    receipt = await opened.submit(record)
    others = 0
    while receipt.outcome is None:
        others += 1
        await (await opened.submit(User(document=f"other {others}")))
    shop.by = answer
    return receipt.outcome


def entity_of(record: Any) -> Entity:
    return Entity.USER if isinstance(record, User) else Entity.PURCHASE


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def ingester(
    shop: Shop,
    clock: FakeClock | None = None,
    batch: BatchPolicy = BatchPolicy(max_items=10),
    policy: IngestPolicy = IngestPolicy(),
    in_flight: int = 2,
    **inputs: Any,
) -> Ingester:
    return Ingester(sender(shop, clock), RunPolicy(batch, policy, in_flight), Inputs(**inputs))


class TestBatches:
    async def test_concurrent_submits_share_a_request(self, shop: Shop) -> None:
        async with ingester(shop) as opened:
            receipts = [await opened.submit(purchase_line(number)) for number in range(25)]
            assert [await receipt for receipt in receipts] == [UNCONFIRMED] * 25
            assert opened.unsettled == 0
        assert sorted(len(body) for _, body in shop.sent) == [5, 10, 10]
        assert opened.report.accepted == 25

    async def test_a_single_purchase_is_sent_within_linger(self, shop: Shop) -> None:
        clock = FakeClock()
        async with ingester(shop, clock, BatchPolicy(linger=3)) as opened:
            began = clock.now()
            await (await opened.submit(purchase_line()))
            assert clock.now() - began == pytest.approx(3, abs=0.1)

    async def test_without_linger_it_is_sent_at_once(self, shop: Shop) -> None:
        clock = FakeClock()
        async with ingester(shop, clock, BatchPolicy(linger=0)) as opened:
            began = clock.now()
            await (await opened.submit(purchase_line()))
            assert clock.now() == began

    @pytest.mark.untraced
    async def test_batches_grow_while_no_permit_is_free(self, shop: Shop) -> None:
        """Twelve per second for a minute, at 140 requests per minute: there are far fewer than 720 requests."""
        clock, events, waits = FakeClock(), list[RunEvent](), list[float]()
        mine = ingester(shop, clock, BatchPolicy(linger=0.01), in_flight=8, on_event=events.append)

        async def wait(receipt: Receipt, since: float) -> None:
            await receipt
            waits.append(clock.now() - since)

        async with mine as opened, anyio.create_task_group() as tasks:
            for number in range(720):
                tasks.start_soon(wait, await opened.submit(purchase_line(number)), clock.now())
                await clock.sleep_until(clock.now() + 1 / 12)
        assert len(shop.account.purchases) == 720
        assert len(shop.requests) <= 170
        assert not [event for event in events if isinstance(event, BatchSealed) and event.items > 100]
        # only one batch waits for the next permit, not eight small ones
        assert sorted(waits)[len(waits) // 2] < 1.5

    async def test_flush_settles_what_came_before_it_under_constant_load(self, shop: Shop) -> None:
        clock = FakeClock()
        roomy = BatchPolicy(max_items=10_000, linger=60)
        async with ingester(shop, clock, roomy) as opened, anyio.create_task_group() as tasks:

            async def load() -> None:
                number = 100
                while True:
                    number += 1
                    await opened.submit(purchase_line(number))
                    await clock.sleep_until(clock.now() + 0.05)

            first = [await opened.submit(purchase_line(number)) for number in range(5)]
            tasks.start_soon(load)
            await opened.flush()
            assert all(receipt.outcome == UNCONFIRMED for receipt in first)
            assert clock.now() < 1_030
            tasks.cancel_scope.cancel()


class TestRoom:
    async def test_submit_only_waits_for_room_and_nowait_raises(self, shop: Shop) -> None:
        gate = anyio.Event()

        async def stopped(request: Any) -> Any:
            await gate.wait()
            return await shop._answer(request)

        shop.by = stopped
        async with ingester(shop, batch=BatchPolicy(max_items=5), in_flight=1) as opened:
            for number in range(15):
                opened.submit_nowait(purchase_line(number))
            assert (opened.unsettled, opened.capacity) == (15, 15)
            with pytest.raises(anyio.WouldBlock):
                opened.submit_nowait(purchase_line(99))
            with anyio.move_on_after(0.01) as scope:
                await opened.submit(purchase_line(99))
            assert scope.cancelled_caught  # the record was not accepted
            gate.set()
            await (await opened.submit(purchase_line(16)))
        assert len(shop.account.purchases) == 16

    @pytest.mark.untraced
    async def test_refused_submits_use_no_memory(self, shop: Shop) -> None:
        async def stopped(request: Any) -> Any:
            await anyio.sleep_forever()

        shop.by = stopped
        async with ingester(shop, policy=IngestPolicy(drain=0)) as opened:
            for number in range(opened.capacity):
                await opened.submit(purchase_line(number))
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            refused = 0
            for number in range(5_000):
                try:
                    opened.submit_nowait(purchase_line(number))
                except anyio.WouldBlock:
                    refused += 1
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
        assert refused == 5_000
        assert grown < 20_000

    async def test_abandoned_receipts_leak_nothing(self, shop: Shop) -> None:
        async with ingester(shop) as opened:
            for number in range(200):
                await opened.submit(purchase_line(number))
            await opened.flush()
            gc.collect()
            assert not len(opened._submissions)

    async def test_a_receipt_can_be_awaited_by_many_and_later(self, shop: Shop) -> None:
        seen = list[object]()
        async with ingester(shop) as opened, anyio.create_task_group() as tasks:
            receipt = await opened.submit(purchase_line())

            async def look() -> None:
                seen.append(await receipt)

            for _ in range(3):
                tasks.start_soon(look)
        assert seen == [QUEUED] * 3
        assert await receipt == QUEUED
        assert "F-0001" not in repr(receipt)


class TestUsersFirst:
    def test_a_purchase_of_two_users_waits_for_both(self) -> None:
        def item(body: dict[str, str]) -> Item:
            return Item(Record(Position("t", 1), None), "k", json.dumps(body).encode())

        waiting, first, second = Dependants(), item({"email": "a"}), item({"document": "1"})
        purchase = item({"email": "a", "document": "1"})
        waiting.enter(first)
        waiting.enter(second)
        assert waiting.park(purchase)
        assert waiting.leave(first) == []
        assert waiting.leave(second) == [purchase]
        assert not waiting.park(purchase)

    async def test_a_purchase_waits_for_its_user_and_no_other(self, shop: Shop) -> None:
        clock, order = FakeClock(), list[str]()

        async def slow(request: Any) -> Any:
            answer = await shop._answer(request)
            if request.endpoint == "users.create":
                await clock.sleep_until(clock.now() + 5)
            order.append(request.endpoint)
            return answer

        shop.by = slow
        async with ingester(shop, clock) as opened:
            user = await opened.submit(User(document="7", email="eva@example.com"))
            his = await opened.submit(purchase_line(1, email="eva@example.com"))
            other = await opened.submit(purchase_line(2))
            assert await other == QUEUED
            assert his.outcome is None
            assert (await user, await his) == (Accepted("created"), QUEUED)
        assert order == ["purchases.create", "users.create", "purchases.create"]

    async def test_a_purchase_of_a_refused_user_has_the_current_reason(self, shop: Shop) -> None:
        shop.account.refuses = lambda record: ["poison"] if record.get("first_name") == "poison" else []
        async with ingester(shop, batch=BatchPolicy(linger=0)) as opened:
            await (await opened.submit({"document": "7", "first_name": "poison"}, entity="user"))
            first = await (await opened.submit(purchase_line(1, email=None, document="7")))
            assert isinstance(first, Rejected)
            assert "its user was rejected (bad_request): poison" in str(first.reasons[-1])
            shop.account.create_user({"document": "7"})  # now the user exists
            assert isinstance(await (await opened.submit(purchase_line(1, email=None, document="7"))), Accepted)

    async def test_an_identical_user_is_sent_again_in_a_run_without_end(self, shop: Shop) -> None:
        async with ingester(shop) as opened:
            for effect in ("created", "updated"):
                assert await (await opened.submit(User(document="1"))) == Accepted(effect)


class TestRefusals:
    async def test_locally_refused_records_are_settled_at_once(self, shop: Shop, tmp_path: Path) -> None:
        async with ingester(shop, dead_letters=tmp_path / "dead.jsonl") as opened:
            receipt = await opened.submit({"invoice_number": "1"})
            assert isinstance(receipt.outcome, Rejected)
            assert await receipt == receipt.outcome
        assert len((tmp_path / "dead.jsonl").read_text().splitlines()) == 1

    async def test_an_invalid_account_ends_it_for_all_records(self, shop: Shop) -> None:
        gone = reply(410, "account_deleted", "gone")
        shop.faults = {"purchases.create": [gone], "purchases.create_bulk": [gone]}
        opened = await ingester(shop, batch=BatchPolicy(linger=0)).__aenter__()
        receipts = [await opened.submit(purchase_line(number)) for number in range(3)]
        assert [type(await receipt) for receipt in receipts] == [Released] * 3
        with pytest.raises(errors.AccountGone):
            await opened.submit(purchase_line(9))
        with pytest.raises(errors.AccountGone):
            await opened.__aexit__(None, None, None)
        assert opened.report.submitted == 3

    async def test_it_waits_for_a_server_that_is_down_from_the_start(self, shop: Shop) -> None:
        clock, down = FakeClock(), FakeClock().now() + 600

        async def answer(request: Any) -> Any:
            return await shop._answer(request) if clock.now() > down else errors.NotSent("x", "cannot connect")

        shop.by = answer
        async with ingester(shop, clock) as opened:
            assert await (await opened.submit(purchase_line())) == QUEUED


class TestLife:
    async def test_leaving_drains(self, shop: Shop) -> None:
        clock = FakeClock()
        async with ingester(shop, clock, BatchPolicy(linger=3_600)) as opened:
            receipt = await opened.submit(purchase_line())
        assert receipt.outcome == QUEUED
        with pytest.raises(RuntimeError, match="is closed"):
            await opened.submit(purchase_line())
        with pytest.raises(RuntimeError, match="opened only once"):
            await opened.__aenter__()

    async def test_the_deadline_releases_the_rest(self, shop: Shop) -> None:
        async def hang(request: Any) -> Any:
            await anyio.sleep_forever()

        shop.by = hang
        policy = IngestPolicy(drain=0.05)
        async with ingester(shop, batch=BatchPolicy(max_items=2, linger=0), policy=policy, in_flight=1) as opened:
            receipts = [await opened.submit(purchase_line(number)) for number in range(6)]
            report = await opened.aclose()
            assert (report.released, report.in_doubt) == (4, 2)
        kinds = [type(receipt.outcome) for receipt in receipts]
        assert kinds == [InDoubt, InDoubt, *[Released] * 4]
        assert opened.report.submitted == 6

    async def test_when_cancelled_it_waits_for_its_answers(self, shop: Shop) -> None:
        clock = FakeClock()

        async def slow(request: Any) -> Any:
            answer = await shop._answer(request)
            await clock.sleep_until(clock.now() + 3)
            return answer

        shop.by, receipts = slow, list[Any]()
        async with anyio.create_task_group() as tasks:

            async def serve() -> None:
                async with ingester(shop, clock, BatchPolicy(linger=0)) as opened:
                    receipts.append(await opened.submit(purchase_line()))
                    await anyio.sleep_forever()

            tasks.start_soon(serve)
            await clock.sleep_until(clock.now() + 1)
            tasks.cancel_scope.cancel()
        assert receipts[0].outcome == QUEUED

    async def test_calls_from_another_thread_or_loop_raise(self, shop: Shop) -> None:
        said = list[str]()

        def elsewhere(call: Callable[[], object]) -> None:
            try:
                call()
            except RuntimeError as error:
                said.append(str(error))

        opened = ingester(shop)
        with pytest.raises(RuntimeError, match="not open"):
            opened.submit_nowait(purchase_line())
        with pytest.raises(RuntimeError, match="not open"):
            opened.find("1")
        async with opened:
            for call in (lambda: opened.submit_nowait({}), lambda: asyncio.run(opened.flush())):
                thread = threading.Thread(target=elsewhere, args=(call,))
                thread.start()
                await anyio.to_thread.run_sync(thread.join)
        assert len(said) == 2
        assert all("belongs to the event loop that opened it" in text for text in said)

    async def test_find_needs_an_outbox_or_a_journal(self, shop: Shop) -> None:
        async with ingester(shop) as opened:
            with pytest.raises(RuntimeError, match="needs an outbox or a journal"):
                opened.find("1")

    async def test_the_context_of_the_submitter_comes_with_the_events(self, shop: Shop) -> None:
        from contextvars import ContextVar

        from woowup_async.events import RequestSent

        trace: ContextVar[str] = ContextVar("trace")
        seen = list[str]()

        def hear(event: RunEvent) -> None:
            if isinstance(event, RequestSent):
                seen.extend(record.context[trace] for record in event.records)

        async with ingester(shop, on_event=hear) as opened:
            for number in range(3):
                trace.set(f"request {number}")
                await opened.submit(purchase_line(number))
        assert seen == ["request 0", "request 1", "request 2"]


class TestOutbox:
    @pytest.fixture
    def outbox(self, tmp_path: Path) -> Path:
        return tmp_path / "orders.outbox"

    async def test_what_is_cleared_is_cleared_after_its_way_over_the_disk(self, shop: Shop, outbox: Path) -> None:
        async with ingester(shop, outbox=outbox) as opened:
            await (await opened.submit(User(email="ana@example.com", city="null", service_uid=CLEAR)))
        bodies = [body for _, body in shop.sent if body]
        assert bodies
        assert all(body == ANA | {"city": "null", "service_uid": None} for body in bodies)

    async def test_a_record_is_on_disk_before_submit_returns(self, shop: Shop, outbox: Path) -> None:
        async with ingester(shop, batch=BatchPolicy(linger=60), outbox=outbox) as opened:
            await opened.submit(purchase_line(7))
            with closing(sqlite3.connect(outbox)) as database:
                ((body,),) = database.execute("SELECT body FROM outbox").fetchall()
            assert json.loads(body)["invoice_number"] == "F-0007"
            assert is_private(outbox)
            entry = opened.find("F-0007")
            assert entry is not None
            assert (entry.state, entry.outcome) == (State.IN_FLIGHT, None)
            await opened.flush()
            entry = opened.find("F-0007")
            assert entry is not None
            assert entry.outcome == QUEUED
            assert opened.find("F-0008") is None

    async def test_the_next_process_sends_the_remaining_records_in_order(self, shop: Shop, outbox: Path) -> None:
        """This includes a changed record that was submitted twice. The next process has less room."""

        async def hang(request: Any) -> Any:
            await anyio.sleep_forever()

        answer, shop.by = shop._answer, hang
        policy = IngestPolicy(drain=0)
        async with ingester(shop, policy=policy, outbox=outbox) as opened:
            for number in range(95):
                await opened.submit(purchase_line(number))
            await opened.submit(purchase_line(3, prices={"total": 1}))
            await opened.submit(User(document="1"))
            await anyio.sleep(0.02)
        assert opened.report.accepted == 0
        shop.by = answer
        async with ingester(shop, batch=BatchPolicy(max_items=5), in_flight=1, outbox=outbox) as opened:
            assert opened.unsettled == 97
        assert len(shop.account.purchases) == 95
        assert shop.account.purchases[None, "F-0003"]["prices"] == {"total": 1}
        assert len(shop.account.users) == 2
        async with ingester(shop, outbox=outbox) as opened:
            assert opened.unsettled == 0

    @pytest.mark.parametrize("failure", [LOST, errors.NotSent("users.update", "refused")], ids=["in doubt", "released"])
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (purchase_line(1, prices={"total": 1}), purchase_line(1, prices={"total": 2})),
            (User(document="1", tags="old"), User(document="1", tags="new")),
        ],
        ids=["purchase", "user"],
    )
    @pytest.mark.parametrize("face", ["push", "pull"])
    @pytest.mark.slow
    async def test_an_older_version_is_removed_with_an_accepted_newer_one(
        self, shop: Shop, outbox: Path, failure: Any, old: Any, new: Any, face: str
    ) -> None:
        shop.account.create_user({"document": "1"})
        async with ingester(shop, FakeClock(), outbox=outbox) as opened:
            assert isinstance(await failed(shop, opened, old, failure), InDoubt | Released)
            if face == "push":
                assert isinstance(await (await opened.submit(new)), Accepted)
            assert opened.unsettled == (face == "pull")
        if face == "pull":
            given: Any = {f"{entity_of(new)}s": [new]}
            await run(sender(shop), journal=outbox, **given)
        before = len(shop.requests)
        async with ingester(shop, outbox=outbox) as opened:
            assert opened.unsettled == 0
        assert len(shop.requests) == before

    @pytest.mark.parametrize(
        ("first", "old", "new"),
        [
            (ANA | {"document": "1"}, {"document": "1"}, ANA),
            (None, ANA | {"document": "1"}, {"document": "1"}),
            (None, {"telephone": "0", "document": "1"}, ANA | {"telephone": "0"}),
        ],
        ids=["linked before", "linked by the old one", "two people with one telephone"],
    )
    @pytest.mark.slow
    async def test_users_that_may_be_one_person_are_sent_again_in_order(
        self, outbox: Path, first: Any, old: Any, new: Any
    ) -> None:
        """Nothing is dropped, since they may be two people, and the last version is sent last."""
        shop = Shop()
        shop.account.create_user(ANA | {"document": "1"})
        async with ingester(shop, FakeClock(), outbox=outbox) as opened:
            if first is not None:
                await (await opened.submit(User(**first)))
            assert isinstance(await failed(shop, opened, User(**old, tags="old")), InDoubt)
            assert isinstance(await (await opened.submit(User(**new, tags="new"))), Accepted)
            assert opened.unsettled == 2
        before = len(shop.sent)
        async with ingester(shop, outbox=outbox) as opened:
            await opened.flush()
            assert opened.unsettled == 0
        assert [body["tags"] for endpoint, body in shop.sent[before:] if endpoint == "users.update"] == ["old", "new"]

    async def test_an_older_version_stays_if_the_newer_one_was_refused(self, shop: Shop, outbox: Path) -> None:
        async with ingester(shop, FakeClock(), outbox=outbox) as opened:
            assert isinstance(await failed(shop, opened, User(document="1", tags="old")), InDoubt)
            shop.faults["users.create"] = [reply(400, "bad_request")]
            assert isinstance(await (await opened.submit(User(document="1", tags="new"))), Rejected)
            assert opened.unsettled == 1
        async with ingester(shop, outbox=outbox) as opened:
            pass
        assert [user["tags"] for user in shop.account.users.values() if user.get("document") == "1"] == ["old"]

    async def test_a_crash_loses_nothing_and_duplicates_nothing(self, shop: Shop, outbox: Path) -> None:
        """A copy of the file stands for a killed process. Settled records left the outbox in the same step."""
        async with ingester(shop, outbox=outbox) as opened:
            await opened.submit(purchase_line(1))
            await opened.flush()
            with closing(sqlite3.connect(outbox)) as database:
                copy = outbox.with_name("copy")
                database.execute("VACUUM INTO ?", (str(copy),))
        before = len(shop.requests)
        async with ingester(shop, outbox=copy) as opened:
            assert opened.unsettled == 0
            again = await opened.submit(purchase_line(1))
        assert len(shop.requests) == before
        assert again.outcome == Accepted("unchanged")

    async def test_the_next_process_knows_the_budget_that_was_used(self, shop: Shop, outbox: Path) -> None:
        for spent in (0, 1):
            mine = sender(shop)
            limiter: Any = mine.limiter
            policy = RunPolicy(BatchPolicy(linger=0), IngestPolicy(), 2)
            async with Ingester(mine, policy, Inputs(outbox=outbox)) as opened:
                assert round(limiter.statistics().estimated) == spent
                await opened.submit(purchase_line(spent))

    async def test_submits_at_one_moment_share_one_durable_write(
        self, shop: Shop, outbox: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps, inner = list[int](), Outbox.put_all

        def counted(self: Outbox, records: Any) -> list[int]:
            steps.append(len(records))
            return inner(self, records)

        monkeypatch.setattr(Outbox, "put_all", counted)
        async with ingester(shop, FakeClock(), outbox=outbox) as opened, anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(opened.submit, purchase_line(number))
        assert steps == [200]
        assert len(shop.account.purchases) == 200

    async def test_a_submit_cancelled_before_the_write_is_not_accepted(self, shop: Shop, outbox: Path) -> None:
        async with ingester(shop, FakeClock(), outbox=outbox) as opened:
            task = asyncio.ensure_future(opened.submit(purchase_line(1)))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await opened.submit(purchase_line(2))
        assert {number for _, number in shop.account.purchases} == {"F-0002"}

    async def test_accepting_does_not_wait_for_permits(self, shop: Shop, outbox: Path) -> None:
        mine = ingester(shop, FakeClock(), BatchPolicy(max_items=10), in_flight=1, outbox=outbox)
        async with mine as opened:
            receipts = [opened.submit_nowait(purchase_line(number)) for number in range(500)]
            assert opened.unsettled == 500
            await opened.flush()
            assert all(receipt.outcome == UNCONFIRMED for receipt in receipts)
        assert len(shop.account.purchases) == 500

    async def test_a_full_disk_refuses_a_record_and_the_ingester_continues(self, shop: Shop, outbox: Path) -> None:
        async with ingester(shop, outbox=outbox) as opened:
            await (await opened.submit(purchase_line(1)))
            assert opened._outbox is not None
            database = opened._outbox._database
            (pages,) = database.execute("PRAGMA page_count").fetchone()
            database.execute(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(JournalError, match="the disk is full"):
                await opened.submit(purchase_line(2, metadata={"x": "y" * 100_000}))
            database.execute("PRAGMA max_page_count = 1000000")
            await (await opened.submit(purchase_line(3)))
        assert {number for _, number in shop.account.purchases} == {"F-0001", "F-0003"}

    def test_an_outbox_and_a_journal_exclude_each_other(self, shop: Shop, outbox: Path) -> None:
        with pytest.raises(ValueError, match="give an outbox or a journal"):
            ingester(shop, outbox=outbox, journal=outbox)


async def test_the_capacity_depends_on_the_batches_in_flight(shop: Shop) -> None:
    assert ingester(shop, batch=BatchPolicy(), in_flight=8).capacity == 1_000


class TestAfterTheEnd:
    async def test_receipts_of_records_on_disk_are_settled_and_flush_raises(self, shop: Shop, tmp_path: Path) -> None:
        async def never(request: Any) -> Any:
            await anyio.sleep_forever()

        shop.by = never
        policy = RunPolicy(BatchPolicy(max_items=2, linger=0), IngestPolicy(drain=0), 1)
        failures, receipts = list[Exception](), list[Receipt]()
        opened = Ingester(sender(shop), policy, Inputs(outbox=tmp_path / "o"))

        async def flush() -> None:
            try:
                await opened.flush()
            except errors.WoowUpError as error:
                failures.append(error)

        async with anyio.create_task_group() as tasks:
            async with opened:
                receipts += [await opened.submit(purchase_line(number)) for number in range(20)]
                tasks.start_soon(flush)
                await anyio.sleep(0.05)
            with anyio.fail_after(5):
                kinds = {type(await receipt) for receipt in receipts}
        assert kinds <= {Released, InDoubt}
        assert "stays in the outbox" in str(failures[0])

    @pytest.mark.parametrize("has_outbox", [False, True])
    async def test_nothing_is_accepted_after_its_tasks_have_ended(
        self, shop: Shop, tmp_path: Path, has_outbox: bool
    ) -> None:
        """The scope around it is cancelled while its block still cleans up."""
        inputs = Inputs(outbox=tmp_path / "o" if has_outbox else None)
        opened = Ingester(sender(shop), RunPolicy(BatchPolicy(), IngestPolicy(drain=0), 2), inputs)
        with anyio.CancelScope() as scope:
            async with opened:
                scope.cancel()
                with anyio.CancelScope(shield=True):
                    await opened._service.ended.wait()
                    with pytest.raises(RuntimeError, match="closed"), anyio.fail_after(5):
                        await opened.submit(purchase_line(1))

    async def test_the_error_that_ended_it_does_not_grow_with_each_call(self, shop: Shop) -> None:
        """A service goes on submitting: the traceback of the one error must not hold a frame of each request."""
        shop.by = None
        shop.answers = [reply(403, "forbidden")] * 20
        lengths = list[int]()
        with pytest.raises(errors.Forbidden):
            async with ingester(shop, FakeClock()) as opened:
                await (await opened.submit(purchase_line(1)))
                await opened._service.ended.wait()
                for _ in range(5):
                    with pytest.raises(errors.Forbidden) as caught:
                        await opened.submit(purchase_line(2))
                    lengths.append(len(caught.traceback))
        assert len({*lengths[1:]}) == 1
