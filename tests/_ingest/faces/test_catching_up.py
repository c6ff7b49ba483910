"""Sources that read only what changed: where they begin, what holds them back, and when it is noted."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._ingest.faces.catching_up import CatchingUp
from woowup_async._ingest.faces.inputs import _ForeignLedger
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.sources import Chain

RECORD = Record(Position("q", 1), {})


class Source:
    def __init__(self, name: str | None = "watermark q") -> None:
        self.progress_name = name
        self.begun: list[str | None] = []
        self.held: list[Record] = []

    def check(self) -> None:
        pass

    async def __aiter__(self) -> AsyncGenerator[Record, None]:
        yield RECORD

    def begin(self, noted: str | None) -> None:
        self.begun.append(noted)

    def hold(self, record: Record) -> None:
        self.held.append(record)

    def reached(self) -> str | None:
        return "7"


class Notes:
    def __init__(self, **notes: str) -> None:
        self.notes = notes

    def note(self, name: str, value: str) -> None:
        self.notes[name] = value

    async def noted(self, name: str) -> str | None:
        return self.notes.get(name)


class Kept:
    def __init__(self) -> None:
        self.settled: list[Settled] = []

    def write(self, settled: Settled) -> None:
        self.settled.append(settled)


async def catching_up(source: Any, ledger: Any = None, sink: Any = None) -> CatchingUp:
    found = CatchingUp((None, Chain([source])), ledger, sink)
    await found.begin()
    return found


@pytest.mark.parametrize("wrap", [lambda ledger: ledger, _ForeignLedger])
async def test_it_begins_at_the_note_and_notes_the_end(wrap: Any) -> None:
    source, ledger = Source(), Notes(**{"watermark q": "3"})

    run = await catching_up(source, wrap(ledger))

    assert source.begun == ["3"]
    assert ledger.notes == {"watermark q": "3"}
    run.note()
    assert ledger.notes == {"watermark q": "7"}


@pytest.mark.parametrize("ledger", [None, object(), _ForeignLedger(object())])  # type: ignore[arg-type]
async def test_without_notes_everything_is_read(ledger: Any) -> None:
    source = Source()

    (await catching_up(source, ledger)).note()

    assert source.begun == [None]


async def test_a_source_without_a_watermark_is_left_alone() -> None:
    source = Source(None)

    assert not await catching_up(source, Notes())
    assert source.begun == []


@pytest.mark.parametrize(
    ("outcome", "is_held"),
    [
        (Accepted("queued"), False),
        (Accepted("unchanged"), False),
        (Accepted("unconfirmed"), True),
        (Rejected("client", "invalid", (Reason("", "is wrong"),)), False),
        (Rejected("client", "left_out"), False),
        (Rejected("client", "user_not_found"), True),
        (Released("stopped"), True),
        (InDoubt("no answer"), True),
    ],
)
async def test_what_a_later_run_sends_again_holds_it_back(outcome: Outcome, is_held: bool) -> None:
    source, sink = Source(), Kept()
    settled = Settled(Entity.PURCHASE, RECORD, "k", outcome)

    (await catching_up(source, Notes(), sink)).write(settled)

    assert source.held == ([RECORD] if is_held else [])
    assert sink.settled == [settled]
