"""A run waits out a 404 or 405 of a gateway if the operation has answered before."""

from typing import Any

import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async.events import OutageBegan, OutageEnded, RunEvent
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
ANSWERS = {"bare 404": reply(404, ""), "bare 405": reply(405, ""), "page": Response(200, {}, b"<html>soon back")}
answers = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)


class Blipping(Shop):
    """Some operations are answered by a gateway for a while, beginning 5 seconds after their first answer."""

    def __init__(self, clock: FakeClock, answer: Response, seconds: float, *operations: str) -> None:
        super().__init__()
        self._clock, self._word, self._seconds, self._operations = clock, answer, seconds, operations
        self._began: float | None = None
        self.by = self._by

    async def _by(self, request: Request) -> Response | Exception:
        if not self._operations or request.endpoint in self._operations:
            self._began = self._clock.now() if self._began is None else self._began
            if 5 < self._clock.now() - self._began < 5 + self._seconds:
                return self._word
        return await self._answer(request)


async def settled(shop: Shop, clock: FakeClock, events: list[RunEvent] | None = None, **sources: Any) -> Any:
    return await run(sender(shop, clock), events=events, **sources)


@answers
async def test_bulk_requests(answer: Response) -> None:
    clock, events = FakeClock(), list[RunEvent]()
    shop = Blipping(clock, answer, 30, "purchases.create_bulk")
    lines = [purchase_line(number) for number in range(1_000)]
    report = await settled(shop, clock, events, users=[ANA], purchases=lines)
    assert (report.accepted, report.in_doubt) == (1_001, 0)
    assert shop.paths.count("purchases.create") <= 1
    assert any(isinstance(event, OutageBegan) for event in events)


@answers
async def test_users(answer: Response) -> None:
    clock = FakeClock()
    shop = Blipping(clock, answer, 30, "users.create", "users.update")
    report = await settled(shop, clock, users=[{"document": str(number)} for number in range(100)])
    assert (report.accepted, len(shop.account.users)) == (100, 100)


@answers
async def test_a_gateway_without_any_route(answer: Response) -> None:
    """The probes get the same answers, so the outage lasts as long as these answers."""
    clock, events = FakeClock(), list[RunEvent]()
    shop = Blipping(clock, answer, 1_800)
    report = await settled(shop, clock, events, users=[{"document": str(number)} for number in range(100)])
    assert (report.accepted, report.in_doubt) == (100, 0)
    ended = [event for event in events if isinstance(event, OutageEnded)]
    assert len(ended) == 1
    assert len(shop.requests) < 300


async def test_a_404_that_stays_leaves_doubt() -> None:
    clock, events = FakeClock(), list[RunEvent]()
    shop = Blipping(clock, ANSWERS["bare 404"], 10**9, "purchases.create_bulk")
    lines = [purchase_line(number) for number in range(200)]
    report = await settled(shop, clock, events, users=[ANA], purchases=lines)
    assert report.in_doubt > 0
    assert report.accepted + report.in_doubt == 201
