"""A plot of accepted requests over time, with the greedy oracle and the refusals."""

from __future__ import annotations

import random
from pathlib import Path

import matplotlib as mpl

from benchmarks.limiter import clients
from benchmarks.limiter.situations import USUAL
from benchmarks.limiter.world import Ledger, Rules, Server, World, greedy
from benchmarks.virtual import run

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "woowup_async"  # so that the same figures give the same file

from matplotlib import pyplot as plt  # noqa: E402 - the backend is chosen before

SECONDS = 300.0
SHOWN = {
    "woowup_async": (clients.ours(), "#1b7837"),
    "aiolimiter (140, 60)": (clients.leaky_bucket(140, 60), "#e08214"),
    "aiolimiter (10, 5), sized to the rule": (clients.leaky_bucket(10, 5), "#8073ac"),
    "retry after Retry-After": (clients.retry_after_only(), "#b2182b"),
}


def draw(path: Path, seed: int) -> None:
    """Save the plot: five minutes of a fresh account, 200 ms away."""
    rules = Rules(skew=1.7e9 + random.Random(seed).uniform(0, 30))
    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    ideal = greedy(rules, SECONDS)
    axes.step(ideal.accepted, range(1, len(ideal.accepted) + 1), color="0.75", linewidth=4, label="greedy oracle")
    for name, (client, colour) in SHOWN.items():
        ledger = _spend(rules, client, seed)
        counts = range(1, len(ledger.accepted) + 1)
        label = f"{name}: {len(ledger.accepted)} accepted, {len(ledger.refused)} refused"
        # two of them are so similar that only dashes show both
        style = "--" if name.startswith("retry") else "-"
        axes.step(ledger.accepted, counts, style, color=colour, linewidth=1.4, label=label)
        heights = [sum(at <= refusal for at in ledger.accepted) for refusal in ledger.refused]
        axes.plot(ledger.refused, heights, "x", color=colour, markersize=6)
    axes.set(xlabel="seconds", ylabel="requests accepted", xlim=(0, SECONDS), ylim=(0, None))
    axes.set_title("One account, 140 requests a minute, 200 ms away; × marks a refusal", fontsize=11)
    axes.legend(loc="upper left", frameon=False)
    axes.grid(color="0.92")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _spend(rules: Rules, client: clients.Client, seed: int) -> Ledger:
    world = World(Server(rules), USUAL, random.Random(seed))

    async def main() -> None:
        await client(world, SECONDS)

    run(main())
    return world.ledger
