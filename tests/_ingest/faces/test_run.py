"""A run over a scripted network: each record gets one outcome, for any answers and any end of the run."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.fakes import Answer, ScriptedTransport, reply, sender
from tests.support.modes import is_private
from tests.support.official import purchase_line
from tests.support.runs import outcomes, purchases, run
from woowup_async import errors
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async.errors import Reason
from woowup_async.events import BatchSealed, RunEvent
from woowup_async.models import User
from woowup_async.outcomes import InDoubt, Rejected, Released, Report
from woowup_async.policies import BatchPolicy, IngestPolicy, RetryPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

LOST = errors.ReplyLost("purchases.create_bulk", "the connection broke")
UNSENT = errors.NotSent("purchases.create_bulk", "cannot connect")
BAD = reply(400, "bad_request", "bad request", {"errors": ["sku"]})

ANSWERS: dict[str, Answer] = {
    "ok": reply(), "lost": LOST, "unsent": UNSENT, "bad": BAD, "502": Response(502, {}, b""),
    "429": reply(429, "too_many_request", retry_after="1"), "html": Response(200, {}, b"<html>"),
    "413": Response(413, {}, b""), "405": Response(405, {}, b""),
    "duplicate": reply(400, "duplicated_purchase_number"), "no user": reply(404, "user_not_found"),
}  # fmt: skip


def poisoned(*bad: str) -> ScriptedTransport:
    """Return a server that refuses a request with any of these invoice numbers."""

    async def answer(request: Request) -> Answer:
        body = json.loads(request.body or b"[]")
        numbers = {each["invoice_number"] for each in (body if isinstance(body, list) else [body])}
        return BAD if numbers & set(bad) else reply()

    return ScriptedTransport(by=answer)


class TestPurchases:
    async def test_batches_and_settles(self) -> None:
        transport, events = ScriptedTransport(*[reply()] * 3), list[RunEvent]()
        report = await run(sender(transport), purchases=purchases(25), events=events)
        assert [len(body) for _, body in transport.sent] == [10, 10, 5]
        assert (report.submitted, report.accepted, report.requests) == (25, 25, 3)
        assert report.purchases.effects == {"unconfirmed": 25}
        assert [event.cause for event in events if isinstance(event, BatchSealed)] == ["items", "items", "flush"]

    async def test_one_bad_purchase_does_not_affect_the_others(self) -> None:
        transport, events = poisoned("F-0007"), list[RunEvent]()
        report = await run(sender(transport), purchases=purchases(10), events=events)
        assert (report.accepted, report.rejected) == (9, 1)
        assert outcomes(events)["F-0007"] == Rejected("server", "bad_request", (Reason("", "sku"),))
        assert len(transport.requests) <= 9

    async def test_a_single_purchase_is_sent_to_the_single_endpoint(self) -> None:
        transport = ScriptedTransport(reply(400, "duplicated_purchase_number", ""))
        report = await run(sender(transport), purchases=purchases(1))
        assert transport.requests[0].endpoint == "purchases.create"
        assert report.purchases.effects == {"present": 1}

    async def test_an_account_without_bulk_gets_single_requests_and_one_warning(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def answer(request: Request) -> Answer:
            is_bulk = request.url.endswith("/bulk")
            return Response(200, {"content-type": "text/html"}, b"<html>") if is_bulk else reply()

        report = await run(sender(ScriptedTransport(by=answer)), purchases=purchases(30))
        assert report.accepted == 30
        warnings = [record for record in caplog.records if record.name == "woowup_async.ingest"]
        assert len(warnings) == 1

    async def test_a_batch_in_doubt_is_sent_again_unchanged(self) -> None:
        transport = ScriptedTransport(LOST, reply())
        report = await run(sender(transport), purchases=purchases(5))
        assert report.accepted == 5
        assert transport.requests[0].body == transport.requests[1].body

    async def test_doubt_is_reported_on_request(self) -> None:
        transport, events = ScriptedTransport(reply(), LOST), list[RunEvent]()
        report = await run(
            sender(transport), purchases=purchases(20), policy=IngestPolicy(doubt="report"), in_flight=1, events=events
        )
        assert (report.accepted, report.in_doubt) == (10, 10)
        assert isinstance(outcomes(events)["F-0019"], InDoubt)

    async def test_two_purchases_with_one_key_are_never_in_flight_together(self) -> None:
        clock, under_way, seen = FakeClock(), set[str](), list[list[float]]()

        async def answer(request: Request) -> Answer:
            body = json.loads(request.body or b"[]")
            numbers = [each["invoice_number"] for each in (body if isinstance(body, list) else [body])]
            assert len(set(numbers)) == len(numbers)
            assert not under_way & set(numbers)
            under_way.update(numbers)
            await clock.sleep_until(clock.now() + 1)
            under_way.difference_update(numbers)
            seen.append([each["prices"]["total"] for each in (body if isinstance(body, list) else [body])])
            return reply()

        twice = [*purchases(3), purchase_line(1, prices={"total": 1}), *purchases(2)]
        report = await run(sender(ScriptedTransport(by=answer), clock), purchases=twice)
        assert report.accepted == 6
        assert len(seen) == 3

    async def test_linger_sends_the_records_that_a_slow_source_has_yielded(self) -> None:
        clock = FakeClock()
        transport = ScriptedTransport(reply(), reply())

        async def slow() -> AsyncIterator[dict[str, Any]]:
            yield purchase_line(1)
            yield purchase_line(2)
            await clock.sleep_until(clock.now() + 60)
            yield purchase_line(3)

        started, times = clock.now(), list[float]()
        inputs = Inputs(purchases=slow(), on_event=lambda event: times.append(clock.now()))
        await ingest(sender(transport, clock), RunPolicy(BatchPolicy(linger=5), IngestPolicy(), 2), inputs)
        assert len(transport.requests) == 2
        assert times[0] - started == pytest.approx(5, abs=0.1)

    async def test_batches_grow_while_no_sender_is_free(self) -> None:
        clock = FakeClock()

        async def answer(request: Request) -> Answer:
            await clock.sleep_until(clock.now() + 20)
            return reply()

        async def trickle() -> AsyncIterator[dict[str, Any]]:
            for number in range(30):
                await clock.sleep_until(clock.now() + 1)
                yield purchase_line(number)

        transport = ScriptedTransport(by=answer)
        await run(sender(transport, clock), purchases=trickle(), batch=BatchPolicy(linger=1), in_flight=1)
        sizes = [len(body) if isinstance(body, list) else 1 for _, body in transport.sent]
        assert sum(sizes) == 30
        assert len(sizes) <= 4

    async def test_approvedtime_and_strict_reach_the_encoder(self) -> None:
        transport = ScriptedTransport(reply())
        policy = IngestPolicy(strict=True, approvedtime="createtime")
        report = await run(sender(transport), purchases=[*purchases(2), purchase_line(9, zzz=1)], policy=policy)
        assert report.purchases.codes == {"unknown_fields": 1}
        assert all(body["approvedtime"] == body["createtime"] for body in transport.sent[0][1])


class TestUsers:
    async def test_it_creates_then_updates_existing_users(self) -> None:
        transport = ScriptedTransport(reply(), reply(500, "internal_error", "usuario existente"), reply())
        report = await run(sender(transport), users=[User(document="1"), User(document="2")], in_flight=1)
        assert [name for name, _ in transport.sent] == ["users.create", "users.create", "users.update"]
        assert report.users.effects == {"created": 1, "updated": 1}

    async def test_it_learns_to_update_first(self) -> None:
        async def answer(request: Request) -> Answer:
            exists = request.endpoint == "users.create"
            return reply(500, "internal_error", "usuario existente") if exists else reply()

        transport = ScriptedTransport(by=answer)
        await run(sender(transport), users=[User(document=str(n)) for n in range(200)])
        assert len(transport.requests) <= 210

    async def test_update_falls_back_to_create(self) -> None:
        known = {str(number) for number in range(30)}

        async def answer(request: Request) -> Answer:
            exists = json.loads(request.body or b"")["document"] in known
            if request.endpoint == "users.create":
                return reply(500, "internal_error", "usuario existente") if exists else reply()
            return reply() if exists else reply(404, "user_not_found", "user not found")

        report = await run(
            sender(ScriptedTransport(by=answer)), users=[User(document=str(number)) for number in range(60)]
        )
        assert report.users.effects == {"created": 30, "updated": 30}

    async def test_identical_users_cost_one_request_and_keep_their_outcomes(self) -> None:
        transport = ScriptedTransport(reply(), BAD)
        same, bad = User(document="1"), User(document="2")
        report = await run(sender(transport), users=[same, bad, same, bad, same], in_flight=1)
        assert len(transport.requests) == 2
        assert (report.users.submitted, report.users.accepted, report.users.rejected) == (5, 3, 2)
        assert report.users.effects == {"created": 1, "unchanged": 2}

    async def test_after_doubt_the_next_identical_user_is_sent_again(self) -> None:
        page = Response(200, {"content-type": "text/html"}, b"<html>")
        probe = reply()  # after eight failures a probe is sent
        transport = ScriptedTransport(reply(), *[page] * 8, probe, page, reply(), reply())
        users = [User(document=number) for number in ("1", "2", "3", "2")]
        report = await run(sender(transport), users=users, in_flight=1)
        assert (report.in_doubt, report.accepted) == (1, 3)

    async def test_users_settle_before_the_first_purchase_is_read(self) -> None:
        transport, read = ScriptedTransport(*[reply()] * 4), list[int]()

        def watched() -> Iterator[dict[str, Any]]:
            read.append(len(transport.requests))
            yield from purchases(2)

        await run(sender(transport), users=[User(document="1"), User(document="2")], purchases=watched())
        assert read == [2]


class TestLocalRefusals:
    async def test_they_cost_no_request_and_reach_the_dead_letters(self, tmp_path: Path) -> None:
        left_out = Rejected("client", "left_out", (Reason("CustomerID", "is empty"),))
        records = [
            b"{broken", {"invoice_number": 1}, 3, purchase_line(1),
            Record(Position("f.csv", 7), {"rows": []}, 4, left_out),
        ]  # fmt: skip
        transport, path = ScriptedTransport(reply()), tmp_path / "dead.jsonl"
        report = await run(sender(transport), purchases=records, dead_letters=path)
        assert len(transport.requests) == 1
        assert report.purchases.codes == {"malformed": 1, "invalid": 2, "left_out": 1}
        assert (report.purchases.rows, report.purchases.rows_accepted) == (8, 1)
        letters = [json.loads(line) for line in path.read_text().splitlines()]
        assert [letter["position"] for letter in letters] == ["purchases:0", "purchases:1", "purchases:2", "f.csv:7"]
        assert is_private(path)

    async def test_they_are_named_in_the_report(self) -> None:
        report = await run(sender(ScriptedTransport(reply())), purchases=[purchase_line(create_time="x"), {}])
        assert (report.unknown_fields, report.suggestions) == ({"create_time": 1}, {"create_time": "createtime"})
        with pytest.raises(errors.RecordsRejected, match="1 of 2 records were rejected") as excinfo:
            report.raise_for_rejected()
        assert excinfo.value.report is report
        Report().raise_for_rejected()


class TestEarlyEnds:
    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (reply(403, "forbidden", "forbidden: authentication failed"), errors.Forbidden),
            (reply(410, "account_deleted", "gone"), errors.AccountGone),
            (UNSENT, errors.NotSent),
            (Response(200, {}, b"<html>"), errors.UnexpectedReply),
        ],
    )
    async def test_a_fatal_error_ends_the_run_and_each_record_has_an_outcome(
        self, answer: Answer, error: type[errors.WoowUpError]
    ) -> None:
        async def same(request: Request) -> Answer:
            return answer

        transport, events = ScriptedTransport(by=same), list[RunEvent]()
        with pytest.raises(error) as excinfo:
            await run(sender(transport, retry=RetryPolicy(attempts=2)), purchases=purchases(200), events=events)
        report = excinfo.value.report
        assert isinstance(report, Report)
        assert report.submitted == len(outcomes(events)) == report.released + report.in_doubt > 0

    async def test_a_wrong_host_for_users(self) -> None:
        with pytest.raises(errors.NotSent):
            await run(sender(ScriptedTransport(UNSENT), retry=RetryPolicy(attempts=1)), users=[User(document="1")])

    async def test_after_the_first_answer_a_broken_connection_does_not_end_the_run(self) -> None:
        transport, events = ScriptedTransport(reply(), UNSENT, reply(), reply()), list[RunEvent]()
        mine = sender(transport, retry=RetryPolicy(attempts=1))
        report = await run(mine, purchases=purchases(30), in_flight=1, events=events)
        assert (report.accepted, report.released) == (30, 0)

    async def test_the_earlier_records_of_a_failing_source_are_sent(self) -> None:
        def failing() -> Iterator[dict[str, Any]]:
            yield from purchases(12)
            raise LookupError("the database went away")

        transport, events = ScriptedTransport(reply(), reply()), list[RunEvent]()
        with pytest.raises(LookupError, match="went away"):
            await run(sender(transport), purchases=failing(), events=events)
        assert len(outcomes(events)) == 12
        assert sum(len(body) for _, body in transport.sent) == 12

    async def test_cancellation_settles_what_was_read(self) -> None:
        under_way = list[Request]()
        scope = anyio.CancelScope()

        async def hang(request: Request) -> Answer:
            under_way.append(request)
            if len(under_way) == 2:
                scope.cancel()
            await anyio.sleep_forever()
            raise AssertionError

        events = list[RunEvent]()
        with scope:
            await run(
                sender(ScriptedTransport(by=hang)),
                purchases=purchases(200),
                events=events,
                in_flight=2,
                policy=IngestPolicy(drain=0),
            )
        assert scope.cancelled_caught
        settled = list(outcomes(events).values())
        assert len(settled) == len([event for event in events if isinstance(event, Settled)])
        assert sum(isinstance(outcome, InDoubt) for outcome in settled) == 20
        assert all(isinstance(outcome, InDoubt | Released) for outcome in settled)

    async def test_a_full_disk_stops_the_run(self) -> None:
        class Full:
            def write(self, settled: Settled) -> None:
                raise errors.WoowUpError("dead letters cannot be written")

        for records in (purchases(3), [b"{"]):
            with pytest.raises(errors.WoowUpError, match="dead letters cannot be written"):
                await run(sender(ScriptedTransport(reply())), purchases=records, dead_letters=Full())
        events = list[RunEvent]()
        with pytest.raises(errors.WoowUpError):
            await run(
                sender(ScriptedTransport(*[reply()] * 9)), purchases=purchases(50), dead_letters=Full(), events=events
            )
        assert len(outcomes(events)) == len([event for event in events if isinstance(event, Settled)])

    @pytest.mark.parametrize("source", ["text", b"{}", {}, 3])
    async def test_an_invalid_source_is_refused_before_anything_is_sent(self, source: object) -> None:
        with pytest.raises(TypeError, match="purchases must be an iterable or async iterable of records"):
            await run(sender(ScriptedTransport()), purchases=source)

    async def test_a_failing_hook_does_not_affect_the_run(self, caplog: pytest.LogCaptureFixture) -> None:
        def hook(event: RunEvent) -> None:
            raise ValueError("mine")

        transport = ScriptedTransport(*[reply()] * 3)
        report = await run(sender(transport), purchases=purchases(25), on_event=hook)
        assert report.accepted == 25
        assert len([record for record in caplog.records if record.exc_info]) == 1


@pytest.mark.untraced
@settings(max_examples=some(60))
@given(
    st.lists(
        st.sampled_from(["ok", "lost", "unsent", "bad", "502", "429", "html", "413", "405", "duplicate", "no user"]),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 60),
    st.integers(1, 4),
)
async def test_the_counts_add_up_for_any_answers(kinds: list[str], count: int, in_flight: int) -> None:
    turn = iter(kinds * 200)

    async def answer(request: Request) -> Answer:
        return ANSWERS[next(turn, "ok")]

    events, mine = list[RunEvent](), sender(ScriptedTransport(by=answer), retry=RetryPolicy(attempts=2))
    report: object
    try:
        report = await run(mine, purchases=purchases(count), in_flight=in_flight, events=events)
    except errors.WoowUpError as error:
        report = error.report
    else:
        assert report.submitted == count
    assert isinstance(report, Report)
    settled = [event.key for event in events if isinstance(event, Settled) and event.entity is Entity.PURCHASE]
    assert len(settled) == len(set(settled)) == report.submitted
    assert report.accepted + report.rejected + report.released + report.in_doubt == report.submitted
