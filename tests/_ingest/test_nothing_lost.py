"""Doubt, bad neighbours, known records: each kind gets its own outcome without unnecessary requests."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import outcomes, purchases, run
from woowup_async import errors
from woowup_async._flow import Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._ingest.pipeline import Pipeline
from woowup_async._ingest.purchases import PurchaseCarrier
from woowup_async._ingest.rules.user_route import UserRoute
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async._transport.credentials import ApiKey
from woowup_async.errors import JournalError, Reason
from woowup_async.events import BatchRefused, RunEvent, RunResumed
from woowup_async.models import User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Response
from woowup_async.sources import JsonLines
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
LOST = errors.ReplyLost("purchases.create_bulk", "the connection broke")
HUNDRED = BatchPolicy(max_items=100)
POISON = {"note": "poison"}


@pytest.fixture
def shop() -> Shop:
    """Return an account that has Ana, and refuses records that contain "poison"."""
    shop = Shop()
    shop.account.create_user(ANA)
    shop.account.refuses = lambda record: ["poison"] if "poison" in json.dumps(record) else []
    return shop


async def ingested(shop: Shop, events: list[RunEvent] | None = None, **given: Any) -> Report:
    """Run in virtual time, one batch after the other."""
    options: dict[str, Any] = {"in_flight": 1, "batch": HUNDRED}
    return await run(sender(shop), events=events, **(options | given))


async def answered(shop: Shop, **given: Any) -> Report:
    """Do the same after a first answer, so that a lost answer does not mean a wrong host. Count only purchases."""
    report = await ingested(shop, users=[ANA], **given)
    del shop.requests[: shop.paths.index("users.update") + 1]
    return report


def turns_to_learn() -> int:
    """Return how many wrong creates the run sends before it expects users to exist."""
    route, wrong = UserRoute(), 0
    while route.creates_first:
        route.learn(existed=True)
        wrong += 1
    return wrong


def by_position(events: list[RunEvent]) -> dict[str, Outcome]:
    return {str(event.record.position): event.outcome for event in events if isinstance(event, Settled)}


class TestBadNeighbours:
    async def test_one_bad_purchase_of_a_hundred(self, shop: Shop) -> None:
        lines, events = purchases(100), list[RunEvent]()
        lines[61]["metadata"] = POISON
        report = await ingested(shop, events, purchases=lines)
        assert (report.accepted, report.rejected) == (99, 1)
        assert outcomes(events)["F-0061"] == Rejected("server", "bad_request", (Reason("", "poison"),))
        assert len(shop.requests) - 1 <= 9
        assert len(shop.account.purchases) == 99
        assert BatchRefused(100, "bad_request") in events

    async def test_one_bad_purchase_that_the_error_names(self) -> None:
        shop = Shop(names_index=True)
        shop.account.create_user(ANA)
        shop.account.refuses = lambda record: ["bad"] if "metadata" in record else []
        lines = purchases(100)
        lines[61]["metadata"] = POISON
        report = await ingested(shop, purchases=lines)
        assert (report.accepted, report.rejected, len(shop.requests)) == (99, 1, 3)

    @pytest.mark.untraced
    async def test_a_run_learns_how_many_are_bad(self, shop: Shop) -> None:
        lines = [line | {"metadata": POISON} for line in purchases(300)]
        report = await ingested(shop, purchases=lines)
        assert report.rejected == 300
        assert len(shop.requests) <= 107 + 2 * 101

    async def test_a_lowered_ceiling_is_remembered(self, shop: Shop) -> None:
        too_large = Response(413, {}, b"<html>")
        shop.faults["purchases.create_bulk"] = [too_large, too_large]
        report = await ingested(shop, purchases=purchases(300))
        assert report.accepted == 300
        sizes = [len(body) for _, body in shop.sent]
        assert sizes[:2] == [100, 50]
        assert max(sizes[2:]) <= 25

    async def test_a_single_purchase_that_is_too_large_is_rejected(self, shop: Shop) -> None:
        shop.faults["purchases.create_bulk"] = [Response(413, {}, b"")]
        shop.faults["purchases.create"] = [Response(413, {}, b"")]
        events = list[RunEvent]()
        report = await ingested(shop, events, purchases=purchases(2))
        assert (report.accepted, report.rejected) == (1, 1)
        assert outcomes(events)["F-0000"] == Rejected("server", "status_413")

    async def test_too_large_in_the_middle_of_a_search(self, shop: Shop) -> None:
        refusal = reply(400, "bad_request")
        shop.faults["purchases.create_bulk"] = [refusal, Response(413, {}, b"")]
        report = await ingested(shop, purchases=purchases(40))
        assert report.accepted == 40

    async def test_a_purchase_that_makes_the_server_fail_does_not_affect_others(self, shop: Shop) -> None:
        """It is not refused: the API answers 500 on every attempt, alone or with others."""
        inner, lines, events = shop._answer, purchases(250), list[RunEvent]()

        async def failing(request: Any) -> Any:
            return reply(500, "internal_error", "") if b"F-0061" in (request.body or b"") else await inner(request)

        shop.by = failing
        report = await answered(shop, purchases=lines, events=events)
        assert (report.purchases.accepted, report.in_doubt) == (249, 1)
        assert isinstance(outcomes(events)["F-0061"], InDoubt)
        assert len(shop.requests) <= 60

    @pytest.mark.slow
    async def test_batches_that_are_too_large_for_the_server_become_smaller(self, shop: Shop) -> None:
        """Each bulk request with more than 40 takes too long, so its answer is lost. Reads are answered."""
        inner = shop._answer

        async def slow(request: Any) -> Any:
            if request.endpoint == "probe":
                return reply()
            is_long = request.endpoint.endswith("bulk") and len(json.loads(request.body)) > 40
            return LOST if is_long else await inner(request)

        shop.by = slow
        report = await answered(shop, purchases=purchases(1_000), in_flight=4)
        assert (report.purchases.accepted, report.in_doubt) == (1_000, 0)
        sizes = [len(body) for name, body in shop.sent if name.endswith("bulk")]
        assert max(sizes[-10:]) <= 40
        assert len(shop.requests) <= 130

    async def test_oversize_shrinks_on_request_and_reports_it(self, shop: Shop) -> None:
        large = purchase_line(1)
        large["purchase_detail"] = [large["purchase_detail"][0] | {"description": "ñ" * 150_000, "url": "https://x"}]
        events = list[RunEvent]()
        report = await ingested(shop, events, purchases=[large], policy=IngestPolicy(oversize="shrink"))
        assert outcomes(events)["F-0001"] == Accepted("queued", ("purchase_detail[].description",))
        assert report.left_out == {"purchase_detail[].description": 1}
        (stored,) = shop.account.purchases.values()
        assert stored["purchase_detail"][0]["url"] == "https://x"
        report = await ingested(shop, purchases=[large])
        assert report.purchases.codes == {"too_large": 1}

    async def test_a_purchase_that_cannot_be_shrunk_is_refused_with_both_sizes(self, shop: Shop) -> None:
        large = purchase_line(1, metadata={"x": "y" * 300_000})
        large["purchase_detail"][0]["description"] = "z" * 1_000
        report = await ingested(shop, purchases=[large], policy=IngestPolicy(oversize="shrink"))
        (reason,) = report.rejections[0].outcome.reasons
        assert "is 301," in reason.message
        assert "300," in reason.message
        assert "without purchase_detail[].description" in reason.message


class TestDuplicates:
    async def test_an_existing_purchase_is_present_or_updated(self, shop: Shop) -> None:
        await ingested(shop, purchases=purchases(1))
        changed = [purchase_line(0, prices={"total": 5})]
        assert (await ingested(shop, purchases=changed)).purchases.effects == {"present": 1}
        update = IngestPolicy(on_duplicate="update")
        assert (await ingested(shop, purchases=changed, policy=update)).purchases.effects == {"updated": 1}
        assert shop.paths[-2:] == ["purchases.create", "purchases.update"]
        assert shop.account.purchases[None, "F-0000"]["prices"] == {"total": 5}

    async def test_a_purchase_that_belongs_to_another_customer(self, shop: Shop) -> None:
        await ingested(shop, purchases=purchases(1))
        shop.faults["purchases.update"] = [reply(404, "user_not_found", "user not found")]
        report = await ingested(shop, purchases=purchases(1), policy=IngestPolicy(on_duplicate="update"))
        (rejection,) = report.rejections
        assert rejection.outcome.code == "user_not_found"
        assert "may be another customer's" in str(rejection)

    async def test_identical_ones_in_flight_cost_one_request(self, shop: Shop) -> None:
        report = await ingested(shop, purchases=[*purchases(3), *purchases(3)])
        assert report.purchases.effects == {"unconfirmed": 6}  # no user is known
        assert report.saved == {"batching": 2, "merged": 3}
        assert len(shop.requests) == 1

    async def test_a_twin_shares_the_refusal(self, shop: Shop) -> None:
        bad = purchase_line(1, metadata=POISON)
        report = await ingested(shop, purchases=[bad, bad])
        assert (report.rejected, len(shop.requests)) == (2, 1)


class TestUsers:
    async def test_a_gateways_answer_is_not_a_conflict(self, shop: Shop) -> None:
        shop.faults["users.update"] = [reply(404, "")] * 3
        shop.account.create_user({"document": "7"})
        events = list[RunEvent]()
        report = await ingested(shop, events, users=[User(document="7")])
        assert (report.in_doubt, report.rejected) == (1, 0)

    async def test_identifiers_that_contradict_are_a_conflict(self, shop: Shop) -> None:
        exists, missing = reply(500, "internal_error", "Usuario existente"), reply(404, "user_not_found")
        shop.faults = {"users.create": [exists, exists], "users.update": [missing, missing]}
        report = await ingested(shop, users=[User(document="1", email="ana@example.com")])
        (rejection,) = report.rejections
        assert rejection.outcome.code == "conflict"
        assert "its identifiers may name two users" in str(rejection)

    async def test_a_user_that_a_lost_request_created_after_an_update_found_none(self, shop: Shop) -> None:
        users = [{"document": str(number)} for number in range(12)]
        for user in users[:11]:
            shop.account.create_user(user)
        exists = ("processed", errors.ReplyLost("users.create", "broke"))
        shop.faults["users.create"] = [*[None] * turns_to_learn(), exists]
        report = await ingested(shop, users=users)
        assert report.users.effects == {"updated": 12}
        assert shop.paths[-4:] == ["users.update", "users.create", "users.create", "users.update"]

    async def test_a_user_that_a_lost_request_created_is_updated(self, shop: Shop) -> None:
        shop.faults["users.create"] = [("processed", errors.ReplyLost("users.create", "broke"))]
        report = await ingested(shop, users=[User(document="1")])
        assert report.users.effects == {"updated": 1}
        assert shop.paths == ["users.create", "users.create", "users.update"]

    async def test_salvage_keeps_the_customer_and_the_purchases(self, shop: Shop) -> None:
        bad = {"document": "1", "first_name": "Eva", "street": "poison", "postcode": "1"}
        policy, events = IngestPolicy(salvage=True), list[RunEvent]()
        mine = [purchase_line(1, email=None, document="1")]
        report = await ingested(shop, events, users=[bad], purchases=mine, policy=policy)
        assert outcomes(events)["document:1"] == Accepted("created", ("street", "postcode"))
        assert report.left_out == {"street": 1, "postcode": 1}
        assert (report.accepted, report.rejected) == (2, 0)
        assert (await ingested(shop, users=[bad])).rejected == 1

    @pytest.mark.parametrize("has_journal", [False, True])
    async def test_an_identical_user_reports_the_same_fields_left_out(
        self, shop: Shop, tmp_path: Path, has_journal: bool
    ) -> None:
        """It comes at once, later in the run, and in a later run."""
        bad = {"document": "1", "first_name": "Eva", "street": "poison"}
        left_out = Accepted("unchanged", ("street",))
        given: dict[str, Any] = {"policy": IngestPolicy(salvage=True)}
        given |= {"journal": tmp_path / "j"} if has_journal else {}
        events = list[RunEvent]()
        others = [{"document": f"{number}"} for number in range(2, 9)]
        report = await ingested(shop, events, users=[bad, bad, *others, bad], **given)
        assert report.left_out == {"street": 3}
        assert [event.outcome for event in events if isinstance(event, Settled) and event.key == "document:1"] == [
            Accepted("created", ("street",)),
            left_out,
            left_out,
        ]
        if has_journal:
            await ingested(shop, events := [], users=[bad], **given)
            assert outcomes(events)["document:1"] == left_out

    async def test_salvage_of_a_user_that_local_checks_refuse(self, shop: Shop) -> None:
        for raw in ({"document": "1", "gender": "mujer"}, b'{"document":"1","gender":"mujer"}'):
            report = await ingested(shop, users=[raw], policy=IngestPolicy(salvage=True))
            assert (report.accepted, report.left_out) == (1, {"gender": 1})

    async def test_salvage_that_does_not_help_keeps_the_first_reasons(self, shop: Shop) -> None:
        users = [{"document": "1", "first_name": "poison", "city": "Salta"}, {"document": "2", "first_name": "poison"}]
        report = await ingested(shop, users=users, policy=IngestPolicy(salvage=True))
        assert report.rejected == 2
        assert len(shop.requests) == 3

    async def test_a_purchase_names_the_reason_of_its_user(self, shop: Shop) -> None:
        users = [{"document": "1", "first_name": "poison"}, {"document": "2", "gender": "mujer"}, {"document": "3"}]
        mine = [purchase_line(number, email=None, document=str(1 + number % 3)) for number in range(9)]
        events = list[RunEvent]()
        report = await ingested(shop, events, users=users, purchases=mine)
        assert (report.purchases.accepted, report.purchases.rejected) == (3, 6)
        assert report.saved["cached_reads"] >= 3
        reasons = {str(outcome.reasons) for outcome in outcomes(events).values() if isinstance(outcome, Rejected)}
        assert any("its user was rejected (bad_request): poison" in text for text in reasons)
        assert any("its user was rejected (invalid): gender" in text for text in reasons)
        assert not shop.account.orphans

    async def test_purchases_of_a_refused_user_who_exists_are_accepted(self, shop: Shop) -> None:
        users = [ANA | {"first_name": "poison"}]
        report = await ingested(shop, users=users, purchases=purchases(4))
        assert (report.users.rejected, report.purchases.accepted) == (1, 4)

    async def test_purchases_of_a_user_in_doubt_are_released(self, shop: Shop) -> None:
        page = Response(200, {}, b"<html>")
        shop.faults["users.create"] = [None, *[page] * 9]  # eight failures open the breaker, and a probe is answered
        users = [{"document": "1"}, {"document": "2"}]
        mine = [purchase_line(number, email=None, document="2") for number in range(2)]
        report = await ingested(shop, users=users, purchases=mine)
        assert (report.users.in_doubt, report.purchases.released) == (1, 2)

    async def test_identical_users_in_flight_do_not_wait(self, shop: Shop) -> None:
        same = User(document="1")
        report = await ingested(shop, users=[same, same, User(document="2"), same], in_flight=4)
        assert report.users.effects == {"created": 2, "unchanged": 2}
        assert report.saved["merged"] == 2


class TestReadBack:
    POLICY = IngestPolicy(doubt="read_back")

    async def test_a_purchase_that_is_found_is_present_and_is_not_sent_again(self, shop: Shop) -> None:
        shop.faults["purchases.create_bulk"] = [("processed", LOST)]
        report = await answered(shop, purchases=purchases(3), policy=self.POLICY)
        assert report.purchases.effects == {"present": 3}
        assert shop.paths == ["purchases.create_bulk", *["purchases.find"] * 3]

    @pytest.mark.parametrize("where", ["bulk", "single"])
    async def test_a_purchase_that_is_found_with_other_content_is_updated_on_request(
        self, shop: Shop, where: str
    ) -> None:
        count = 3 if where == "bulk" else 1
        await ingested(shop, purchases=[line | {"prices": {"total": 1}} for line in purchases(count)])
        shop.faults["purchases.create_bulk"] = shop.faults["purchases.create"] = [LOST]
        policy = IngestPolicy(doubt="read_back", on_duplicate="update")
        mine = [line | {"prices": {"total": 2}} for line in purchases(count)]
        report = await answered(shop, purchases=mine, policy=policy)
        assert report.purchases.effects == {"updated": count}
        assert [each["prices"] for each in shop.account.purchases.values()] == [{"total": 2}] * count

    async def test_a_purchase_that_is_not_found_is_sent_again(self, shop: Shop) -> None:
        shop.faults["purchases.create_bulk"] = [LOST]
        report = await answered(shop, purchases=purchases(3), policy=self.POLICY)
        assert (report.purchases.accepted, shop.account.duplicates) == (3, 0)
        assert shop.paths.count("purchases.find") == 6

    async def test_a_purchase_whose_answers_stay_lost_stays_in_doubt(self, shop: Shop) -> None:
        shop.faults["purchases.create"] = [LOST] * 9
        report = await answered(shop, purchases=purchases(1), policy=self.POLICY)
        assert report.in_doubt == 1

    async def test_another_branchs_purchase_of_that_number_proves_nothing(self, shop: Shop) -> None:
        await ingested(shop, purchases=[purchase_line(1, branch_name="A")])
        shop.faults["purchases.create"] = [("processed", LOST)]
        report = await answered(shop, purchases=[purchase_line(1, branch_name="B")], policy=self.POLICY)
        assert report.purchases.effects == {"present": 1}  # as the second request's answer says
        assert shop.paths[-1] == "purchases.create"

    @pytest.mark.parametrize("number", ["F-00011", "f-0001", 1, None])
    async def test_a_purchase_with_another_number_proves_nothing(self, shop: Shop, number: Any) -> None:
        """A server may ignore the filter, or search for a part of the number."""
        shop.faults["purchases.create"] = [LOST]
        shop.faults["purchases.find"] = [reply(200, payload=[{"invoice_number": number}])] * 2
        report = await answered(shop, purchases=purchases(2)[1:], policy=self.POLICY)
        assert report.purchases.accepted == len(shop.account.purchases) == 1

    async def test_a_number_may_come_back_as_an_integer(self, shop: Shop) -> None:
        shop.faults["purchases.create"] = [("processed", LOST)]
        shop.faults["purchases.find"] = [reply(200, payload=[{"invoice_number": 7}, {"invoice_number": 17}])]
        report = await answered(shop, purchases=[purchase_line(1, invoice_number="17")], policy=self.POLICY)
        assert report.purchases.effects == {"present": 1}
        assert shop.paths[-1] == "purchases.find"

    async def test_a_lookup_that_fails_finds_nothing(self, shop: Shop) -> None:
        shop.faults["purchases.create"] = [("processed", LOST)]
        shop.faults["purchases.find"] = [reply(400, "bad_request")] * 2
        report = await answered(shop, purchases=purchases(1), policy=self.POLICY)
        assert report.purchases.effects == {"present": 1}

    async def test_in_the_middle_of_a_search(self, shop: Shop) -> None:
        lines = purchases(8)
        lines[5]["metadata"] = POISON
        shop.faults["purchases.create_bulk"] = [None, ("processed", LOST)]
        report = await answered(shop, purchases=lines, policy=self.POLICY)
        assert (report.purchases.accepted, report.rejected) == (7, 1)


class TestJournal:
    @pytest.fixture
    def journal(self, tmp_path: Path) -> Path:
        return tmp_path / "shop.journal"

    @pytest.mark.parametrize("again", [False, True], ids=["at once", "after it was submitted again"])
    async def test_what_was_present_is_updated_once_that_is_asked_for(
        self, shop: Shop, journal: Path, again: bool
    ) -> None:
        mine = [line | {"prices": {"total": 5}} for line in purchases(2)]
        for line in purchases(2):
            shop.account.create_purchase(line | {"prices": {"total": 999}})
        for line in mine:
            assert (await ingested(shop, purchases=[line], journal=journal)).purchases.effects == {"present": 1}
        if again:
            policy = RunPolicy(BatchPolicy(), IngestPolicy(), 1)
            async with Ingester(sender(shop), policy, Inputs(outbox=journal)) as opened:
                assert [await (await opened.submit(line)) for line in mine] == [Accepted("unchanged")] * 2
        update = IngestPolicy(on_duplicate="update")
        report = await ingested(shop, purchases=mine, journal=journal, policy=update)
        assert report.purchases.effects == {"updated": 2}
        assert [each["prices"]["total"] for each in shop.account.purchases.values()] == [5, 5]
        report = await ingested(shop, purchases=mine, journal=journal, policy=update)
        assert report.purchases.effects == {"unchanged": 2}

    async def test_an_unchanged_export_costs_nothing(self, shop: Shop, journal: Path) -> None:
        users, mine = [ANA, {"document": "2"}], purchases(250)
        await ingested(shop, users=users, purchases=mine, journal=journal)
        before = len(shop.requests)
        report = await ingested(shop, users=users, purchases=mine, journal=journal)
        assert len(shop.requests) == before
        assert report.purchases.effects == {"unchanged": 250}
        assert report.users.effects == {"unchanged": 2}
        assert report.saved == {"unchanged": 252}

    async def test_only_changes_are_sent(self, shop: Shop, journal: Path) -> None:
        users, mine = [{"document": str(number)} for number in range(9)], purchases(30)
        await ingested(shop, users=users, purchases=mine, journal=journal)
        users[3] = users[3] | {"city": "Salta"}
        mine[7] = purchase_line(7, prices={"total": 1})
        del shop.requests[:]
        report = await ingested(shop, users=users, purchases=[*mine, purchase_line(99)], journal=journal)
        assert shop.paths == ["users.update", "purchases.update", "purchases.create"]
        assert report.purchases.effects == {"unchanged": 29, "updated": 1, "queued": 1}
        assert shop.account.purchases[None, "F-0007"]["prices"] == {"total": 1}

    async def test_without_delta_all_is_sent_and_a_changed_purchase_is_updated(self, shop: Shop, journal: Path) -> None:
        await ingested(shop, purchases=purchases(5), journal=journal)
        mine = [*purchases(4), purchase_line(4, prices={"total": 1})]
        del shop.requests[:]
        await ingested(shop, purchases=mine, journal=journal, policy=IngestPolicy(delta=False))
        assert sorted(shop.paths) == ["purchases.create_bulk", "purchases.update"]

    async def test_a_version_that_comes_back_replaces_the_one_in_doubt(self, shop: Shop, journal: Path) -> None:
        """It is accepted, then changed with a lost answer, then the first version again: the server may have either."""
        first, second = [purchase_line(1)], [purchase_line(1, prices={"total": 1})]
        await ingested(shop, purchases=first, journal=journal)
        shop.faults["purchases.update"] = [("processed", Response(200, {}, b"<html>"))] * 3
        assert (await answered(shop, purchases=second, journal=journal)).in_doubt == 1
        report = await ingested(shop, purchases=first, journal=journal)
        assert report.purchases.effects == {"updated": 1}
        assert shop.account.purchases[None, "F-0001"]["prices"] == {"total": 9.5}

    async def test_a_purchase_in_doubt_that_changed_is_created_then_updated(self, shop: Shop, journal: Path) -> None:
        shop.faults["purchases.create"] = [("processed", LOST)]
        await answered(shop, purchases=[purchase_line(1)], journal=journal, policy=IngestPolicy(doubt="report"))
        report = await ingested(shop, purchases=[purchase_line(1, prices={"total": 1})], journal=journal)
        assert report.purchases.effects == {"updated": 1}
        assert shop.account.purchases[None, "F-0001"]["prices"] == {"total": 1}

    async def test_a_purchase_that_the_account_lost_is_created_again(self, shop: Shop, journal: Path) -> None:
        await ingested(shop, purchases=[purchase_line(1)], journal=journal)
        shop.account.purchases.clear()
        shop.faults["purchases.update"] = [reply(404, "not_found")]
        report = await ingested(shop, purchases=[purchase_line(1, prices={"total": 1})], journal=journal)
        assert report.purchases.effects == {"created": 1}

    async def test_an_existing_purchase_that_cannot_be_updated(self, shop: Shop, journal: Path) -> None:
        await ingested(shop, purchases=[purchase_line(1)], journal=journal)
        shop.faults["purchases.update"] = [reply(404, "user_not_found")] * 2
        report = await ingested(shop, purchases=[purchase_line(1, prices={"total": 1})], journal=journal)
        assert "may be another customer's" in str(report.rejections[0])

    async def test_with_report_doubt_stays_and_costs_no_more_requests(self, shop: Shop, journal: Path) -> None:
        policy = IngestPolicy(doubt="report")
        shop.faults["purchases.create_bulk"] = [LOST]
        assert (await answered(shop, purchases=purchases(3), journal=journal, policy=policy)).in_doubt == 3
        assert (await ingested(shop, purchases=purchases(3), journal=journal, policy=policy)).in_doubt == 3
        assert len(shop.requests) == 1
        assert (await ingested(shop, purchases=purchases(3), journal=journal)).accepted == 3

    async def test_read_back_of_purchases_that_an_earlier_process_left_in_doubt(
        self, shop: Shop, journal: Path
    ) -> None:
        shop.faults["purchases.create_bulk"] = [("processed", LOST)]
        await answered(shop, purchases=purchases(3), journal=journal, policy=IngestPolicy(doubt="report"))
        report = await ingested(shop, purchases=purchases(3), journal=journal, policy=IngestPolicy(doubt="read_back"))
        assert report.purchases.effects == {"present": 3}
        assert shop.account.duplicates == 0

    async def test_a_rejected_record_is_tried_again_by_the_next_run_only(self, shop: Shop, journal: Path) -> None:
        bad, letters = [purchase_line(1, metadata=POISON), {"x": 1}], journal.with_name("dead.jsonl")
        given: dict[str, Any] = {"purchases": bad, "journal": journal, "dead_letters": letters}

        class Stop(errors.WoowUpError):
            pass

        def stopping() -> Iterator[dict[str, Any]]:
            yield from bad
            raise Stop

        with pytest.raises(Stop):
            await ingested(shop, **(given | {"purchases": stopping()}))
        events = list[RunEvent]()
        report = await ingested(shop, events, **given)
        assert (report.rejected, len(shop.requests)) == (2, 1)  # the outcomes of this run are kept
        assert RunResumed(2) in events
        assert len(letters.read_text().splitlines()) == 2  # one line for each record
        report = await ingested(shop, **given)
        assert (report.rejected, len(shop.requests)) == (2, 2)
        assert len(letters.read_text().splitlines()) == 2

    async def test_a_changed_file_causes_a_warning(
        self, shop: Shop, journal: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = journal.with_name("u.jsonl")
        path.write_text('{"document": "1"}\n')
        shop.faults["users.create"] = [reply(410, "account_deleted")]
        with pytest.raises(errors.AccountGone):
            await ingested(shop, users=JsonLines(path), journal=journal)
        path.write_text('{"document": "1"}\n{"document": "2"}\n')
        report = await ingested(shop, users=JsonLines(path), journal=journal)
        assert report.accepted == 2
        assert "has changed since this run began" in caplog.text

    async def test_a_full_disk_stops_the_run_and_loses_nothing(self, shop: Shop, journal: Path) -> None:
        class Full(FileLedger):
            calls = 0

            async def settle(self, notes: Any, memory: bytes, delivered: Any = ()) -> None:
                self.calls += 1
                if self.calls == 2:
                    raise JournalError("the disk is full")
                await super().settle(notes, memory, delivered)

        ledger, events = Full(SqliteLedger(journal, ApiKey("secret-key").mark)), list[RunEvent]()
        with pytest.raises(JournalError, match="the disk is full") as excinfo:
            await ingested(shop, events, purchases=purchases(500), journal=ledger)
        await ledger.aclose()
        report = excinfo.value.report
        assert isinstance(report, Report)
        assert report.accepted == len(shop.account.purchases) == 200
        assert report.submitted == len(outcomes(events))
        report = await ingested(shop, purchases=purchases(500), journal=journal)
        assert (report.accepted, len(shop.account.purchases)) == (500, 500)

    async def test_each_batch_and_its_permit_are_noted_before_it_is_sent(self, shop: Shop, journal: Path) -> None:
        inner, seen = shop._answer, list[tuple[set[str], bool]]()

        async def looking(request: Any) -> Any:
            with closing(JournalReader(journal)) as reader:
                states = {state for counts in reader.status().counts.values() for state in counts}
            with closing(sqlite3.connect(journal)) as database:
                ((memory,),) = database.execute("SELECT memory FROM limiter").fetchall()
            seen.append((states, json.loads(memory)[1]["loose"] != []))
            return await inner(request)

        shop.by = looking
        await ingested(shop, users=[{"document": "1"}], purchases=purchases(3), journal=journal)
        assert seen == [
            ({"in_flight"}, True),
            *[({"accepted", "in_flight"}, True)] * 2,
        ]  # the user, the first purchase alone, the others

    async def test_a_journal_that_cannot_be_used_stops_before_anything_is_sent(self, shop: Shop, journal: Path) -> None:
        journal.write_text("no database" * 100)
        with pytest.raises(JournalError, match="is not a journal"):
            await ingested(shop, purchases=purchases(5), journal=journal)
        assert shop.requests == []

    async def test_branches_with_slashes_have_different_keys(self, shop: Shop, journal: Path) -> None:
        mine = [
            purchase_line(invoice_number="1", branch_name="A"), purchase_line(invoice_number="A/1"),
            purchase_line(invoice_number="/1", branch_name="A"), purchase_line(invoice_number="1", branch_name="A/"),
        ]  # fmt: skip
        report = await ingested(shop, purchases=mine, journal=journal)
        assert (report.accepted, len(shop.account.purchases)) == (4, 4)
        assert report.purchases.effects == {"unconfirmed": 4}


async def taken(stream: Outcomes, seen: list[Settled]) -> None:
    async for settled in stream:
        seen.append(settled)


class TestOutcomes:
    def stream(self, shop: Shop, clock: FakeClock | None = None, **given: Any) -> Outcomes:
        policy = RunPolicy(BatchPolicy(max_items=10), given.pop("policy", IngestPolicy()), 2)
        return Outcomes(sender(shop, clock), policy, Inputs(**given))

    async def test_each_record_is_yielded_once(self, shop: Shop) -> None:
        async with self.stream(shop, purchases=[*purchases(25), {}]) as stream:
            settled = [each async for each in stream]
        assert len(settled) == 26
        assert {each.key for each in settled if isinstance(each.outcome, Accepted)} == {
            f"F-{number:04}" for number in range(25)
        }
        assert (stream.report.accepted, stream.report.rejected) == (25, 1)

    @pytest.mark.untraced
    async def test_the_run_waits_for_the_iterating_code(self, shop: Shop) -> None:
        read = list[int]()

        def counted() -> Iterator[dict[str, Any]]:
            for number in range(20_000):
                read.append(number)
                yield {}  # refused locally, so no request slows the run

        async with self.stream(shop, purchases=counted()) as stream:
            await anext(stream)
            for _ in range(200):
                await anyio.lowlevel.checkpoint()
            assert len(read) < 1_300
            assert len([each async for each in stream]) == 19_999

    async def test_leaving_early_settles_what_was_read(self, shop: Shop) -> None:
        async with self.stream(shop, purchases=purchases(5_000)) as stream:
            async for _ in stream:
                break
        report = stream.report
        assert 0 < report.submitted < 5_000
        assert report.submitted == report.accepted + report.released
        assert report.accepted == len(shop.account.purchases)

    async def test_the_error_that_ends_the_run_is_raised_after_the_last_outcome(self, shop: Shop) -> None:
        shop.faults["purchases.create_bulk"] = [reply(403, "forbidden", "no")] * 2
        seen = list[Settled]()
        async with self.stream(shop, purchases=purchases(40)) as stream:
            with pytest.raises(errors.Forbidden) as excinfo:
                await taken(stream, seen)
        assert isinstance(excinfo.value.report, Report)
        assert len(seen) == excinfo.value.report.submitted > 0
        assert all(isinstance(each.outcome, Released | InDoubt) for each in seen)

    async def test_drain_waits_for_answers_and_abort_does_not(self, shop: Shop) -> None:
        for stops, kind in (("drain", Accepted), ("abort", InDoubt)):
            clock, inner = FakeClock(), shop.by
            assert inner is not None

            async def slow(request: Any, clock: FakeClock = clock) -> Any:
                answer = await shop._answer(request)
                await clock.sleep_until(clock.now() + 3)
                return answer

            shop.by = slow
            async with self.stream(shop, clock, purchases=purchases(40)) as stream:
                await clock.sleep_until(clock.now() + 1)
                getattr(stream, stops)()
                settled = [each async for each in stream]
            under_way = [each for each in settled if not isinstance(each.outcome, Released)]
            assert len(under_way) == 20
            assert all(isinstance(each.outcome, kind) for each in under_way)
            assert len(settled) > 20
            shop.by = inner

    async def test_it_runs_only_once(self, shop: Shop) -> None:
        stream = self.stream(shop, purchases=[])
        assert stream.report == Report()
        async with stream:
            assert [each async for each in stream] == []
        with pytest.raises(RuntimeError, match="runs only once"):
            await stream.__aenter__()


async def test_a_cancelled_run_waits_for_its_answers(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock, events = FakeClock(), list[RunEvent]()

    async def slow(request: Any) -> Any:
        answer = await shop._answer(request)
        await clock.sleep_until(clock.now() + 3)
        return answer

    shop.by = slow
    async with anyio.create_task_group() as tasks:

        async def ingest() -> None:
            await run(sender(shop, clock), purchases=purchases(90), in_flight=2, events=events)

        tasks.start_soon(ingest)
        await clock.sleep_until(clock.now() + 1)
        tasks.cancel_scope.cancel()
    accepted = [key for key, outcome in outcomes(events).items() if isinstance(outcome, Accepted)]
    assert len(accepted) == 20 == len(shop.account.purchases)
    assert all(isinstance(outcome, Accepted | Released) for outcome in outcomes(events).values())


async def test_a_record_without_an_outcome_is_reported_as_a_defect(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgetful(self: PurchaseCarrier, batch: object) -> None:
        return

    monkeypatch.setattr(PurchaseCarrier, "carry", forgetful)
    events = list[RunEvent]()
    with pytest.raises(RuntimeError, match="3 records were not settled: this is a defect, please report it"):
        await ingested(shop, events, purchases=purchases(3))
    assert all(isinstance(outcome, Released) for outcome in outcomes(events).values())


async def test_a_pending_cancellation_is_not_reported_as_a_defect(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cancellation may end the tasks of the pipeline before it is raised in the run itself."""
    pipeline_purchases, scope = Pipeline.purchases, anyio.CancelScope()

    async def cancelled(self: Pipeline, *args: Any) -> None:
        await pipeline_purchases(self, *args)
        scope.cancel()

    async def forgetful(self: PurchaseCarrier, batch: object) -> None:
        return

    monkeypatch.setattr(Pipeline, "purchases", cancelled)
    monkeypatch.setattr(PurchaseCarrier, "carry", forgetful)
    events = list[RunEvent]()
    with scope:
        await ingested(shop, events, purchases=purchases(3))
    assert scope.cancelled_caught
    assert len(outcomes(events)) == 3
