"""The bar of a dry run."""

from __future__ import annotations

import io

from rich.console import Console

from tests.support.commands import settled
from woowup_async._flow import Entity
from woowup_async.cli.display.reading import ReadingProgress
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, Rejected


def run(*, is_terminal: bool) -> str:
    stream, now = io.StringIO(), 0.0
    console = Console(file=stream, force_terminal=is_terminal, width=100)
    with ReadingProgress(console, lambda: now) as progress:
        for number in range(1_500):
            outcome = Accepted("queued") if number % 3 else Rejected("client", "invalid", (Reason("", "is wrong"),))
            progress.hear(settled(outcome, Entity.PURCHASE))
            now += 0.001
        now += 1.0
        progress.hear(settled(Accepted("created")))
        if is_terminal:
            progress._progress.refresh()
    return stream.getvalue()


def test_it_shows_the_file_and_the_counts() -> None:
    shown = run(is_terminal=True)

    assert "reading" in shown
    assert "s; 1 users, 0 rejected; 1,500 purchases, 500 rejected" in shown


def test_it_is_silent_elsewhere() -> None:
    assert run(is_terminal=False) == ""
