"""Checks for your own source, sink, transport, ledger or store of budgets: whether it keeps the rules of its port.

Room: testing. The library's own pass them (`tests/testing/test_contract.py`). A check raises `AssertionError` with the
text of the broken rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.errors import NotSent, ReplyLost, WoowUpError
from woowup_async.policies import Timeouts
from woowup_async.ports import Request, Response, Sink, Source, Transport
from woowup_async.testing._ledgers import OUTCOMES as _OUTCOMES
from woowup_async.testing._ledgers import check_ledger
from woowup_async.testing._ledgers import rule as _rule
from woowup_async.testing._stores import check_budget_store
from woowup_async.testing.faults import Scripted
from woowup_async.testing.simulator import Simulator

__all__ = ["check_budget_store", "check_ledger", "check_sink", "check_source", "check_transport"]


async def check_source(source: Source) -> None:
    """Check a source that has two records or more.

    Each `Record` must have its own position. Each iteration must start again, and a closed iteration must end.
    """
    source.check()
    first = [record async for record in source]
    _rule(len(first) >= 2, "the source must have two records or more")
    _rule(all(isinstance(record, Record) for record in first), "a source yields Record objects")
    _rule(len({record.position for record in first}) == len(first), "each record has its own position")
    again = [record.position async for record in source]
    _rule(again == [record.position for record in first], "each iteration starts again and yields the same positions")
    records = aiter(source)
    await anext(records)
    await records.aclose()
    with anyio.fail_after(5):
        _rule([record async for record in records] == [], "an iteration that was closed early yields nothing more")


def check_sink(sink: Sink) -> None:
    """Check a sink. It must take every outcome and every kind of raw record, without waiting and without a result."""
    for entity in Entity:
        for number, outcome in enumerate(_OUTCOMES):
            for raw in ({"a": 1}, b'{"a":1}', b"{broken", "text", object()):
                record = Record(Position("contract", number), raw)
                taken: Any = sink.write(Settled(entity, record, str(number), outcome))  # type: ignore[func-returns-value]
                _rule(taken is None, "write returns nothing: it is called in the event loop and not awaited")


async def check_transport(opened: Callable[[], Transport]) -> None:
    """Check a transport against the simulator.

    `opened` makes the transport in the running event loop, and the check closes it. The transport must send a request
    exactly once and follow no redirect. Its errors must distinguish a request that was certainly not sent from one that
    may have been sent.
    """
    async with Simulator(rate_limit=None) as simulator:
        transport = opened()
        try:
            await _check_answers(transport, simulator)
            await _check_failures(transport, simulator)
        finally:
            await transport.aclose()


async def _check_answers(transport: Transport, simulator: Simulator) -> None:
    response = await transport.send(_request(simulator.url, simulator.api_key))
    _rule(isinstance(response, Response) and response.status == 200, "an answer is a Response")
    _rule(all(name == name.lower() for name in response.headers), "header names are in lower case")
    _rule(b'"ok"' in response.body, "the body is complete")
    simulator.script(Scripted(302, headers={"Location": simulator.url}))
    response = await transport.send(_request(simulator.url, simulator.api_key))
    _rule(response.status == 302, "a redirect is returned as an answer: following it would send the key to another URL")


async def _check_failures(transport: Transport, simulator: Simulator) -> None:
    # the transport must not repeat a request whose answer was lost, with any method
    for method in ("GET", "PUT", "POST", "DELETE"):
        before = simulator.requests
        simulator.script(Scripted(drop=True))
        await _fails(transport, _request(simulator.url, simulator.api_key, method), ReplyLost)
        _rule(simulator.requests == before + 1, f"{method} is sent once")
    simulator.script(Scripted(genuine=True, truncate=True))
    await _fails(transport, _request(simulator.url, simulator.api_key), ReplyLost)
    simulator.script(Scripted(delay=5))
    with anyio.fail_after(4):
        await _fails(transport, _request(simulator.url, simulator.api_key, total=0.2), ReplyLost)
    await _fails(transport, _request(simulator.tls_url, simulator.api_key), NotSent)
    await _fails(transport, _request("http://127.0.0.1:1/apiv3", simulator.api_key), NotSent)


async def _fails(transport: Transport, request: Request, kind: type[WoowUpError]) -> None:
    try:
        await transport.send(request)
    except kind as error:
        _rule(request.headers["Authorization"] not in str(error), "no error contains the key")
    except Exception as error:
        raise AssertionError(f"expected {kind.__name__}, got {type(error).__name__}: {error}") from error
    else:
        raise AssertionError(f"expected {kind.__name__}, got an answer")


def _request(url: str, key: str, method: str = "GET", total: float = 10.0) -> Request:
    headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}
    timeouts = Timeouts(connect=2, total=total)
    query = (("email", "nobody@example.com"),)
    return Request("contract", method, f"{url}/multiusers/exist", headers, query, None, timeouts)
