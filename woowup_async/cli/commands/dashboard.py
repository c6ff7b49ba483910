"""`woowup dashboard`: a live page of journals, until it is stopped.

Room: cli.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console

from woowup_async._journal.reader import JournalReader
from woowup_async.cli.dashboard.access import checked_token, is_loopback
from woowup_async.cli.dashboard.server import Address, Dashboard
from woowup_async.cli.dashboard.watch import watches_of
from woowup_async.cli.display.terminal import complain, show
from woowup_async.cli.exits import USAGE, WELL, fail
from woowup_async.cli.signals import STOPPING, received

PORT = 8600


def dashboard(
    journals: Annotated[list[Path], typer.Argument(metavar="JOURNAL...")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = PORT,
    host: Annotated[str, typer.Option(metavar="HOST", help="Where to listen; other than loopback needs --token.")] = (
        "127.0.0.1"
    ),
    token: Annotated[
        str | None,
        typer.Option(envvar="WOOWUP_DASHBOARD_TOKEN", show_envvar=False, help="Default: a random one."),
    ] = None,
) -> None:
    """Show journals as a live page, also while runs write to them.

    The page is read-only, and its URL has a token. WOOWUP_DASHBOARD_TOKEN sets it, too.

    Example: woowup dashboard shop.journal
    """
    if token is None and not is_loopback(host):
        fail(f"--host {host} can be reached from other machines: choose a --token", USAGE)
    for path in journals:
        JournalReader(path).close()
    address = Address(host, port) if token is None else Address(host, port, checked_token(token))
    try:
        raise typer.Exit(anyio.run(serve, Console(), journals, address))
    except OSError as error:
        fail(f"cannot listen on {host}, port {port}: {error.strerror or error}", USAGE)


async def serve(console: Console, journals: Sequence[Path], address: Address) -> int:
    """Serve until SIGINT or SIGTERM."""
    async with received(*STOPPING) as signals, Dashboard(watches_of(journals), address) as served:
        show(console, f"The dashboard is at {served.url}")
        show(console, "Press Ctrl-C to stop it.")
        async for _ in signals:
            break
    return WELL


@asynccontextmanager
async def beside(journal: Path) -> AsyncGenerator[str, None]:
    """Serve a dashboard of a run's journal while the block runs, and yield its URL.

    It never ends the run: if no port can be had, it says so and yields "".
    """
    watches, failure = watches_of([journal], may_be_absent=True), ""
    async with AsyncExitStack() as stack:
        for port in (PORT, 0):
            try:
                served = await stack.enter_async_context(Dashboard(watches, Address(port=port)))
            except OSError as error:
                failure = error.strerror or str(error)
            else:
                yield served.url
                return
        complain(f"there is no dashboard: {failure}")
        yield ""
