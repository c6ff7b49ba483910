"""One request's life, in virtual time over a scripted network."""

from dataclasses import replace

import anyio
import pytest

from tests.fakes import ScriptedTransport, reply, sender
from woowup_async import errors
from woowup_async._flow import Event, ReplyReceived, RequestSent, RetryScheduled
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._resources.endpoints import PURCHASES_CREATE, USERS_EXISTS
from woowup_async._transport.http import Request
from woowup_async._transport.sender import Call, Trail
from woowup_async._wire.endpoint import Endpoint, Replay
from woowup_async._wire.reply import Response
from woowup_async.policies import Lane, RetryPolicy, Timeouts
from woowup_async.testing import FakeClock

CALL = Call(PURCHASES_CREATE, body=b"{}")
UNSAFE: Endpoint[None] = Endpoint("users.add_points", "POST", "/multiusers/points", Replay.UNSAFE)
LOST = errors.ReplyLost("purchases.create", "the connection broke")
UNSENT = errors.NotSent("purchases.create", "cannot connect")


async def test_success_at_once() -> None:
    transport, events = ScriptedTransport(reply()), list[Event]()
    answer = await sender(transport, events=events).send(CALL)
    assert answer.is_success
    assert events[0] == RequestSent("purchases.create", 1)
    assert isinstance(events[1], ReplyReceived)
    (request,) = transport.requests
    assert request.headers["Authorization"] == "Basic secret-key"
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert (request.method, request.url) == ("POST", "http://127.0.0.1/apiv3/purchases")


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


async def test_repeats_what_may_pass_later_with_jitter_in_between() -> None:
    clock, events = FakeClock(), list[Event]()
    transport = ScriptedTransport(Response(502, {}, b"<html>"), LOST, UNSENT, reply())
    started = clock.now()
    await sender(transport, clock, events=events).send(CALL)
    delays = [event.delay for event in events if isinstance(event, RetryScheduled)]
    assert delays == [0.25, 0.5, 1.0]
    assert clock.now() - started >= 1.75


async def test_the_servers_wait_beats_ours() -> None:
    clock = FakeClock()
    transport = ScriptedTransport(Response(503, {"retry-after": "7"}, b""), reply())
    started = clock.now()
    await sender(transport, clock).send(CALL)
    assert clock.now() - started == pytest.approx(7, abs=0.01)


async def test_a_429_cools_the_account_and_goes_again() -> None:
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
async def test_unsafe_requests_go_once(answer: Response | Exception) -> None:
    transport = ScriptedTransport(answer, reply())
    with pytest.raises((errors.ReplyLost, errors.ServerError)):
        await sender(transport).send(Call(UNSAFE))
    assert len(transport.requests) == 1


async def test_doubt_outlives_a_later_failure_that_is_certain() -> None:
    """Lost, then refused by the socket: perhaps processed is what remains true."""
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


async def test_the_trail_tells_a_canceller_what_may_have_left() -> None:
    async def hang(request: Request) -> Response:
        await anyio.sleep_forever()
        raise AssertionError

    mine, trail = sender(ScriptedTransport(by=hang)), Trail()
    with anyio.move_on_after(0.01):
        await mine.send(CALL, trail)
    assert trail.is_open
    assert isinstance(mine.limiter, AccountLimiter)
    assert mine.limiter.statistics().in_flight == 0


async def test_the_trail_is_closed_by_an_answer_and_where_nothing_left() -> None:
    trail = Trail()
    with pytest.raises(errors.NotSent):
        await sender(ScriptedTransport(UNSENT), retry=RetryPolicy(attempts=1)).send(CALL, trail)
    assert not trail.is_open
    await sender(ScriptedTransport(reply())).send(CALL, trail)
    assert not trail.is_open


def test_the_bulk_copy_has_its_own_lane() -> None:
    bulk = sender(ScriptedTransport()).in_bulk(lambda event: None)
    assert (bulk.lane, bulk.timeouts.admit) == (Lane.BULK, None)
