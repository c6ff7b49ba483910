"""`woowup backfill --accounts`: checks the options, runs the fleet, and prints one report.

Room: cli.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import anyio
import typer

from woowup_async._text import counted, printable
from woowup_async.cli import options as o
from woowup_async.cli.commands.dashboard import beside
from woowup_async.cli.display.recording import report_json
from woowup_async.cli.display.summary import run_lines
from woowup_async.cli.display.terminal import complain, is_json, json_text, say_all, say_beside, say_json, stamp
from woowup_async.cli.display.words import unconfirmed_lines
from woowup_async.cli.exits import REJECTED, STOPPED, USAGE, WELL, code_of, fail
from woowup_async.cli.files import expanded
from woowup_async.cli.fleet.accounts import Account, dealt, journals_of, missing_keys, read_accounts, same_keys
from woowup_async.cli.fleet.messages import Ended, Task
from woowup_async.cli.fleet.parent import Fleet, Hand
from woowup_async.cli.fleet.totals import total_of
from woowup_async.cli.stops import seconds_until
from woowup_async.errors import WoowUpError

#: Seconds between two lines about the progress (guessed).
_PERIOD = 10.0
#: Accounts that are named in the report, and missing keys in an error (guessed: what a person reads).
_SHOWN = 20
#: Longest text of why an account failed. It has the remedy, so it is not cut to a line.
_FAILURE = 500


@dataclass(frozen=True, slots=True)
class Fleeting:
    """The options that are the same for all accounts."""

    host: o.HostOptions
    budget: o.BudgetOptions
    rules: o.RuleOptions
    run: o.RunOptions
    report: Sequence[Path] = ()


def run_fleet(file: Path, workers: int | None, given: Fleeting) -> NoReturn:
    """Send the files of all accounts, print the report, and exit."""
    run, rules = given.run, given.rules
    if any(path.suffix != ".json" for path in given.report):
        fail("--report of several accounts takes .json files", USAGE)
    accounts = read_accounts(file)
    task = _task(given)
    _require_keys(accounts)
    sizes = {account.name: _size_of(account) for account in accounts}
    hands = dealt(accounts, sizes, min(workers or cores(), len(accounts)))
    fleet = Fleet(
        task, [Hand(number, {one.name: one for one in hand}) for number, hand in enumerate(hands, 1)], complain
    )
    began = time.monotonic()
    anyio.run(_run, fleet, accounts, run)
    ended = [fleet.ended[account.name] for account in accounts]
    result = _json(ended, fleet.stopped_by, time.monotonic() - began, is_strict=rules.strict_exit)
    for path in given.report:
        _write(path, result)
    _conclude(ended, fleet.stopped_by, result, as_json=run.as_json)


def _require_keys(accounts: Sequence[Account]) -> None:
    if missing := [*dict.fromkeys(missing_keys(accounts, os.environ))]:
        more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
        fail(f"no API key in {', '.join(printable(name, 80) for name in missing[:_SHOWN])}{more}", USAGE)
    if same := same_keys(accounts, os.environ):
        one, other = (printable(name, 80) for name in same)
        fail(
            f"{one} and {other} have the same key: an account has one table here, and its other files another run",
            USAGE,
        )


def _task(given: Fleeting) -> Task:
    host, rules, run = given.host, given.rules, given.run
    connection = host.connection(given.budget.policy())
    anyio.run(connection.check_host)
    return Task(
        [], connection.rate_limit, rules.ingest(live=run.live), rules.batch(),
        base_url=host.base_url, trust_env=host.trust_env, proxy=host.proxy,
        ca_file=str(host.ca_file) if host.ca_file else None,
        budget=connection.budget, order=rules.order, only_buyers=rules.only_buyers,
    )  # fmt: skip


def cores() -> int:
    """Return the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


async def _run(fleet: Fleet, accounts: Sequence[Account], run: o.RunOptions) -> None:
    async with _shown(accounts, is_wanted=run.dashboard), anyio.create_task_group() as tasks:
        tasks.start_soon(_keep_telling, fleet, len(accounts))
        if run.stop_at is not None:
            tasks.start_soon(_alarm, fleet, run.stop_at, seconds_until(run.stop_at, datetime.now().astimezone()))
        await fleet.run()
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _shown(accounts: Sequence[Account], *, is_wanted: bool) -> AsyncGenerator[None, None]:
    async with AsyncExitStack() as stack:
        if is_wanted:
            url = await stack.enter_async_context(beside(*journals_of(accounts)))
            if url:
                say_beside([f"the dashboard is at {url}"])
        yield


async def _alarm(fleet: Fleet, stop_at: str, seconds: float) -> None:
    await anyio.sleep(seconds)
    await fleet.stop(f"it is {stop_at}")


async def _keep_telling(fleet: Fleet, accounts: int) -> None:
    while True:
        await anyio.sleep(_PERIOD)
        seen, ended = fleet.progress(), len(fleet.ended)
        if is_json():
            line: dict[str, Any] = {"at": stamp(), "event": "progress", "ended": ended, "accounts": accounts}
            line |= {"settled": seen.settled, "requests": seen.requests, "throttled": seen.throttled}
            say_beside([json_text(line)])
        else:
            counts = f"{seen.settled:,} records, {seen.requests:,} requests, {seen.throttled:,} refused (429)"
            say_beside([f"{ended:,} of {accounts:,} accounts ended; {counts}"])


def _size_of(account: Account) -> int:
    """Return the bytes of an account's files. What cannot be read counts as none: its worker says so."""
    total = 0
    for pattern in (*account.users, *account.purchases):
        with suppress(OSError, ValueError, WoowUpError):
            total += sum(Path(path).stat().st_size for path in expanded(pattern))
    return total


def _code_of(ended: Ended, *, is_strict: bool) -> int:
    if ended.failure or ended.is_stopped:
        return STOPPED
    return code_of(ended.report, is_strict=is_strict)


def _json(ended: Sequence[Ended], stopped_by: str, elapsed: float, *, is_strict: bool) -> dict[str, Any]:
    codes = {one.account: _code_of(one, is_strict=is_strict) for one in ended}
    # the worst of them: stopped, some rejected, some left out, well
    code = next((code for code in (STOPPED, REJECTED) if code in codes.values()), max(codes.values(), default=WELL))
    return {
        "total": report_json(total_of([one.report for one in ended])) | {"elapsed": round(elapsed, 3)},
        "stopped_by": stopped_by,
        "exit_code": code,
        "accounts": {
            one.account: report_json(one.report)
            | {"failure": one.failure, "is_stopped": one.is_stopped, "exit_code": codes[one.account]}
            for one in ended
        },
    }


def _write(path: Path, result: dict[str, Any]) -> None:
    """Write a report that only its owner can read, since reasons may contain personal data."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json_text(result, indent=2))


def _conclude(ended: Sequence[Ended], stopped_by: str, result: dict[str, Any], *, as_json: bool) -> NoReturn:
    if as_json:
        say_json(result)
    elif is_json():
        say_json({"at": stamp(), "event": "end"} | result)
    else:
        total = total_of([one.report for one in ended])
        say_all(run_lines(total))
        say_all(unconfirmed_lines(total.unconfirmed))
        say_all(_account_lines(ended, result["accounts"]))
    code = int(result["exit_code"])
    if code == STOPPED:
        cause = f"stopped: {stopped_by}; " if stopped_by else ""
        fail(f"{cause}run the same command again to continue: the journals know what was sent", STOPPED)
    raise typer.Exit(code)


def _account_lines(ended: Sequence[Ended], results: dict[str, Any]) -> Iterator[str]:
    """Yield how many accounts ended well, and the others by name."""
    odd = [one for one in ended if results[one.account]["exit_code"] != WELL]
    yield ""
    yield f"{counted(len(ended), 'account')}, {len(ended) - len(odd):,} of them all well"
    for one in odd[:_SHOWN]:
        report = one.report
        what = one.failure or ("stopped before its end" if one.is_stopped else "")
        counts = f"{report.accepted:,} accepted, {report.rejected:,} rejected"
        yield f"  {printable(one.account, 40)}: {counts}{'; ' if what else ''}{printable(what, _FAILURE)}"
    if len(odd) > _SHOWN:
        yield f"  and {len(odd) - _SHOWN:,} more: --report FILE.json has all"
