"""The state of a run in one word, from what its journal shows.

Room: cli. Pure. Times are seconds since 1970.
"""

from __future__ import annotations

from woowup_async._journal.glance import Glance
from woowup_async._journal.live import Live, Problem

#: Seconds without a write after which a process that holds the journal does not respond: three writes of an idle run.
SILENT = 30.0
#: Seconds without a request and an outcome after which a run is called stalled (guessed: four segments).
STALLED = 120.0
#: Problems that a run does not get over by itself, the worst first. All but the last one still hold after its end.
_FAILED = ("key_refused", "account_deleted", "disk_failed", "defect", "outbox_full")


def live_of(glance: Glance) -> Live | None:
    """Return what the last run shows of itself; None if it shows nothing."""
    return glance.live if glance.runs else None


def state_of(glance: Glance, now: float) -> tuple[str, str]:
    """Return one word for the state of the last run, and what else is known about it."""
    live = live_of(glance)
    if not glance.runs:
        return "none", "No run has begun in this journal."
    is_finished = glance.runs[0].finished is not None
    if failure := _failure(glance):
        return "failed", failure
    if not glance.is_running and glance.outbox:
        return "stopped", f"No process writes here. {glance.outbox:,} records wait for the next start of the service."
    if is_finished:
        return _finished(live)
    if not glance.is_running:
        return "stopped", "No process writes to this journal. The same command continues the run."
    if live is None:
        return "running", ""
    if (quiet := now - live.at) > SILENT:
        return "silent", f"Its process is there, but has written nothing for {quiet:,.0f} s. Its disk may be full."
    return _working(glance, live, now)


def _finished(live: Live | None) -> tuple[str, str]:
    counts = live.counts.values() if live is not None and not live.is_lasting else ()
    left = sum(each.get(name, 0) for each in counts for name in ("released", "in_doubt"))
    if not left:
        return "finished", ""
    return "incomplete", f"{left:,} records were not settled. The same command sends them."


def _failure(glance: Glance) -> str:
    """Return why the run needs help, and "" if it does not."""
    whats = {one.kind: one.what for one in glance.problems if is_open(one, glance)}
    worst = next((kind for kind in _FAILED if kind in whats), "")
    can_continue = worst == "defect" and not glance.is_running and glance.runs[0].finished is None
    return whats.get(worst, "") + (". The same command continues the run." if can_continue else "")


def _working(glance: Glance, live: Live, now: float) -> tuple[str, str]:
    kinds = {one.kind for one in glance.problems if is_open(one, glance)}
    if "outage" in kinds:
        return "waiting", "The server is failing. Single requests test whether it answers again."
    if "no_answer" in kinds:
        return "waiting", "The server has not answered yet."
    if live.budget and (cooling := live.budget.cooling - (now - live.at)) > 0:
        return "cooling", f"The account pauses after a 429, for {cooling:,.0f} s more."
    quiet = now - max(live.active, live.began)
    if quiet <= STALLED:
        return "running", ""
    if live.is_lasting and not glance.outbox:
        return "idle", "It waits for records."
    return "stalled", f"No request and no outcome for {quiet:,.0f} s."


def is_open(problem: Problem, glance: Glance) -> bool:
    """Return whether a problem lasts: it has no end, and its process works or was ended by it.

    Another problem of a process that was killed has no known end. The next process ends all that are left.
    """
    return problem.ended is None and (glance.is_running or problem.kind in _FAILED[:-1])
