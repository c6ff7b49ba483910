"""The permit and the trail get the result of an attempt exactly once, with any exception at any step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.fakes import ScriptedTransport, reply, run_sender, sender
from woowup_async import errors
from woowup_async._limiting.permit import Permit
from woowup_async._resources.endpoints import PURCHASES_CREATE, USERS_ADD_POINTS
from woowup_async._transport.call import Call
from woowup_async._transport.sender import Sender
from woowup_async._transport.trail import Trail
from woowup_async.events import PermitSpent, ReplyReceived, RequestSent, RunEvent
from woowup_async.policies import Lane, RetryPolicy
from woowup_async.ports import Headers, Request, Response
from woowup_async.testing import FakeClock

CALL = Call(PURCHASES_CREATE, body=b"{}")
ONCE = RetryPolicy(attempts=1)


class Mine(Exception):
    """A foreign exception."""


class Counts:
    """An admission that counts its calls, and can fail at reading headers."""

    def __init__(self, failing: type[BaseException] | None = None) -> None:
        self.failing = failing
        self.heard: list[str] = []

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        return Permit(self, lane, object())

    def observe(self, spent: Any, lane: Lane, status: int, headers: Headers) -> None:
        self.heard.append("answered")
        if self.failing:
            raise self.failing

    def forgo(self, spent: Any, lane: Lane, *, was_sent: bool) -> None:
        self.heard.append("lost" if was_sent else "unused")


class Hearing(Trail):
    """A trail that remembers its calls."""

    words: list[str] = msgspec.field(default_factory=list)

    def returned(self) -> None:
        self.words.append("returned")
        super().returned()

    def lost(self) -> None:
        self.words.append("lost")
        super().lost()

    def settled(self) -> None:
        self.words.append("settled")
        super().settled()

    def answered(self) -> None:
        self.words.append("answered")
        super().answered()


class Queueing(ScriptedTransport):
    """A transport with a turn."""

    def __init__(self, *answers: Any, before: BaseException | None = None, **options: Any) -> None:
        super().__init__(*answers, **options)
        self.before = before
        self.inside = 0

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        if self.before is not None:
            raise self.before
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


RAISED = st.sampled_from(
    [Mine, ValueError, RuntimeError, asyncio.CancelledError, KeyboardInterrupt, errors.WoowUpError, errors.ClientClosed]
)
ANSWERS = st.sampled_from(
    [
        reply(),
        reply(429, "too_many_request"),
        reply(400, "bad_request"),
        Response(502, {}, b""),
        Response(200, {}, b"<html>"),
        Response(204, {}, b""),
        errors.NotSent("x", "y"),
        errors.ReplyLost("x", "y"),
    ]
)


@given(
    answer=ANSWERS,
    raised=RAISED,
    at=st.sampled_from(["turn", "before", "send", "headers", "permit spent", "sent", "reply", "nowhere"]),
    is_run=st.booleans(),
)
def test_permit_and_trail_get_the_result_once(answer: Any, raised: type[BaseException], at: str, is_run: bool) -> None:
    def hear(event: RunEvent) -> None:
        kinds: dict[str, type[RunEvent]] = {"permit spent": PermitSpent, "sent": RequestSent, "reply": ReplyReceived}
        if at in kinds and isinstance(event, kinds[at]):
            raise raised

    def before() -> None:
        if at == "before":
            raise raised

    async def by(request: Request) -> Any:
        if at == "send":
            raise raised
        return answer

    transport = Queueing(by=by, before=raised() if at == "turn" else None)
    admission, trail = Counts(raised if at == "headers" else None), Hearing(before, words=[])
    made: Sender = (run_sender if is_run else sender)(transport, retry=ONCE)
    mine = replace(made, limiter=admission, on_event=hear)

    async def scenario() -> None:
        with suppress(BaseException):
            await mine._attempt(CALL, mine._request(CALL), 1, trail)

    loop = asyncio.new_event_loop()
    with suppress(KeyboardInterrupt):
        loop.run_until_complete(scenario())
    loop.close()
    assert transport.inside == 0
    assert len(admission.heard) == len(trail.words) == 1
    has_left = bool(transport.requests) and not isinstance(answer, errors.NotSent)
    if at == "send":
        has_left = raised is not errors.ClientClosed
    assert (admission.heard == ["unused"]) == (trail.words == ["returned"]) == (not has_left)
    if has_left and at in ("headers", "sent", "send"):
        assert trail.is_open  # it may have been processed, and no answer shows the result


class TestTurn:
    async def test_a_request_that_is_cancelled_while_waiting_for_its_turn_is_not_sent(self) -> None:
        waits, clock = anyio.Event(), FakeClock()

        class Waiting(ScriptedTransport):
            @asynccontextmanager
            async def turn(self, request: Request) -> AsyncIterator[None]:
                waits.set()
                await anyio.sleep_forever()
                yield

        trail, transport = Trail(), Waiting()
        mine = run_sender(transport, clock)
        assert mine.drain is not None
        began = clock.now()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(mine.drain.watch)
            tasks.start_soon(mine.send, CALL, trail)
            await waits.wait()
            tasks.cancel_scope.cancel()
        assert transport.requests == []
        assert not trail.is_open
        assert mine.limiter.statistics().in_flight == 0  # type: ignore[attr-defined]
        assert clock.now() == pytest.approx(began, abs=0.1)  # it did not wait

    async def test_a_closed_client_ends_at_once_and_keeps_the_doubt_of_an_earlier_attempt(self) -> None:
        lost = errors.ReplyLost("x", "y")
        transport = Queueing(by=None, before=errors.ClientClosed())
        with pytest.raises(errors.ClientClosed):
            await sender(transport).send(CALL)
        answers: list[BaseException] = [lost, errors.ClientClosed()]

        async def by(request: Request) -> Any:
            raise answers.pop(0)

        with pytest.raises(errors.ReplyLost):
            await sender(ScriptedTransport(by=by)).send(CALL)
        answers, trail = [lost, errors.ClientClosed()], Trail()
        with pytest.raises(errors.ClientClosed):  # it ends a run, and the trail keeps the doubt
            await run_sender(ScriptedTransport(by=by)).send(CALL, trail)
        assert trail.is_open


async def test_a_path_that_cannot_be_sent_costs_no_permit() -> None:
    admission = Counts()
    mine = replace(sender(ScriptedTransport()), limiter=admission)
    with pytest.raises(IndexError):
        await mine.send(Call(replace(USERS_ADD_POINTS, path="/users/{}/{}"), path=("1",)))
    assert admission.heard == []
