"""What every implementation of a port must do: checks for a source, a sink, a transport or a ledger of your own.

Room: testing. Ours pass them (`tests/testing/test_contract.py`). Each raises `AssertionError` with the rule that is
broken, and says nothing where all hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from woowup_async._flow import (
    Entity,
    Item,
    Ledger,
    Mark,
    Note,
    Position,
    Record,
    Settled,
    Sink,
    Source,
    State,
    digest_of,
)
from woowup_async._transport.http import Request, Transport
from woowup_async._wire.reply import Response
from woowup_async.errors import NotSent, ReplyLost, WoowUpError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import Timeouts
from woowup_async.testing.faults import Scripted
from woowup_async.testing.simulator import Simulator

_OUTCOMES: tuple[Outcome, ...] = (Accepted("created"), Rejected("server", "bad_request"), Released("x"), InDoubt("x"))


def _rule(holds: object, rule: str) -> None:
    if not holds:
        raise AssertionError(rule)


async def check_source(source: Source) -> None:
    """Check a source that holds two records or more.

    It must yield `Record`s with positions of their own, begin anew each time, and end when it is closed early.
    """
    source.check()
    first = [record async for record in source]
    _rule(len(first) >= 2, "give the check a source of two records or more")
    _rule(all(isinstance(record, Record) for record in first), "a source yields Record objects")
    _rule(len({record.position for record in first}) == len(first), "each record has a position of its own")
    again = [record.position async for record in source]
    _rule(again == [record.position for record in first], "each iteration begins anew and yields the same positions")
    records = aiter(source)
    await anext(records)
    await records.aclose()
    with anyio.fail_after(5):
        _rule([record async for record in records] == [], "a source that was closed early yields nothing more")


def check_sink(sink: Sink) -> None:
    """Check a sink: it must take every outcome, of every kind of raw record, at once and without a result."""
    for entity in Entity:
        for number, outcome in enumerate(_OUTCOMES):
            for raw in ({"a": 1}, b'{"a":1}', b"{broken", "text", object()):
                record = Record(Position("contract", number), raw)
                taken: Any = sink.write(Settled(entity, record, str(number), outcome))  # type: ignore[func-returns-value]
                _rule(taken is None, "write returns nothing: it is called in the event loop and not awaited")


def check_ledger(opened: Callable[[], Ledger]) -> None:
    """Check a ledger; `opened` opens the same store each time, empty at first, closed in between."""
    for check in (_check_first_run, _check_second_process, _check_next_run):
        ledger = opened()
        try:
            check(ledger)
        finally:
            close = getattr(ledger, "close", None)
            if close is not None:
                close()


def _check_first_run(ledger: Ledger) -> None:
    opening = ledger.begin([Mark("a.jsonl", 1, 1.0)])
    _rule(not opening.is_resumed, "an empty ledger begins a new run")
    _rule(ledger.find(Entity.USER, "1") is None, "an unknown record is None")
    _rule(ledger.recall() == b"", "an empty ledger recalls nothing")
    ledger.mark(Entity.PURCHASE, [_item(key) for key in "1234"], b"memory")
    entry = ledger.find(Entity.PURCHASE, "1")
    _rule(entry and entry.state is State.IN_FLIGHT, "what is marked is in flight")
    _rule(entry and entry.accepted is None and entry.outcome is None, "what is in flight has no outcome")
    _rule(ledger.find(Entity.USER, "1") is None, "the same key of another entity is another record")
    settled = [Note(_settled(key, outcome), _item(key).digest) for key, outcome in zip("123", _OUTCOMES, strict=False)]
    ledger.settle(settled, b"more")


def _check_second_process(ledger: Ledger) -> None:
    opening = ledger.begin([Mark("a.jsonl", 2, 2.0)])
    _rule(opening.is_resumed, "an unfinished run goes on")
    _rule(opening.changed == ("a.jsonl",), "a source file that changed is told")
    _rule(ledger.recall() == b"more", "the limiter's last memory is kept")
    for key, outcome in zip("123", _OUTCOMES, strict=False):
        entry = ledger.find(Entity.PURCHASE, key)
        _rule(entry is not None and entry.outcome == outcome, f"the outcome {outcome} is kept as it was")
        _rule(entry is not None and entry.is_this_run, "what an earlier process of this run settled is of this run")
        _rule(entry is not None and entry.digest == _item(key).digest, "the digest is kept")
    entry = ledger.find(Entity.PURCHASE, "4")
    _rule(entry and entry.state is State.IN_FLIGHT, "what was in flight when a process ended still is")
    changed = _item("1", b"changed")
    ledger.mark(Entity.PURCHASE, [changed], b"")
    entry = ledger.find(Entity.PURCHASE, "1")
    was = _item("1").digest
    _rule(entry and (entry.digest, entry.accepted) == (changed.digest, was), "a new version keeps what was accepted")
    ledger.settle([Note(_settled("1", Rejected("server", "x")), changed.digest)], b"")
    entry = ledger.find(Entity.PURCHASE, "1")
    _rule(entry and entry.accepted == was, "a rejected version keeps what was accepted")
    ledger.settle([Note(_settled("", Rejected("client", "invalid")), b"")], b"")
    ledger.finish()


def _check_next_run(ledger: Ledger) -> None:
    _rule(not ledger.begin([]).is_resumed, "after a finished run a new one begins")
    entry = ledger.find(Entity.PURCHASE, "2")
    _rule(entry is not None and not entry.is_this_run, "what an earlier run settled is not of this one")
    _rule(ledger.recall() == b"more", "an empty memory replaces none")


def _item(key: str, body: bytes = b"{}") -> Item:
    return Item(Record(Position("contract", 1), None), key, body, digest_of(key.encode() + body))


def _settled(key: str, outcome: Outcome) -> Settled:
    return Settled(Entity.PURCHASE, Record(Position("contract", 1), None), key, outcome)


async def check_transport(opened: Callable[[], Transport]) -> None:
    """Check a transport against the simulator; `opened` makes one in the running event loop, and it is closed here.

    It must send once and only once, follow no redirect, and tell apart what surely never left from what may have.
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
    _rule(isinstance(response, Response) and response.status == 200, "an answer comes back as a Response")
    _rule(all(name == name.lower() for name in response.headers), "header names are in lower case")
    _rule(b'"ok"' in response.body, "the body comes whole")
    simulator.script(Scripted(302, headers={"Location": simulator.url}))
    response = await transport.send(_request(simulator.url, simulator.api_key))
    _rule(response.status == 302, "a redirect is an answer: the key never follows it")


async def _check_failures(transport: Transport, simulator: Simulator) -> None:
    # a dropped answer must not be repeated behind our back, whatever the method
    for method in ("GET", "PUT", "POST", "DELETE"):
        before = simulator.requests
        simulator.script(Scripted(drop=True))
        await _fails(transport, _request(simulator.url, simulator.api_key, method), ReplyLost)
        _rule(simulator.requests == before + 1, f"{method} leaves once")
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
        _rule(request.headers["Authorization"] not in str(error), "no error holds the key")
    except Exception as error:
        raise AssertionError(f"expected {kind.__name__}, got {type(error).__name__}: {error}") from error
    else:
        raise AssertionError(f"expected {kind.__name__}, got an answer")


def _request(url: str, key: str, method: str = "GET", total: float = 10.0) -> Request:
    headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}
    timeouts = Timeouts(connect=2, total=total)
    query = (("email", "nobody@example.com"),)
    return Request("contract", method, f"{url}/multiusers/exist", headers, query, None, timeouts)
