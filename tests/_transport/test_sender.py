"""One request's life, in virtual time over a scripted network."""

from random import Random

import anyio
import pytest
from msgspec.structs import replace

from tests.support.fakes import Answer, ScriptedTransport, reply, run_sender, sender
from woowup_async import errors
from woowup_async._flow import Position, Record
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._resources.endpoints import PURCHASES_CREATE, USERS_EXISTS
from woowup_async._transport.call import Call
from woowup_async._transport.trail import Trail
from woowup_async._wire.endpoint import Endpoint, Replay
from woowup_async.events import (
    OutageBegan,
    OutageEnded,
    OutageProbed,
    PermitSpent,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
)
from woowup_async.policies import Lane, RetryPolicy, Timeouts
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

CALL = Call(PURCHASES_CREATE, body=b"{}")
UNSAFE: Endpoint[None] = Endpoint("users.add_points", "POST", "/multiusers/points", Replay.UNSAFE)
LOST = errors.ReplyLost("purchases.create", "the connection broke")
UNSENT = errors.NotSent("purchases.create", "cannot connect")


async def test_success_at_once() -> None:
    transport, events = ScriptedTransport(reply()), list[RunEvent]()
    answer = await sender(transport, events=events).send(CALL)
    assert answer.is_success
    assert events[:2] == [
        PermitSpent("purchases.create", "interactive", 0.0),
        RequestSent("purchases.create", 1, "POST", 200, url="http://127.0.0.1/apiv3/purchases"),
    ]
    assert isinstance(events[2], ReplyReceived)
    (request,) = transport.requests
    assert request.headers["Authorization"] == "Basic secret-key"
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert (request.method, request.url) == ("POST", "http://127.0.0.1/apiv3/purchases")


async def test_the_url_of_an_event_has_no_identifier() -> None:
    transport, events = ScriptedTransport(reply()), list[RunEvent]()
    endpoint: Endpoint[None] = Endpoint("x", "GET", "/users/{}/members/{}", Replay.SAFE)
    await sender(transport, events=events).send(Call(endpoint, (("email", "ana@b.c"),), path=("ana@b.c", "7")))
    (sent,) = [event for event in events if isinstance(event, RequestSent)]
    assert sent.url == "http://127.0.0.1/apiv3/users/REDACTED/members/REDACTED"


async def test_reads_carry_no_content_type() -> None:
    transport = ScriptedTransport(reply())
    await sender(transport).send(Call(USERS_EXISTS, (("email", "a@b.c"),)))
    assert "Content-Type" not in transport.requests[0].headers


async def test_the_key_is_never_shown() -> None:
    transport = ScriptedTransport(reply(400, "bad_request"))
    mine = sender(transport)
    with pytest.raises(errors.BadRequest) as excinfo:
        await mine.send(CALL)
    assert "secret-key" not in repr(mine) + repr(transport.requests) + repr(excinfo.value) + str(vars(excinfo.value))


async def test_reprs_of_requests_show_no_customer_data() -> None:
    transport, events = ScriptedTransport(reply(payload={"email": "ana@example.com"})), list[RunEvent]()
    record = Record(Position("a.jsonl", 7), {"email": "ana@example.com"})
    call = replace(CALL, body=b'{"email": "ana@example.com"}', records=(record,))
    answer = await sender(transport, events=events).send(call)
    assert b"ana@" in answer.payload
    assert "ana@" not in repr((call, transport.requests, answer, events))
    assert repr(events[1]) == "RequestSent('purchases.create', 1, 'POST', 200, '')"


async def test_repeats_failures_that_may_pass_with_jitter_in_between() -> None:
    clock, events = FakeClock(), list[RunEvent]()
    transport = ScriptedTransport(Response(502, {}, b"<html>"), LOST, UNSENT, reply())
    started = clock.now()
    await sender(transport, clock, events=events).send(CALL)
    delays = [event.delay for event in events if isinstance(event, RetryScheduled)]
    assert delays == [0.25, 0.5, 1.0]
    assert clock.now() - started >= 1.75


async def test_the_servers_wait_takes_precedence() -> None:
    clock = FakeClock()
    transport = ScriptedTransport(Response(503, {"retry-after": "7"}, b""), reply())
    started = clock.now()
    await sender(transport, clock).send(CALL)
    assert clock.now() - started == pytest.approx(7, abs=0.01)


async def test_a_429_pauses_the_account_and_is_repeated() -> None:
    clock = FakeClock()
    throttled = reply(429, "too_many_request", retry_after="18")
    transport = ScriptedTransport(throttled, reply())
    started = clock.now()
    await sender(transport, clock).send(CALL)
    assert 18.0 <= clock.now() - started <= 20.0


async def test_gives_up_after_the_last_attempt() -> None:
    transport = ScriptedTransport(*[reply(500, "internal_error", "")] * 3)
    with pytest.raises(errors.ServerError):
        await sender(transport, retry=RetryPolicy(attempts=3)).send(CALL)
    assert len(transport.requests) == 3


async def test_refusals_are_not_repeated() -> None:
    transport = ScriptedTransport(reply(400, "bad_request", payload={"errors": ["sku"]}))
    with pytest.raises(errors.BadRequest, match="purchases.create answered 400 bad_request: sku"):
        await sender(transport).send(CALL)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("answer", [LOST, Response(502, {}, b"")])
async def test_unsafe_requests_are_sent_once(answer: Response | Exception) -> None:
    transport = ScriptedTransport(answer, reply())
    with pytest.raises((errors.ReplyLost, errors.ServerError)):
        await sender(transport).send(Call(UNSAFE))
    assert len(transport.requests) == 1


async def test_doubt_outlives_a_later_failure_that_is_certain() -> None:
    """The answer was lost, then the connection was refused: the request may still have been processed."""
    transport = ScriptedTransport(LOST, UNSENT)
    with pytest.raises(errors.ReplyLost):
        await sender(transport, retry=RetryPolicy(attempts=2)).send(CALL)


async def test_doubt_outlives_a_wait_that_took_too_long() -> None:
    clock = FakeClock()
    transport = ScriptedTransport(LOST)
    mine = replace(sender(transport, clock), timeouts=Timeouts(admit=0.1))
    send = mine.transport.send

    async def cooling(request: Request) -> Response:
        assert isinstance(mine.limiter, AccountLimiter)
        mine.limiter._window.cool_until(clock.now() + 60)
        return await send(request)

    transport.send = cooling  # type: ignore[method-assign]
    with pytest.raises(errors.ReplyLost):
        await mine.send(CALL)
    with pytest.raises(errors.AdmissionTimeout):
        await mine.send(CALL)


async def test_after_a_cancellation_the_trail_shows_whether_bytes_were_sent() -> None:
    async def hang(request: Request) -> Response:
        await anyio.sleep_forever()
        raise AssertionError

    mine, trail = sender(ScriptedTransport(by=hang)), Trail()
    with anyio.move_on_after(0.01):
        await mine.send(CALL, trail)
    assert trail.is_open
    assert isinstance(mine.limiter, AccountLimiter)
    assert mine.limiter.statistics().in_flight == 0


async def test_the_trail_is_closed_by_an_answer_or_if_nothing_was_sent() -> None:
    trail = Trail()
    with pytest.raises(errors.NotSent):
        await sender(ScriptedTransport(UNSENT), retry=RetryPolicy(attempts=1)).send(CALL, trail)
    assert not trail.is_open
    await sender(ScriptedTransport(reply())).send(CALL, trail)
    assert not trail.is_open


async def test_the_trail_stays_open_while_an_earlier_attempt_may_have_been_processed() -> None:
    """The answer was lost, then the run stopped while the next attempt waited or was not sent."""
    for answers in ((LOST, UNSENT), (Response(502, {}, b""), UNSENT), (LOST, reply(429, "too_many_request"))):
        trail, mine = Trail(), sender(ScriptedTransport(*answers), retry=RetryPolicy(attempts=2))
        with pytest.raises((errors.ReplyLost, errors.ServerError)):
            await mine.send(CALL, trail)
        assert trail.is_open


async def test_a_failure_before_sending_costs_no_permit() -> None:
    def full() -> None:
        raise errors.JournalError("the disk is full")

    transport, trail = ScriptedTransport(reply()), Trail(full)
    mine = sender(transport)
    with pytest.raises(errors.JournalError):
        await mine.send(CALL, trail)
    assert (transport.requests, trail.is_open) == ([], False)
    assert isinstance(mine.limiter, AccountLimiter)
    assert mine.limiter.statistics().estimated == 0


def test_the_bulk_copy_has_its_own_lane() -> None:
    bulk = run_sender(ScriptedTransport())
    assert (bulk.lane, bulk.timeouts.admit) == (Lane.BULK, None)


class TestOutages:
    """A run's sender: attempts count only while the server is known to work."""

    async def test_an_outage_of_an_hour_is_waited_out_with_few_probes(self) -> None:
        clock, events = FakeClock(), list[RunEvent]()
        began = clock.now()

        async def answer(request: Request) -> Response | Exception:
            at = clock.now() - began
            return UNSENT if 0 < at < 3_600 else reply()

        transport = ScriptedTransport(by=answer)
        mine = run_sender(transport, clock, RetryPolicy(attempts=3), events)
        await mine.send(CALL)
        clock.advance(1)
        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(mine.send, CALL)
        assert clock.now() - began >= 3_600
        assert len([event for event in events if isinstance(event, OutageBegan)]) == 1
        (ended,) = [event for event in events if isinstance(event, OutageEnded)]
        assert ended.elapsed == pytest.approx(3_600, abs=60)
        probes = [event for event in events if isinstance(event, OutageProbed)]
        assert 100 < len(probes) < 200
        assert len(transport.requests) < len(probes) + 30

    async def test_a_request_that_fails_while_others_succeed_has_its_attempts(self) -> None:
        clock = FakeClock()

        async def answer(request: Request) -> Response | Exception:
            return reply() if request.body == b"good" else Response(502, {}, b"")

        transport = ScriptedTransport(by=answer)
        mine = run_sender(transport, clock, RetryPolicy(attempts=4))

        async def others() -> None:
            for _ in range(200):
                await mine.send(replace(CALL, body=b"good"))
                await clock.sleep_until(clock.now() + 1)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(others)
            with pytest.raises(errors.ServerError):
                await mine.send(replace(CALL, body=b"bad"))
            tasks.cancel_scope.cancel()
        assert sum(request.body == b"bad" for request in transport.requests) == 4

    async def test_a_single_request_is_given_up_if_a_probe_is_answered(self) -> None:
        """The last request of a run, at which the server fails: no other request can show that the server works."""

        async def answer(request: Request) -> Response | Exception:
            return Response(502, {}, b"") if request.body == b"bad" else reply()

        transport = ScriptedTransport(by=answer)
        mine = run_sender(transport, retry=RetryPolicy(attempts=4))
        await mine.send(CALL)
        with pytest.raises(errors.ServerError):
            await mine.send(replace(CALL, body=b"bad"))
        assert sum(request.endpoint == "probe" for request in transport.requests) == 1

    async def test_refusals_for_the_rate_limit_never_settle_a_record(self) -> None:
        """Not even if other requests succeed in the meantime."""
        left = 20

        async def answer(request: Request) -> Response:
            nonlocal left
            left -= request.body == b"bad"
            return reply() if request.body != b"bad" or left < 0 else reply(429, "too_many_request", retry_after="1")

        mine = run_sender(ScriptedTransport(by=answer), retry=RetryPolicy(attempts=2))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(mine.send, replace(CALL, body=b"bad"))
            for _ in range(30):
                await mine.send(CALL)
        assert left == -1

    @pytest.mark.untraced
    @pytest.mark.slow
    async def test_fifteen_percent_of_faults_do_not_open_the_breaker(self) -> None:
        rng, events = Random(5), list[RunEvent]()

        async def answer(request: Request) -> Response | Exception:
            faults: list[Answer] = [LOST, UNSENT, Response(503, {}, b"")]
            return rng.choice(faults) if rng.random() < 0.15 else reply()

        mine = run_sender(ScriptedTransport(by=answer), retry=RetryPolicy(base=0.001, cap=0.01), events=events)
        for _ in range(1_000):
            await mine.send(CALL)
        assert not [event for event in events if isinstance(event, OutageBegan)]

    async def test_without_budget_retries_get_slower_and_continue(self) -> None:
        clock, events = FakeClock(), list[RunEvent]()
        ok, bad = reply(), Response(503, {}, b"")
        transport = ScriptedTransport(*[ok, *[bad, bad, bad, ok] * 12])
        mine = run_sender(transport, clock, RetryPolicy(base=0.1, cap=20.0), events)
        for _ in range(13):
            await mine.send(CALL)
        delays = [event.delay for event in events if isinstance(event, RetryScheduled)]
        assert max(delays[:20]) < 1
        assert delays[-1] == 10.0

    async def test_before_the_first_answer_the_last_attempt_ends_the_request(self) -> None:
        with pytest.raises(errors.NotSent):
            await run_sender(ScriptedTransport(*[UNSENT] * 9), retry=RetryPolicy(attempts=9)).send(CALL)

    async def test_a_web_page_in_place_of_an_answer_is_accepted_the_third_time(self) -> None:
        page = Response(200, {"content-type": "text/html"}, b"<html>")
        await run_sender(ScriptedTransport(page, page, reply())).send(CALL)
        with pytest.raises(errors.UnexpectedReply):
            await run_sender(ScriptedTransport(page, page, page)).send(CALL)
        mine = run_sender(ScriptedTransport(reply(), page, reply()))
        await mine.send(CALL)
        await mine.send(CALL)

    async def test_a_page_from_an_operation_that_has_answered_is_one_more_failure(self) -> None:
        """Three pages in a row mean that a path does not exist, unless it has answered in this run."""
        page = Response(200, {"content-type": "text/html"}, b"<html>")
        mine = run_sender(ScriptedTransport(reply(), page, page, page, page, reply()))
        await mine.send(CALL)
        assert (await mine.send(CALL)).is_success
        refused = run_sender(ScriptedTransport(reply(400, "bad_request"), page, page, page, reply()))
        with pytest.raises(errors.ApiError, match="bad_request"):
            await refused.send(CALL)
        assert (await refused.send(CALL)).is_success
        elsewhere = run_sender(ScriptedTransport(reply(), page, page, page))
        await elsewhere.send(CALL)
        with pytest.raises(errors.UnexpectedReply):
            await elsewhere.send(Call(USERS_EXISTS, (("email", "a@b.c"),)))

    async def test_a_page_for_everything_is_an_outage_that_is_waited_out(self) -> None:
        page, events = Response(200, {"content-type": "text/html"}, b"<html>maintenance"), list[RunEvent]()
        mine = run_sender(ScriptedTransport(reply(), *[page] * 40, reply(), reply()), events=events)
        await mine.send(CALL)
        assert (await mine.send(CALL)).is_success
        assert [type(event) for event in events if isinstance(event, OutageBegan | OutageEnded)] == [
            OutageBegan,
            OutageEnded,
        ]

    async def test_a_request_is_given_up_if_its_page_stays_while_reads_are_answered(self) -> None:
        page = Response(200, {"content-type": "text/html"}, b"<html>")

        async def answer(request: Request) -> Response:
            return page if b"bad" in (request.body or b"") else reply()

        transport = ScriptedTransport(by=answer)
        mine = run_sender(transport)
        await mine.send(CALL)
        with pytest.raises(errors.UnexpectedReply):
            await mine.send(Call(PURCHASES_CREATE, body=b'"bad"'))
        assert len(transport.requests) < 20

    async def test_a_cancelled_probe_is_taken_over(self) -> None:
        clock = FakeClock()
        answers: list[Answer] = [reply(), *[UNSENT] * 40, reply(), reply(), reply()]
        mine = run_sender(ScriptedTransport(*answers), clock, RetryPolicy(attempts=2))
        await mine.send(CALL)

        scope = anyio.CancelScope()

        async def cancelled() -> None:
            with scope:
                await mine.send(CALL)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancelled)
            tasks.start_soon(mine.send, CALL)
            await clock.sleep_until(clock.now() + 20)
            scope.cancel()


class TestDrain:
    async def test_a_stop_waits_for_sent_requests_and_sends_no_new_ones(self) -> None:
        clock = FakeClock()

        async def answer(request: Request) -> Response:
            await clock.sleep_until(clock.now() + 5)
            return reply()

        transport, done = ScriptedTransport(by=answer), list[str]()
        mine = run_sender(transport, clock)
        assert mine.drain is not None

        async def send() -> None:
            await mine.send(CALL)
            done.append("answered")
            await mine.send(CALL)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(mine.drain.watch)
            tasks.start_soon(send)
            await clock.sleep_until(clock.now() + 1)
            tasks.cancel_scope.cancel()
        assert (done, len(transport.requests)) == (["answered"], 1)

    @pytest.mark.parametrize("seconds", [0.0, 3.0])
    async def test_the_deadline_ends_the_wait(self, seconds: float) -> None:
        clock = FakeClock()

        async def answer(request: Request) -> Response:
            await anyio.sleep_forever()
            raise AssertionError

        mine, trail, began = run_sender(ScriptedTransport(by=answer), clock, drain=seconds), Trail(), clock.now()
        assert mine.drain is not None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(mine.drain.watch)
            tasks.start_soon(mine.send, CALL, trail)
            await clock.sleep_until(clock.now() + 1)
            tasks.cancel_scope.cancel()
        assert trail.is_open
        assert clock.now() - began == pytest.approx(1 + seconds, abs=0.1)
