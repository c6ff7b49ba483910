"""What a dashboard shows of one journal: a snapshot and the present time become plain values.

Room: cli. Pure. Times are seconds since 1970. `render` turns the values into a page, and `woowup status` uses some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from woowup_async._flow import Entity
from woowup_async._journal.glance import Glance, RunTimes
from woowup_async._journal.live import Budget, Hour, Live, Minute, Problem
from woowup_async.cli.dashboard.state import is_open, live_of, state_of

#: States in which nothing more happens.
_ENDED = ("finished", "incomplete", "stopped", "failed")
#: Seconds over which the rate is measured, and the shortest time that gives a rate (guessed).
_RATE_SPAN, _RATE_LEAST = 300.0, 20.0
_LEAST_HOURS, _HOURS, _MINUTES = 24, 48, 60
_OUTCOMES = ("accepted", "rejected", "released", "in_doubt")


class Cause(NamedTuple):
    """Rejected records with one reason, and where a few of them are: (key, position)."""

    entity: str
    code: str
    reason: str
    records: int
    samples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """What takes a look at all records of a journal.

    Attributes:
        counts: records by entity and state.
        causes: rejected records by reason, the most frequent first.
        is_partial: whether there are more rejected records than were read for `causes`.
        unconfirmed: accepted purchases whose customer is not known to exist.

    """

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    is_partial: bool = False
    unconfirmed: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read from one journal.

    Attributes:
        name: the name of the journal for people.
        glance: None if the journal does not exist yet, or cannot be read.
        totals: None until all records were looked at.
        trouble: why it cannot be read.

    """

    name: str
    glance: Glance | None = None
    totals: Totals | None = None
    trouble: str = ""


class Forecast(NamedTuple):
    """When a run ends: seconds from now, the likely number and its bounds."""

    seconds: float
    low: float
    high: float


def view_of(snapshot: Snapshot, now: float) -> dict[str, Any]:
    """Return what to show of one journal."""
    glance = snapshot.glance or Glance()
    run, live = glance.runs[0] if glance.runs else None, live_of(glance)
    word, why = ("unreadable", snapshot.trouble) if snapshot.trouble else state_of(glance, now)
    totals = snapshot.totals
    return {
        "name": snapshot.name,
        "state": word,
        "why": why,
        "run": _run(run),
        "written": live.at if live else None,
        "progress": progress_of(glance),
        "rate": rate_of(live),
        "requests": {"sent": live.requests, "refused": live.throttled} if live else None,
        "forecast": _forecast(glance, now),
        "hours": hours_of(glance.hours),
        "minutes": minutes_of(live, now if word not in _ENDED else None),
        "budget": _budget(live.budget, now - live.at) if live and live.budget and glance.is_running else None,
        "outbox": glance.outbox,
        "problems": [_problem(one, glance) for one in glance.problems],
        "stored": {name: dict(states) for name, states in totals.counts.items()} if totals else None,
        "unconfirmed": totals.unconfirmed if totals else 0,
        "causes": [_cause(one) for one in totals.causes] if totals else None,
        "is_partial": bool(totals and totals.is_partial),
        "runs": [_run(one) for one in glance.runs],
    }


def progress_of(glance: Glance) -> dict[str, Any] | None:
    """Return the outcomes of the last run by entity, and of how many records; None if it shows nothing of itself."""
    live = live_of(glance)
    if live is None:
        return None
    expected = _expected(glance, live)
    rows = list[dict[str, Any]]()
    for entity in Entity:
        counts = live.counts.get(entity.value, {})
        if not counts and not expected.get(entity.value):
            continue
        done = sum(counts.get(name, 0) for name in _OUTCOMES)
        numbers = {name: counts.get(name, 0) for name in (*_OUTCOMES, "unconfirmed")}
        rows.append({"entity": entity.plural, "settled": done, "expected": expected.get(entity.value)} | numbers)
    settled: int = sum(row["settled"] for row in rows)
    whole = sum(expected.values())
    # a file may have grown since it was counted
    part = min(1.0, settled / whole) if whole else None
    return {"settled": settled, "expected": max(whole, settled) if whole else None, "part": part, "rows": rows}


def _expected(glance: Glance, live: Live) -> dict[str, int]:
    return _noted(glance, "expected", live, tuple[float, dict[str, int]]) or {}


def _noted(glance: Glance, name: str, live: Live, kind: Any) -> Any:
    """Return a note that this process wrote, without its time; None if there is none."""
    try:
        at, *rest = msgspec.json.decode(glance.notes.get(name, "null"), type=kind)
    except msgspec.MsgspecError:
        return None
    return None if at < live.began else rest[0] if len(rest) == 1 else (at, *rest)


def rate_of(live: Live | None) -> dict[str, float] | None:
    """Return records and requests a minute over the last minutes, and the limit; None if the run is too short."""
    if live is None:
        return None
    since = max(live.began, 60 * ((live.at - _RATE_SPAN) // 60))
    if live.at - since < _RATE_LEAST:
        return None
    recent = [minute for minute in live.minutes if 60 * (minute.at + 1) > since]
    per_minute = 60 / (live.at - since)
    budget = live.budget
    return {
        "records": sum(minute.settled for minute in recent) * per_minute,
        "requests": sum(minute.requests for minute in recent) * per_minute,
        "limit": 60 / budget.segment * budget.limit if budget and budget.segment else 0.0,
    }


def forecast_of(glance: Glance, now: float) -> Forecast | None:
    """Return when the last run ends; None if it does not run, or if nothing was forecast."""
    live = live_of(glance)
    if live is None or not glance.is_running or not glance.runs or glance.runs[0].finished is not None:
        return None
    noted = _noted(glance, "left", live, tuple[float, float, float, float])
    if noted is None:
        return None
    at, *left = noted
    return Forecast(*(max(0.0, each - (now - at)) for each in left))


def _forecast(glance: Glance, now: float) -> dict[str, float] | None:
    forecast = forecast_of(glance, now)
    return forecast._asdict() | {"at": now} if forecast else None


def hours_of(hours: tuple[Hour, ...]) -> list[dict[str, Any]]:
    """Return outcomes by hour, without gaps, for one or two days up to the last hour that had any."""
    if not hours:
        return []
    last = max(one.hour for one in hours)
    first = max(min(min(one.hour for one in hours), last - _LEAST_HOURS + 1), last - _HOURS + 1)
    numbers = range(first, last + 1)
    found = {number: {"at": number * 3_600.0, "accepted": 0, "rejected": 0, "other": 0} for number in numbers}
    for one in hours:
        if one.hour in found:
            name = one.state if one.state in ("accepted", "rejected") else "other"
            found[one.hour][name] += one.records
    return list(found.values())


def minutes_of(live: Live | None, now: float | None) -> list[dict[str, Any]]:
    """Return requests by minute for the last hour, up to now or to the last write. Empty if there were none."""
    if live is None or not live.minutes:
        return []
    last = int((live.at if now is None else now) // 60)
    by_number = {minute.at: minute for minute in live.minutes}
    each = [by_number.get(number, Minute(number)) for number in range(last - _MINUTES + 1, last + 1)]
    return [{"at": one.at * 60.0, "requests": one.requests, "refused": one.throttled} for one in each]


def _budget(budget: Budget, age: float) -> dict[str, Any]:
    is_placed = budget.elapsed is not None and budget.segment > 0
    return {
        "limit": budget.limit,
        "estimated": budget.estimated,
        "carried": budget.carried,
        "current": budget.current,
        "elapsed": min(budget.segment, (budget.elapsed or 0.0) + age) if is_placed else None,
        "segment": budget.segment,
        "in_flight": budget.in_flight,
        "waiting": budget.waiting,
        "cooldowns": budget.cooldowns,
        "cooling": max(0.0, budget.cooling - age),
        "foreign_per_minute": 60 * budget.foreign_rate,
        "workers": budget.workers,
        "part": budget.part,
        "is_fallen_back": budget.is_fallen_back,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return cause._asdict() | {"samples": [list(sample) for sample in cause.samples]}


def _problem(problem: Problem, glance: Glance) -> dict[str, Any]:
    return msgspec.structs.asdict(problem) | {"is_open": is_open(problem, glance)}


def _run(run: RunTimes | None) -> dict[str, Any] | None:
    return {"number": run.number, "began": run.began, "ended": run.finished} if run else None
