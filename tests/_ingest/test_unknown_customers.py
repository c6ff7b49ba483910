"""Purchases of customers that may not exist: none is reported as accepted and then dropped, and asking costs little."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from tests.support.runs import outcomes, run
from woowup_async import errors
from woowup_async._flow import Settled
from woowup_async._ingest import customers as module
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.events import RunEvent
from woowup_async.models import User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Response
from woowup_async.testing import FakeClock

ANA, EVA, IVO = ({"email": f"{name}@example.com"} for name in ("ana", "eva", "ivo"))
ASK, TRUST = IngestPolicy(unknown_users="ask"), IngestPolicy(unknown_users="trust")


def of(customer: dict[str, Any], number: int, **fields: Any) -> dict[str, Any]:
    line = purchase_line(number) | fields
    del line["email"]
    return line | customer


async def ingested(shop: Shop, events: list[RunEvent] | None = None, **given: Any) -> Report:
    options: dict[str, Any] = {"in_flight": 1, "batch": BatchPolicy(max_items=100)}
    return await run(sender(shop), events=events, **(options | given))


def check_truth(shop: Shop, events: list[RunEvent], *, may_trust: bool = False) -> None:
    """Check that the account has each accepted purchase, except unconfirmed ones."""
    there = {number for _, number in shop.account.purchases}
    for event in events:
        if isinstance(event, Settled) and event.entity == "purchase" and isinstance(event.outcome, Accepted):
            is_open = event.outcome.effect == "unconfirmed"
            assert event.key in there or (may_trust and is_open), f"{event.key} is {event.outcome}, but does not exist"


class TestAuto:
    async def test_one_request_shows_whether_a_customer_exists(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        shop.account.create_user(IVO)
        customers = [ANA, EVA, IVO]
        report = await ingested(
            shop, events, users=[ANA], purchases=[of(customers[number % 3], number) for number in range(30)]
        )
        found = outcomes(events)
        assert report.purchases.effects == {"queued": 20}
        assert report.purchases.codes == {"user_not_found": 10}
        assert {found[f"F-{number:04}"] for number in range(2, 30, 3)} == {Accepted("queued")}
        assert Counter(shop.paths) == {"users.create": 1, "purchases.create": 2, "purchases.create_bulk": 1}
        check_truth(shop, events)

    async def test_the_others_are_rejected_locally_with_the_reason(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        await ingested(shop, events, users=[ANA], purchases=[of(EVA, 1), of(EVA, 2)])
        first, second = (outcomes(events)[key] for key in ("F-0001", "F-0002"))
        assert isinstance(first, Rejected)
        assert isinstance(second, Rejected)
        assert (first.by, first.code) == ("server", "user_not_found")
        assert (second.by, second.code) == ("client", "user_not_found")
        assert "not among the users" in str(second.reasons[0])

    async def test_another_letter_case_is_another_customer(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        report = await ingested(shop, events, users=[ANA], purchases=[of({"email": "Ana@example.com"}, 1)])
        assert report.purchases.codes == {"user_not_found": 1}
        check_truth(shop, events)

    async def test_a_customer_is_known_by_any_identifier(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        whole = ANA | {"document": "7"}
        purchases = [of({"document": "7"}, 1), of(ANA, 2), of({"service_uid": "new", "document": "7"}, 3)]
        report = await ingested(shop, events, users=[whole], purchases=purchases)
        assert report.purchases.effects == {"queued": 3}
        assert Counter(shop.paths) == {"users.create": 1, "purchases.create_bulk": 1}
        check_truth(shop, events)

    async def test_customers_beyond_the_limit_are_not_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_MOST_ASKED", 3)
        shop, events = Shop(), list[RunEvent]()
        purchases = [of({"document": str(number)}, number) for number in range(10)]
        report = await ingested(shop, events, users=[ANA], purchases=purchases)
        assert report.purchases.codes == {"user_not_found": 3}
        assert (report.unconfirmed, report.accepted) == (7, 8)
        check_truth(shop, events, may_trust=True)

    async def test_without_users_all_purchases_are_unconfirmed(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        report = await ingested(shop, events, purchases=[of(EVA, number) for number in range(5)])
        assert (report.unconfirmed, report.purchases.effects) == (5, {"unconfirmed": 5})
        assert shop.paths == ["purchases.create_bulk"]

    async def test_a_single_purchase_gets_its_answer(self) -> None:
        shop = Shop()
        shop.account.create_user(ANA)
        assert (await ingested(shop, purchases=[of(ANA, 1)])).purchases.effects == {"queued": 1}
        assert (await ingested(shop, purchases=[of(EVA, 2)])).purchases.codes == {"user_not_found": 1}

    async def test_purchases_of_a_missing_customer_are_not_sent_again_without_users(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        purchases = [of(EVA, number) for number in range(30)]
        report = await ingested(shop, events, purchases=purchases, batch=BatchPolicy(max_items=1))
        assert report.purchases.codes == {"user_not_found": 30}
        assert report.requests <= 4  # those that were read before the first answer


class TestLostUsers:
    """A user that was not accepted still identifies its customer."""

    @pytest.mark.parametrize(
        "user",
        [
            EVA | {"gender": "unknown"},
            b'{"email": "eva@example.com", "gender": 3}',
            EVA | {"first_name": "poison"},
        ],
    )
    async def test_a_user_refused_locally_or_by_the_server(self, user: Any) -> None:
        shop, events = Shop(), list[RunEvent]()
        shop.account.refuses = lambda record: ["poison"] if record.get("first_name") == "poison" else []
        users = [{"document": str(number)} for number in range(3)]
        report = await ingested(
            shop, events, users=[*users, user], purchases=[of(EVA, number) for number in range(5)], policy=TRUST
        )
        assert report.purchases.codes == {"user_not_found": 5}
        assert "its user was rejected" in str(outcomes(events)["F-0004"])
        check_truth(shop, events)

    async def test_after_one_accepted_purchase_the_others_are_sent_in_bulk(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        shop.account.create_user(EVA)
        refused = EVA | {"gender": "unknown"}
        await ingested(shop, events, users=[refused], purchases=[of(EVA, number) for number in range(50)])
        assert shop.paths == ["purchases.create", "purchases.create_bulk"]
        check_truth(shop, events)


class TestModes:
    async def test_ask_also_asks_without_users(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        shop.account.create_user(ANA)
        purchases = [of(ANA, 1), of(EVA, 2), of(ANA, 3), of(ANA, 4)]
        report = await ingested(shop, events, purchases=purchases, policy=ASK)
        assert (report.purchases.effects, report.purchases.codes) == ({"queued": 3}, {"user_not_found": 1})
        assert shop.paths == ["purchases.create", "purchases.create", "purchases.create_bulk"]
        check_truth(shop, events)

    async def test_trust_never_asks(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        purchases = [of(ANA, 1), of(EVA, 2)]
        report = await ingested(shop, events, users=[ANA], purchases=purchases, policy=TRUST)
        assert report.purchases.effects == {"queued": 1, "unconfirmed": 1}
        assert shop.paths == ["users.create", "purchases.create_bulk"]
        check_truth(shop, events, may_trust=True)

    async def test_twins_of_an_unconfirmed_purchase_are_unconfirmed(self) -> None:
        shop = Shop()
        same = [of(EVA, 1)] * 3
        report = await ingested(shop, users=[ANA], purchases=[*same, of(ANA, 2), *same], policy=TRUST)
        assert report.purchases.effects == {"queued": 1, "unconfirmed": 6}


class TestAnswers:
    async def test_after_an_answer_without_the_customer_the_next_purchase_asks(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        shop.account.create_user(EVA)
        shop.account.refuses = lambda record: ["poison"] if record.get("channel") == "other" else []
        purchases = [of(EVA, 0, channel="other"), *(of(EVA, number) for number in range(1, 9))]
        report = await ingested(shop, events, users=[ANA], purchases=purchases)
        assert report.purchases.codes == {"bad_request": 1}
        assert report.purchases.effects == {"queued": 8}
        assert shop.paths[1:] == ["purchases.create", "purchases.create", "purchases.create_bulk"]
        check_truth(shop, events)

    async def test_a_page_instead_of_an_answer_confirms_no_customer(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        shop.faults["purchases.create"] = [Response(200, {}, b"<html>")] * 3
        report = await ingested(shop, events, users=[ANA], purchases=[of(EVA, number) for number in range(3)])
        assert (report.in_doubt, report.purchases.codes) == (1, {"user_not_found": 2})
        check_truth(shop, events)

    async def test_each_purchase_of_a_cancelled_run_has_its_outcome(self) -> None:
        shop, events = Shop(), list[RunEvent]()
        clock, asked = FakeClock(), anyio.Event()
        inner = shop._answer

        async def stalled(request: Any) -> Any:
            if request.endpoint == "purchases.create":
                asked.set()
                await anyio.sleep_forever()
            return await inner(request)

        shop.by = stalled
        purchases = [of(EVA, number) for number in range(5)]
        async with anyio.create_task_group() as tasks:

            async def go() -> None:
                await run(
                    sender(shop, clock), events=events, users=[ANA], purchases=purchases, policy=IngestPolicy(drain=1)
                )

            tasks.start_soon(go)
            await asked.wait()
            tasks.cancel_scope.cancel()
        found = outcomes(events)
        assert isinstance(found["F-0000"], InDoubt)
        assert {type(found[f"F-{number:04}"]) for number in range(1, 5)} == {Released}

    async def test_a_changed_version_only_waits_for_the_answer_of_the_one_before(self) -> None:
        shop, clock = Shop(), FakeClock()
        shop.account.create_user(IVO)
        versions = [
            of(IVO, 0),
            of(IVO, 1),
            of(IVO, 1, prices={"total": 9}),
            of(IVO, 2),
            of(IVO, 2, prices={"total": 9}),
        ]
        report = await run(
            sender(shop, clock), users=[ANA], purchases=versions, in_flight=2, batch=BatchPolicy(linger=3_600)
        )
        assert report.purchases.effects == {"queued": 3, "updated": 2}
        assert clock.now() < 1_030

    async def test_the_number_of_waiting_purchases_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("woowup_async._ingest.pipeline.MOST_WAITING", 10)
        shop, read = Shop(), list[int]()
        shop.account.create_user(EVA)

        async def watched() -> AsyncIterator[dict[str, Any]]:
            for number in range(100):
                if "purchases.create" not in shop.paths:
                    read.append(number)
                yield of(EVA, number)

        report = await ingested(shop, users=[ANA], purchases=watched())
        assert report.purchases.accepted == 100
        assert len(read) <= 12


class TestJournal:
    """Over several runs, a purchase is unconfirmed until its customer is known, and is never unchanged before."""

    @pytest.mark.parametrize("mode", ["trust", "auto"])
    async def test_it_is_sent_again_when_the_customer_is_known(self, tmp_path: Path, mode: Any) -> None:
        shop = Shop()
        given: dict[str, Any] = {"journal": tmp_path / "a.journal", "policy": IngestPolicy(unknown_users=mode)}
        purchases = [of(EVA, number) for number in range(5)]
        for _ in range(2):
            report = await ingested(shop, purchases=purchases, **given)
            assert report.purchases.effects == {"unconfirmed": 5}
        assert (len(shop.requests), len(shop.account.orphans)) == (1, 5)
        report = await ingested(shop, users=[EVA], purchases=purchases, **given)
        assert report.purchases.effects == {"queued": 5}
        assert len(shop.account.purchases) == 5
        report = await ingested(shop, users=[EVA], purchases=purchases, **given)
        assert (report.purchases.effects, report.requests) == ({"unchanged": 5}, 0)

    async def test_with_ask_the_customer_is_asked_for(self, tmp_path: Path) -> None:
        shop, journal = Shop(), tmp_path / "a.journal"
        purchases = [of(EVA, number) for number in range(5)]
        await ingested(shop, purchases=purchases, journal=journal)
        report = await ingested(shop, purchases=purchases, journal=journal, policy=ASK)
        assert report.purchases.codes == {"user_not_found": 5}
        assert len(shop.requests) == 2

    async def test_a_changed_purchase_is_never_lost(self, tmp_path: Path) -> None:
        shop, journal = Shop(), tmp_path / "a.journal"
        await ingested(shop, purchases=[of(EVA, number) for number in range(5)], journal=journal)
        shop.account.create_user(EVA)
        changed = [of(EVA, number, prices={"total": 7}) for number in range(5)]
        report = await ingested(shop, purchases=changed, journal=journal)
        assert report.purchases.effects == {"updated": 5}
        assert [each["prices"]["total"] for each in shop.account.purchases.values()] == [7] * 5

    async def test_a_customer_whose_single_purchase_was_accepted_is_known_without_users(self, tmp_path: Path) -> None:
        shop, journal = Shop(), tmp_path / "a.journal"
        await ingested(shop, purchases=[of(EVA, 0), of(IVO, 1)], journal=journal)
        shop.account.create_user(EVA)
        report = await ingested(shop, purchases=[of(EVA, 2)], journal=journal)
        assert report.purchases.effects == {"queued": 1}
        report = await ingested(shop, purchases=[of(EVA, 0), of(IVO, 1), of(EVA, 2), of(ANA, 3)], journal=journal)
        assert report.purchases.effects == {"queued": 1, "unconfirmed": 2, "unchanged": 1}
        assert "F-0000" in {number for _, number in shop.account.purchases}

    async def test_a_resumed_run_sends_purchases_again_whose_customer_came(self, tmp_path: Path) -> None:
        shop, journal = Shop(), tmp_path / "a.journal"

        def broken() -> Any:
            yield from (of(EVA, number) for number in range(3))
            raise OSError("the disk of the source")

        with pytest.raises(OSError, match="disk"):
            await ingested(shop, users=[ANA], purchases=broken(), journal=journal)
        report = await ingested(
            shop, users=[ANA, EVA], purchases=[of(EVA, number) for number in range(3)], journal=journal
        )
        assert report.purchases.effects == {"queued": 3}


class TestPush:
    def ingester(self, shop: Shop, **inputs: Any) -> Ingester:
        return Ingester(sender(shop), RunPolicy(BatchPolicy(max_items=100), IngestPolicy(), 2), Inputs(**inputs))

    async def settled(self, opened: Ingester, *records: Any) -> list[Outcome]:
        receipts = [await opened.submit(record) for record in records]
        return [await receipt for receipt in receipts]

    async def test_a_missing_customer_may_come_later(self) -> None:
        shop = Shop()
        async with self.ingester(shop) as opened:
            (first,) = await self.settled(opened, of(EVA, 1))
            assert isinstance(first, Rejected)
            shop.account.create_user(EVA)
            assert await self.settled(opened, User(**IVO), of(EVA, 1)) == [Accepted("created"), Accepted("queued")]  # type: ignore[arg-type]

    @pytest.mark.parametrize("has_journal", [False, True])
    async def test_one_who_was_known_and_is_gone_is_not_known_any_more(self, tmp_path: Path, has_journal: bool) -> None:
        """A customer is deleted elsewhere: the server's answer about one purchase counts for those that follow."""
        shop, inputs = Shop(), {"journal": tmp_path / "j"} if has_journal else {}
        eva = {"email": "eva@example.com", "document": "7"}
        async with self.ingester(shop, **inputs) as opened:
            await self.settled(opened, User(**eva))  # type: ignore[arg-type]
            shop.account.forget(shop.account.find(eva) or 0)
            (alone,) = await self.settled(opened, of(EVA, 1))
            assert isinstance(alone, Rejected)
            assert Accepted("queued") not in await self.settled(opened, of(EVA, 2), of({"document": "7"}, 3))
            assert Accepted("queued") not in await self.settled(opened, of(eva, 4), of(eva, 5))
            await self.settled(opened, User(**eva))  # type: ignore[arg-type]
            assert await self.settled(opened, of(EVA, 6), of(EVA, 7)) == [Accepted("queued")] * 2
        if has_journal:
            shop.account.forget(shop.account.find(eva) or 0)
            events = list[RunEvent]()
            await ingested(shop, events, purchases=[of(EVA, 8)], journal=tmp_path / "j")
            await ingested(shop, events, purchases=[of(EVA, number) for number in range(9, 15)], journal=tmp_path / "j")
            assert Accepted("queued") not in outcomes(events).values()

    async def test_a_journal_with_users_makes_it_ask(self, tmp_path: Path) -> None:
        shop, journal = Shop(), tmp_path / "a.journal"
        async with self.ingester(shop, journal=journal) as opened:
            await self.settled(opened, User(**ANA))  # type: ignore[arg-type]
        async with self.ingester(shop, journal=journal) as opened:
            found = await self.settled(opened, of(ANA, 1), of(EVA, 2), of(EVA, 3), of(ANA, 4))
        assert [type(outcome) for outcome in found] == [Accepted, Rejected, Rejected, Accepted]
        assert shop.paths.count("purchases.create") <= 2  # the second may come after the first answer
        assert shop.paths.count("purchases.create_bulk") == 1

    @pytest.mark.parametrize("kept", ["journal", "outbox"])
    async def test_a_flush_waits_for_answers_and_users_but_not_for_later_records(
        self, tmp_path: Path, kept: str
    ) -> None:
        """Purchases that enter a batch after the flush began are also sent at once."""
        shop, clock, memory = Shop(), FakeClock(), {kept: tmp_path / "a.journal"}
        policy = RunPolicy(BatchPolicy(max_items=100, linger=3_600), IngestPolicy(), 2)
        shop.account.create_user(EVA)
        async with Ingester(sender(shop, clock), policy, Inputs(**memory)) as opened:  # type: ignore[arg-type]
            await self.settled(opened, User(**ANA))  # type: ignore[arg-type]
        async with Ingester(sender(shop, clock), policy, Inputs(**memory)) as opened:  # type: ignore[arg-type]
            receipts = [await opened.submit(of(EVA, number)) for number in range(30)]
            receipts += [await opened.submit(User(**IVO))]  # type: ignore[arg-type]
            receipts += [await opened.submit(of(IVO, number)) for number in range(30, 60)]
            receipts += [await opened.submit(of(ANA, number)) for number in range(60, 350)]
            began = clock.now()
            await opened.flush()
            assert all(isinstance(receipt.outcome, Accepted) for receipt in receipts)
            assert clock.now() - began < 30
            late = await opened.submit(of(ANA, 999))
            await clock.sleep_until(clock.now() + 10)
            assert late.outcome is None  # the flush is over and has no effect on later records
        assert late.outcome == Accepted("queued")

    @pytest.mark.parametrize("in_flight", [1, 2, 3])
    async def test_a_flush_includes_purchases_that_an_answer_frees_while_it_sends(
        self, tmp_path: Path, in_flight: int
    ) -> None:
        shop, clock, journal = Shop(), FakeClock(), tmp_path / "a.journal"
        policy = RunPolicy(BatchPolicy(max_items=100, linger=3_600), IngestPolicy(), in_flight)
        customers = [{"document": str(number)} for number in range(20)]
        for customer in customers:
            shop.account.create_user(customer)
        async with Ingester(sender(shop, clock), policy, Inputs(journal=journal)) as opened:
            await self.settled(opened, User(**ANA))  # type: ignore[arg-type]
        async with Ingester(sender(shop, clock), policy, Inputs(journal=journal)) as opened:
            lines = [of(customer, number) for number, customer in enumerate(customers * 2)]
            receipts = [await opened.submit(line) for line in lines]
            began = clock.now()
            await opened.flush()
            assert {receipt.outcome for receipt in receipts} == {Accepted("queued")}
            assert clock.now() - began < 60

    async def test_without_a_journal_purchases_of_unknown_customers_are_unconfirmed(self) -> None:
        shop = Shop()
        async with self.ingester(shop) as opened:
            assert await self.settled(opened, of(EVA, 1), of(EVA, 2)) == [Accepted("unconfirmed")] * 2
            found = await self.settled(opened, User(email=ANA["email"]), of(ANA, 3), of(ANA, 4))
            assert found == [Accepted("created"), Accepted("queued"), Accepted("queued")]


LOST = errors.ReplyLost("purchases.create", "the connection broke")


@pytest.mark.untraced
@settings(max_examples=some(60))
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=60),
    st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)), st.lists(st.sampled_from(["ok", "lost", "done"])),
    st.sampled_from(["ask", "auto", "trust"]), st.integers(1, 4),
)  # fmt: skip
async def test_an_accepted_purchase_exists_in_the_account(
    made: list[tuple[int, int]],
    given_users: set[int],
    there: set[int],
    faults: list[str],
    mode: Any,
    in_flight: int,
) -> None:
    """For any customers and any lost answers, an accepted purchase exists or is unconfirmed."""
    shop, events = Shop(), list[RunEvent]()
    for number in there:
        shop.account.create_user({"document": str(number)})
    kinds = {"ok": None, "lost": LOST, "done": ("processed", LOST)}
    shop.faults["purchases.create"] = [kinds[name] for name in faults]
    users = [{"document": str(number)} for number in sorted(given_users)]
    purchases = [of({"document": str(customer)}, number) for customer, number in made]
    report = await run(
        sender(shop), events=events, users=users, purchases=purchases, in_flight=in_flight,
        batch=BatchPolicy(max_items=5), policy=IngestPolicy(unknown_users=mode),
    )  # fmt: skip
    assert report.submitted == len(users) + len(purchases)
    check_truth(shop, events, may_trust=mode == "trust" or not users)
