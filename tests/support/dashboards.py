"""What the dashboard of a journal says, in the words of its page."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.support.markup import Markup
from woowup_async.cli.dashboard.panels import PANELS
from woowup_async.cli.dashboard.state import SILENT
from woowup_async.cli.dashboard.view import view_of
from woowup_async.cli.dashboard.watch import JournalWatch

#: Seconds after which a process that writes nothing is silent.
LATER = SILENT + 1


def said_of(journal: Path, later: float = 0.0) -> str:
    """Return the state and the problems that last, after some seconds without a write."""
    state, problems = read_from(journal, later)
    return ": ".join(filter(None, (state, ", ".join(name for name, lasts in problems if lasts))))


def problems_of(journal: Path) -> set[str]:
    """Return all problems that it lists."""
    return {name for name, _ in read_from(journal)[1]}


def written_at(journal: Path) -> float:
    """Return when the run last wrote about itself; 0 if it did not."""
    return float(view_of(JournalWatch(journal, "").look(), time.time())["written"] or 0.0)


def read_from(journal: Path, later: float = 0.0) -> tuple[str, list[tuple[str, bool]]]:
    """Return the state, and each problem and whether it is marked as one that lasts."""
    now = time.time() + later
    view = view_of(JournalWatch(journal, "").look(), now)
    state = Markup("".join(PANELS["state"](view, now))).text.strip()
    listed = re.findall(r'<b>([^<]*)</b> <span class="(\w+)">', "".join(PANELS["problems"](view, now)))
    return state, [(name, look == "bad") for name, look in listed]
