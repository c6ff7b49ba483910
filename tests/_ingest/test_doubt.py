"""Doubt belongs to the item: through lost answers, splits, cancellations, kills and new processes.

The server has no sockets. It may process a request and lose its answer, or refuse a batch, and its client may be
cancelled or killed. After each step the reported outcomes must agree with what the server did.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fakes import Answer, Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async import errors
from woowup_async._flow import Settled
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
KEYS = 4
LOST = errors.ReplyLost("purchases.create_bulk", "the connection broke")
UNSENT = errors.NotSent("purchases.create_bulk", "cannot connect")
#: What happens to the next request.
FAULTS = st.sampled_from(["ok", "ok", "lost", "processed", "unsent", "502", "throttled", "refused", "cancel", "kill"])
#: Answers to requests that the server did not get or did not process.
UNPROCESSED: dict[str, Answer] = {
    "lost": LOST,
    "unsent": UNSENT,
    "502": reply(502, ""),
    "throttled": reply(429, "too_many_request", retry_after="1"),
}


@dataclass
class Process:
    """One process: the contents that it sends, and the faults of its requests."""

    contents: list[tuple[int, int]]
    faults: list[str]


@dataclass
class World:
    """A server and what it did, over all processes."""

    shop: Shop = field(default_factory=Shop)
    #: (number, content) that were processed without an answer.
    unanswered: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.shop.account.create_user(ANA)

    @property
    def held(self) -> dict[str, int]:
        return {number: each["prices"]["total"] for (_, number), each in self.shop.account.purchases.items()}

    def process(self, request: Request, *, is_answered: bool) -> Answer:
        before = self.held
        answer = self.shop._processed(request)
        if not is_answered:
            self.unanswered |= {pair for pair in self.held.items() if before.get(pair[0]) != pair[1]}
        return answer


class Dead(Exception):
    """The process was killed. From here on it does not count."""


async def lives(world: World, process: Process, journal: Path) -> Path:
    """Run one process until it ends, is killed or is cancelled. Return its journal as it was at that moment."""
    faults, left, heard, wrong = iter(process.faults), list[Path](), list[Settled](), list[str]()
    scope, clock = anyio.CancelScope(), FakeClock()

    async def answer(request: Request) -> Answer:
        if left:
            return UNSENT
        fault = next(faults, "ok") if request.endpoint != "probe" else "ok"
        if fault in UNPROCESSED:
            return UNPROCESSED[fault]
        match fault:
            case "processed":
                world.process(request, is_answered=False)
                return LOST
            case "refused" if request.endpoint == "purchases.create_bulk":
                return reply(400, "bad_request")
            case "cancel":
                scope.cancel()
                world.process(request, is_answered=False)
                await anyio.lowlevel.checkpoint()
                return LOST
            case "kill":
                world.process(request, is_answered=False)
                left.append(_copied(journal))
                raise Dead
        return world.process(request, is_answered=True)

    world.shop.by = answer

    def hear(event: RunEvent) -> None:
        if isinstance(event, Settled) and not left:
            heard.append(event)
            wrong.extend(check(world, event))  # an exception here would not reach the test

    lines = [purchase_line(number, prices={"total": content}) for number, content in process.contents]
    with scope:
        try:
            with closing(SqliteLedger(journal)) as file:
                await run(
                    sender(world.shop, clock), purchases=lines, journal=FileLedger(file), on_event=hear, in_flight=2,
                    batch=BatchPolicy(max_items=3), policy=IngestPolicy(drain=0),
                )  # fmt: skip
        except (Dead, errors.WoowUpError):
            pass
    assert not wrong
    if not left:
        assert len(heard) <= len(lines)
    return left[0] if left else journal


def check(world: World, event: Settled) -> Iterator[str]:
    """Yield a message if the outcome of a purchase does not agree with what the server did."""
    content = json.loads(json.dumps(event.record.raw))["prices"]["total"]
    match event.outcome:
        case Released():
            if (event.key, content) in world.unanswered:
                yield f"{event.key} was processed, and is reported as released"
        case Accepted():
            if world.held.get(event.key) != content:
                yield f"{event.key} is {event.outcome}, and the server has {world.held.get(event.key)}, not {content}"
            world.unanswered = {pair for pair in world.unanswered if pair[0] != event.key}
        case Rejected():
            world.unanswered -= {(event.key, content)}
        case InDoubt():
            pass


def _copied(journal: Path) -> Path:
    """Copy the files that a kill would leave on the disk at this moment."""
    copy = Path(tempfile.mkdtemp(dir=journal.parent)) / "run.journal"
    for suffix in ("", "-wal"):
        if (source := Path(f"{journal}{suffix}")).exists():
            shutil.copy(source, f"{copy}{suffix}")
    return copy


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


PROCESSES = st.lists(
    st.builds(
        Process,
        st.lists(st.tuples(st.integers(0, KEYS), st.integers(1, 2)), min_size=1, max_size=8),
        st.lists(FAULTS, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


async def lived(processes: list[Process], folder: Path) -> None:
    """Run all processes and then one without faults. Afterwards the account has the last content of each purchase."""
    world, journal = World(), Path(tempfile.mkdtemp(dir=folder)) / "run.journal"
    for process in processes:
        journal = await lives(world, process, journal)
    last = {f"F-{number:04}": content for each in processes for number, content in each.contents}
    final = Process([(int(key[2:]), content) for key, content in last.items()], [])
    await lives(world, final, journal)
    assert {key: world.held.get(key) for key in last} == last


@pytest.mark.untraced
@settings(max_examples=80)
@given(PROCESSES)
@pytest.mark.slow
async def test_released_means_certainly_not_processed(folder: Path, processes: list[Process]) -> None:
    await lived(processes, folder)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=5_000, derandomize=False)
@given(PROCESSES)
async def test_released_means_certainly_not_processed_at_length(folder: Path, processes: list[Process]) -> None:
    await lived(processes, folder)
