"""`woowup backfill`: a job, those who watch it, and what is written afterwards.

Room: cli. Called by `app`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import anyio
from rich.console import Console

from woowup_async.cli.job import Ending, Job, run_job
from woowup_async.cli.pace import per_minute
from woowup_async.cli.page import page
from woowup_async.cli.progress import Display, Watchers
from woowup_async.cli.recording import Recording
from woowup_async.cli.terminal import json_text
from woowup_async.cli.vendor import VendorStats
from woowup_async.events import RunEvent
from woowup_async.sinks import Changes


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a backfill leaves beside its outcomes."""

    changes: Path | None = None
    reports: Sequence[Path] = ()
    stats: Literal["full", "redacted"] | None = None
    log: bool = False
    as_json: bool = False

    def __post_init__(self) -> None:
        for path in self.reports:
            if path.suffix not in (".html", ".json"):
                raise ValueError(f"--report takes .html and .json files, got {path}")


def run(job: Job, outputs: Outputs) -> Ending:
    """Run a job, and write its reports.

    Raises:
        WoowUpError: a file cannot be opened; nothing was sent.
        OSError: a source broke, or a report cannot be written.

    """
    limit = job.connection.rate_limit
    pace = per_minute(limit)
    recording = Recording(pace) if outputs.reports else None
    vendor = VendorStats(outputs.stats, log=outputs.log) if outputs.stats or outputs.log else None
    with ExitStack() as stack:
        listeners: list[Callable[[RunEvent], None]] = [each.hear for each in (recording, vendor) if each is not None]
        if outputs.changes is not None:
            listeners.append(stack.enter_context(closing(Changes(outputs.changes))))
        display = Display(Console(stderr=True), limit=pace, span=2 * limit.segment, as_json=outputs.as_json)
        stack.enter_context(display)
        ending = anyio.run(run_job, job, Watchers(display, *listeners), vendor)
    if recording is not None:
        for path in outputs.reports:
            _write(path, recording, ending)
    return ending


def _write(path: Path, recording: Recording, ending: Ending) -> None:
    """Write a report that only its owner may read: reasons may hold what customers wrote."""
    if path.suffix == ".html":
        text = page(recording, ending.report, ending.stopped_by)
    else:
        text = json_text(recording.as_json(ending.report, ending.stopped_by), indent=2)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
