"""`woowup simulate`: a WoowUp account on loopback, until somebody stops it.

Room: cli.
"""

from __future__ import annotations

from typing import Annotated

import anyio
import typer
from rich.console import Console

from woowup_async.cli.display.terminal import show
from woowup_async.cli.exits import USAGE, fail
from woowup_async.cli.signals import STOPPING, received
from woowup_async.testing import Simulator


async def simulate(console: Console, port: int, speed: float) -> int:
    """Serve until SIGINT or SIGTERM."""
    async with received(*STOPPING) as signals:
        async with Simulator(port=port, speed=speed) as simulator:
            for line in _invitation(simulator, speed):
                show(console, line)
            async for _ in signals:
                break
        held = f"{len(simulator.users):,} users and {len(simulator.purchases):,} purchases"
        told = f"{simulator.requests:,} requests, {simulator.throttled:,} of them refused (429)"
        show(console, f"{told}; it held {held}.")
    return 0


def _invitation(simulator: Simulator, speed: float) -> list[str]:
    segment = f" --segment {simulator.segment:g}" if speed != 1 else ""
    files = " --users FILE --purchases FILE --mapping FILE"
    return [
        f"A WoowUp account at {simulator.url}, {speed:g}x speed. Ctrl-C ends it. To fill it:",
        "",
        f"WOOWUP_API_KEY={simulator.api_key} woowup backfill --base-url {simulator.url}{segment}{files}",
        "",
    ]


def simulate_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="Shrinks the 30 s segment.")] = 1.0,
) -> None:
    """Be a WoowUp account on this machine.

    For dry runs and integration tests.

    Example: woowup simulate --speed 60
    """
    try:
        raise typer.Exit(anyio.run(simulate, Console(), port, speed))
    except OSError as error:
        fail(f"cannot listen on port {port}: {error.strerror}", USAGE)
