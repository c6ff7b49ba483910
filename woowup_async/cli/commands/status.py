"""`woowup status`: the state of a journal, also while a run writes to it.

Room: cli.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import msgspec

from woowup_async._flow import Entity
from woowup_async._journal.glance import Glance
from woowup_async._journal.reader import JournalStatus
from woowup_async._ledger.opening import Place, opened_reader
from woowup_async.cli.dashboard.state import is_open, live_of, state_of
from woowup_async.cli.dashboard.view import forecast_of, progress_of, rate_of
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.display.words import WIDTH, cut, lasting, left_text, moment, unconfirmed_lines, utc, wrapped
from woowup_async.cli.places import own_account
from woowup_async.ports import State
from woowup_async.sources._watermark import NOTE, shown_progress

#: States about which a person must do something, beyond what the first line says.
_NEEDS_HELP = {"failed": "failed", "incomplete": "finished, not all sent"}


def status(journal: Place, *, as_json: bool) -> None:
    """Show the state of a journal."""
    found = status_of(journal)
    if as_json:
        say_json(status_json(found, time.time()))
    else:
        say_all(status_lines(found, time.time()))


def status_of(journal: Place) -> JournalStatus:
    """Read the state of a journal.

    Raises:
        JournalError: the file does not exist or is not a journal.

    """
    with closing(opened_reader(journal, own_account())) as reader:
        return reader.status()


def status_json(status: JournalStatus, now: float) -> dict[str, Any]:
    """Return the state for `--json`."""
    fields, glance = asdict(status), status.glance
    del fields["glance"]
    for name in ("began", "finished", "seen"):
        fields[name] = fields[name].isoformat() if fields[name] else None
    forecast = forecast_of(glance, now)
    word, why = state_of(glance, now)
    return fields | {
        "state": word,
        "why": why,
        "per_minute": status.per_minute,
        "progress": progress_of(glance),
        "rate": rate_of(live_of(glance)),
        "ends": utc(now + forecast.seconds).isoformat(timespec="seconds") if forecast else None,
        "problems": msgspec.to_builtins(glance.problems),
    }


def status_lines(status: JournalStatus, now: float) -> Iterator[str]:
    """Yield the state as text."""
    word, why = state_of(status.glance, now)
    yield _run(status, word)
    if why and word in _NEEDS_HELP:
        yield from wrapped(why, WIDTH)
    if status.seen:
        yield f"last written {status.seen:%Y-%m-%d %H:%M:%S} UTC"
    yield from _counts(status)
    if status.per_minute is not None:
        yield f"{status.settled_in_run:,} records settled in this run, {status.per_minute:,.0f} a minute"
    yield from _progress(status.glance, now)
    yield from _problem(status, now)
    yield from _queries(status)
    if status.damaged:
        yield f"{status.damaged:,} rows of the journal could not be read and were set aside"
    if status.outbox:
        yield f"{status.outbox:,} records wait in the outbox"


def _run(status: JournalStatus, word: str) -> str:
    if status.began is None:
        return "no run yet"
    state = "running" if status.is_running else "finished" if status.finished else "stopped, can be resumed"
    state = _NEEDS_HELP.get(word, state)
    return f"{state}, started {status.began:%Y-%m-%d %H:%M:%S} UTC"


def _counts(status: JournalStatus) -> Iterator[str]:
    for entity, counts in status.counts.items():
        each = ", ".join(_count(status, entity, name, count) for name, count in counts.items())
        yield f"{Entity(entity).plural}: {each}"
    yield from unconfirmed_lines(status.unconfirmed)
    for entity, codes in status.codes.items():
        yield f"rejected {Entity(entity).plural}: " + ", ".join(f"{count:,} {code}" for code, count in codes.items())
    for why, count in status.doubts.items():
        yield cut(f"{count:,} x {why}")


def _count(status: JournalStatus, entity: str, name: str, count: int) -> str:
    text = f"{count:,} {name.replace('_', ' ')}"
    if status.unconfirmed and (entity, name) == (Entity.PURCHASE, State.ACCEPTED):
        return f"{text}, of which {status.unconfirmed:,} unconfirmed"
    return text


def _progress(glance: Glance, now: float) -> Iterator[str]:
    """Yield how much of the run is done, how fast, and when it ends."""
    progress, rate, forecast = progress_of(glance), rate_of(live_of(glance)), forecast_of(glance, now)
    if progress and progress["part"] is not None:
        part, whole = progress["part"], progress["expected"]
        yield f"{progress['settled']:,} of {whole:,} records have an outcome ({100 * part:.1f} %)"
    if rate and glance.is_running:
        requests = f"{rate['requests']:,.0f}" + (f" of {rate['limit']:,.0f}" if rate["limit"] else "")
        yield f"in the last minutes: {rate['records']:,.0f} records and {requests} requests a minute"
    if forecast:
        yield f"{left_text(*forecast)}, ends about {moment(now + forecast.seconds, now, '%H:%M')} UTC"


def _problem(status: JournalStatus, now: float) -> Iterator[str]:
    """Yield the last problem, with its end."""
    if status.glance.problems:
        last = status.glance.problems[0]
        when = lasting(last.began, last.ended, now, is_open=is_open(last, status.glance))
        yield cut(f"last problem ({when}, UTC): {last.what}")
    elif not status.finished and "problem" in status.notes:  # of an older version
        yield cut(f"last problem: {status.notes['problem']}")


def _queries(status: JournalStatus) -> Iterator[str]:
    """Yield how far queries were read."""
    for name, value in status.notes.items():
        if name.startswith(NOTE) and (shown := shown_progress(value)) is not None:
            yield cut(shown)
