"""`python -m benchmarks.limiter`: write the tables, their JSON and a plot to `benchmarks/results/`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.limiter import fleet_rows
from benchmarks.limiter.cost import costs
from benchmarks.limiter.plot import draw
from benchmarks.limiter.situations import LIMITS, OURS, PEERS, Score, Situation

RESULTS = Path(__file__).parent.parent / "results"
#: The constants of the limiter were tuned with seeds from 0 on.
FIRST_SEED = 10_000
ALL = [*OURS, *PEERS, *LIMITS]


@dataclass(frozen=True, slots=True)
class Row:
    """The totals of all runs of a situation."""

    name: str
    share: float
    worst: float
    refused_per_1000: float
    runs_refused: int
    foreign_refused_percent: float | None
    split: tuple[float, float] | None
    wait: float | None
    bar: str
    is_reached: bool


def sum_up(situation: Situation, scores: list[Score]) -> Row:
    """Return the means over the seeds, and the worst run."""
    accepted = sum(sum(score.accepted) for score in scores)
    refused = 1_000 * sum(score.refused for score in scores) / accepted
    foreign = sum(score.foreign for score in scores)
    foreign_refused = 100 * sum(score.foreign_refused for score in scores) / foreign if foreign else None
    parts = [score.accepted[0] / sum(score.accepted) for score in scores if len(score.accepted) > 1]
    split = (min(parts), max(parts)) if parts else None
    waits = sorted(wait for score in scores for wait in score.waits)
    wait = waits[int(0.99 * len(waits))] if waits else None
    share, bar = sum(score.share for score in scores) / len(scores), situation.bar
    is_reached = (
        share >= bar.share
        and refused <= bar.refused
        and (bar.foreign_refused is None or (foreign_refused or 0.0) <= bar.foreign_refused)
        and (split is None or (split[0] >= 0.42 and split[1] <= 0.58))
        and (bar.wait is None or (wait is not None and wait <= bar.wait))
    )
    goal = f"≥ {bar.share:g}, ≤ {bar.refused:g}"
    goal += f", foreign ≤ {bar.foreign_refused:g} %" if bar.foreign_refused is not None else ""
    goal += f", wait ≤ {bar.wait:g} s" if bar.wait is not None else ""
    worst, runs = min(score.share for score in scores), sum(score.refused > 0 for score in scores)
    return Row(situation.name, share, worst, refused, runs, foreign_refused, split, wait, goal, is_reached)


def table(rows: Iterable[Row], *, is_judged: bool) -> list[str]:
    """Return a Markdown table."""
    lines = ["| situation | share | worst | refused / 1,000 | foreign refused | split | p99 wait | to reach | |"]
    lines.append("|" + "---|" * 9)
    for row in rows:
        foreign = f"{row.foreign_refused_percent:.2f} %" if row.foreign_refused_percent is not None else ""
        split = f"{row.split[0]:.2f}–{row.split[1]:.2f}" if row.split else ""
        wait = f"{row.wait:.3f} s" if row.wait is not None else ""
        verdict = (row.bar, "yes" if row.is_reached else "NO") if is_judged else ("", "")
        cells = (row.name, f"{row.share:.4f}", f"{row.worst:.4f}", f"{row.refused_per_1000:.2f}", foreign, split, wait)
        lines.append("| " + " | ".join((*cells, *verdict)) + " |")
    return lines


def measure(pool: ProcessPoolExecutor, situations: list[Situation], seeds: range) -> list[Row]:
    """Run each situation with every seed."""
    rows = []
    for situation in situations:
        index = ALL.index(situation)  # a situation itself cannot be sent to another process
        scores = list(pool.map(_one, [(index, seed) for seed in seeds]))
        rows.append(sum_up(situation, scores))
        print(f"  {rows[-1].name}: {rows[-1].share:.4f}, {rows[-1].refused_per_1000:.2f} refused", flush=True)
    return rows


def _one(job: tuple[int, int]) -> Score:
    index, seed = job
    return ALL[index].run(seed)


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limiter", description=__doc__)
    parser.add_argument("--seeds", type=int, default=30, help="runs of 20 simulated minutes per row (default 30)")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help="another set of runs; nothing is saved")
    parser.add_argument("--only", default="", help="only situations whose name matches this pattern; nothing is saved")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fleets", action="store_true", help="only the rows of several workers that share a budget")
    which.add_argument("--alone", action="store_true", help="only the rows of one process, without those")
    parser.add_argument("--fleet-seeds", type=int, default=5, help="runs per row of several workers (default 5)")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # stores fail on purpose
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        fleet_seeds = range(options.first_seed, options.first_seed + options.fleet_seeds)
        is_saved = not options.only and options.first_seed == FIRST_SEED
        fleets = [] if options.alone else fleet_rows.measure(pool, fleet_seeds, options.only)
    if fleets:
        print("\n".join(["", *fleet_rows.report(fleets, fleet_seeds, RESULTS if is_saved else None)]))
    if options.fleets:
        return
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        ours, peers, limits = (
            measure(pool, [each for each in group if fnmatch(each.name, f"*{options.only}*")], seeds)
            for group in (OURS, PEERS, LIMITS)
        )
    lines = [
        f"{len(seeds)} runs of 20 simulated minutes a row, seeds from {seeds[0]}; Python {platform.python_version()}.",
        "Share: our accepted requests, divided by those of a greedy oracle without delay minus what the others take",
        "without us. It is counted from the second segment on.",
        "",
        *table(ours, is_judged=True),
        "",
        "Alternatives, alone, 200 ms:",
        "",
        *table(peers, is_judged=False),
        "",
        "What is possible beside 2 requests a second: a program without distance knows the server's count, and spends",
        "only at the last moment of each segment. So at most 2 % of foreign requests refused, and a share of 0.92,",
        "exclude each other: requests of others are refused because of what the segment before has.",
        "",
        *table(limits, is_judged=False),
    ]
    if not options.only:
        lines += ["", "CPU, medians (to reach: `ready_at` + `spend` ≤ 5 µs, `admit` ≤ 20 µs):", ""]
        lines += ["| | µs |", "|---|---|", *(f"| {what} | {cost:.2f} |" for what, cost in costs().items())]
    print("\n".join(["", *lines]))
    if not options.only and options.first_seed == FIRST_SEED:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "limiter.md").write_text("# The account limiter\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
        figures = json.dumps([asdict(row) for row in (*ours, *peers, *limits)], indent=1, ensure_ascii=False)
        (RESULTS / "limiter.json").write_text(figures + "\n", encoding="utf-8")
        draw(RESULTS / "limiter.svg", FIRST_SEED)
        print(f"\nsaved to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()
