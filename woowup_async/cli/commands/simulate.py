"""`woowup simulate`: a simulated WoowUp account on this machine, until it is stopped.

Room: cli.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import typer
from rich.console import Console

from woowup_async.cli.display.terminal import show
from woowup_async.cli.exits import USAGE, fail
from woowup_async.cli.signals import STOPPING, received

if TYPE_CHECKING:
    from woowup_async.testing import Simulator


def simulate(port: int, speed: float) -> None:
    """Run a simulated WoowUp account on this machine."""
    try:
        raise typer.Exit(anyio.run(serve, Console(), port, speed))
    except OSError as error:
        fail(f"cannot listen on port {port}: {error.strerror}; --port takes another one", USAGE)


async def serve(console: Console, port: int, speed: float) -> int:
    """Serve until SIGINT or SIGTERM."""
    from woowup_async.testing import Simulator  # a server takes long to import, and other commands do not need it

    async with received(*STOPPING) as signals:
        async with Simulator(port=port, speed=speed) as simulator:
            for line in _instructions(simulator, speed):
                show(console, line)
            async for _ in signals:
                break
        held = f"{len(simulator.users):,} users and {len(simulator.purchases):,} purchases"
        requests = f"{simulator.requests:,} requests, {simulator.throttled:,} of them refused (429)"
        show(console, f"{requests}; the account had {held}.")
    return 0


def _instructions(simulator: Simulator, speed: float) -> list[str]:
    segment = f" --segment {simulator.segment:g}" if speed != 1 else ""
    files = " --users FILE --purchases FILE --mapping FILE"
    return [
        f"A WoowUp account at {simulator.url}, {speed:g}x speed. Press Ctrl-C to stop it. To fill it:",
        "",
        f"WOOWUP_API_KEY={simulator.api_key} woowup backfill --base-url {simulator.url}{segment}{files}",
        "",
    ]
