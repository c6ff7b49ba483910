"""`woowup dashboard`: a live page of journals, until it is stopped.

Room: cli.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import typer
from rich.console import Console

from woowup_async._journal.schema import DAMAGED
from woowup_async._ledger.opening import Place, opened_reader
from woowup_async.cli import options as o
from woowup_async.cli.dashboard.access import checked_token, is_loopback
from woowup_async.cli.dashboard.watch import watches_of
from woowup_async.cli.display.terminal import complain, show
from woowup_async.cli.exits import USAGE, WELL, fail
from woowup_async.cli.places import own_account
from woowup_async.cli.signals import STOPPING, received
from woowup_async.errors import JournalError

if TYPE_CHECKING:
    from woowup_async.cli.dashboard.server import Address


def dashboard(journals: list[Place], port: int, host: str, token: str | None) -> None:
    """Show journals as a live page, also while runs write to them."""
    if token is None and not is_loopback(host):
        fail(f"--host {host} can be reached from other machines: choose a --token", USAGE)
    _check(journals)
    from woowup_async.cli.dashboard.server import Address  # it takes long, and other commands do not need it

    address = Address(host, port) if token is None else Address(host, port, checked_token(token))
    try:
        raise typer.Exit(anyio.run(serve, Console(), journals, address))
    except OSError as error:
        fail(f"cannot listen on {host}, port {port}: {error.strerror or error}", USAGE)


def _check(journals: Sequence[Place]) -> None:
    """Open each journal once, since a name may be wrong. A damaged one does not hide the others: the page says so.

    Raises:
        JournalError: a file is not a journal, or all of them are damaged.

    """
    damaged = list[JournalError]()
    for path in journals:
        try:
            opened_reader(path, own_account()).close()
        except JournalError as error:
            if DAMAGED not in str(error):
                raise
            damaged.append(error)
    if len(damaged) == len(journals):
        raise damaged[0]


async def serve(console: Console, journals: Sequence[Place], address: Address) -> int:
    """Serve until SIGINT or SIGTERM."""
    from woowup_async.cli.dashboard.server import Dashboard

    async with received(*STOPPING) as signals, Dashboard(watches_of(journals), address) as served:
        show(console, f"The dashboard is at {served.url}")
        show(console, "Press Ctrl-C to stop it.")
        async for _ in signals:
            break
    return WELL


@asynccontextmanager
async def beside(*journals: Place) -> AsyncGenerator[str, None]:
    """Serve a dashboard of journals while the block runs, and yield its URL.

    It never ends the run: if no port can be had, it says so and yields "".
    """
    from woowup_async.cli.dashboard.server import Address, Dashboard

    watches, failure = watches_of(journals, may_be_absent=True), ""
    async with AsyncExitStack() as stack:
        for port in (o.PORT, 0):
            try:
                served = await stack.enter_async_context(Dashboard(watches, Address(port=port)))
            except OSError as error:
                failure = error.strerror or str(error)
            else:
                yield served.url
                return
        complain(f"there is no dashboard: {failure}")
        yield ""
