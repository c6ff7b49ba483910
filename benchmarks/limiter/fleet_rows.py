"""The rows of several workers, their bars, and their table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.limiter import fleet_peers
from benchmarks.limiter.fleets import Fleet, FleetScore
from benchmarks.limiter.situations import FAR, NEAR, Bar
from benchmarks.limiter.world import Rules

SIZES = (2, 4, 16, 64)
#: The rows in which other ways to share are measured, and the sizes for other limiters.
COMPARED = ("200 ms", "one is busy", "foreign 0.2/s, remaining = limit − current")
PEER_SIZES = (4, 16)
#: Most round trips to the store for a permit, by the number of workers.
MOST_TRIPS = {4: 3.0, 64: 8.0}
#: How far below one process the workers may stay, where its share is the bar.
BELOW_ONE = 0.02

EXACT, FOREIGN = Bar(0.998), Bar(0.96, 1.5)
ESTIMATED = Rules(weighs_remaining=True)


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One row: a situation for any number of workers. Without a bar, it is compared with one process."""

    what: str
    fleet: Fleet
    bar: Bar | None = EXACT
    sizes: tuple[int, ...] = SIZES

    def of(self, workers: int, is_shared_by: str = "a store") -> Fleet:
        """Return the situation for a number of workers."""
        return replace(self.fleet, workers=workers, is_shared_by=is_shared_by)


ROWS = [
    FleetRow("50 ms", Fleet(1, NEAR)),
    FleetRow("200 ms", Fleet(1)),
    FleetRow("800 ms with tails to 4 s", Fleet(1, FAR), Bar(0.98)),
    FleetRow("half of the workers are killed", Fleet(1, dies=True), Bar(0.997)),
    FleetRow("one is busy", Fleet(1, is_uneven=True), Bar(0.997)),
    FleetRow("foreign 0.2/s, remaining = limit − current", Fleet(1, foreign=0.2), FOREIGN),
    FleetRow("foreign 0.2/s, remaining = limit − estimated", Fleet(1, foreign=0.2, rules=ESTIMATED), FOREIGN),
    FleetRow("foreign 1/s, remaining = limit − current", Fleet(1, foreign=1.0), None),
    FleetRow("foreign 1/s, remaining = limit − estimated", Fleet(1, foreign=1.0, rules=ESTIMATED), None),
    FleetRow("the store is down for 60 s", Fleet(1, down=(540.0, 600.0)), Bar(0.97, 1.0)),
    FleetRow("the store forgets", Fleet(1, forgets_at=600.0), Bar(0.995)),
    FleetRow("20 ms to the store", Fleet(1, trip=0.02), EXACT, (4, 16, 64)),
    FleetRow("100 ms to the store", Fleet(1, trip=0.1), EXACT, (4, 16, 64)),
]


@dataclass(frozen=True, slots=True)
class FleetResult:
    """The means over the runs of a row."""

    what: str
    workers: int
    is_shared_by: str
    share: float
    worst: float
    refused_per_1000: float
    split: tuple[float, float]
    trips: float
    conflicts: float
    bar: str = ""
    is_reached: bool = True


def measure(pool: Executor, seeds: range, only: str = "") -> list[FleetResult]:
    """Run the rows whose name matches a pattern."""
    results = list[FleetResult]()
    for row in ROWS:
        if not fnmatch(row.what, f"*{only}*"):
            continue
        alone = None if row.bar else _summed(pool, row, 1, "nothing", seeds)
        for workers in row.sizes:
            bar = row.bar or Bar(alone.share - BELOW_ONE if alone else 0.0, float("inf"))
            results.append(_judged(_summed(pool, row, workers, "a store", seeds), bar, row.fleet))
        if row.what in COMPARED:
            ways = {"nothing": row.sizes, "parts": row.sizes} | dict.fromkeys(fleet_peers.installed(), PEER_SIZES)
            for how, sizes in ways.items():
                results += [_summed(pool, row, workers, how, seeds) for workers in sizes if workers in row.sizes]
        results += [alone] if alone else []
    return results


def _summed(pool: Executor, row: FleetRow, workers: int, how: str, seeds: range) -> FleetResult:
    fleet = row.of(workers, how)
    scores = list(pool.map(_one, [(fleet, seed) for seed in seeds]))
    accepted = sum(sum(score.accepted) for score in scores)
    trips = sum(score.trips for score in scores)
    result = FleetResult(
        row.what, workers, how,
        share=sum(score.share for score in scores) / len(scores),
        worst=min(score.share for score in scores),
        refused_per_1000=1_000 * sum(score.refused for score in scores) / accepted,
        split=(min(score.split[0] for score in scores), max(score.split[1] for score in scores)),
        trips=trips / accepted,
        conflicts=sum(score.conflicts for score in scores) / trips if trips else 0.0,
    )  # fmt: skip
    print(
        f"  {workers} workers by {how}, {row.what}: {result.share:.4f}, {result.refused_per_1000:.2f} refused",
        flush=True,
    )
    return result


def _one(job: tuple[Fleet, int]) -> FleetScore:
    fleet, seed = job
    return fleet.run(seed)


def _judged(result: FleetResult, bar: Bar, fleet: Fleet) -> FleetResult:
    goal = f"≥ {bar.share:.4g}" + (f", ≤ {bar.refused:g}" if bar.refused < float("inf") else "")
    is_reached = result.share >= bar.share and result.refused_per_1000 <= bar.refused
    if result.workers == 16 and not (fleet.dies or fleet.is_uneven):
        goal += ", split 0.85–1.15"
        is_reached = is_reached and result.split[0] >= 0.85 and result.split[1] <= 1.15
    if result.workers in MOST_TRIPS and not fleet.foreign and fleet.trip < 0.01:
        goal += f", trips ≤ {MOST_TRIPS[result.workers]:g}"
        is_reached = is_reached and result.trips <= MOST_TRIPS[result.workers]
    return replace(result, bar=goal, is_reached=is_reached)


def table(results: Iterable[FleetResult]) -> list[str]:
    """Return a Markdown table."""
    lines = ["| situation | workers | by | share | worst | refused / 1,000 | split | trips | conflicts | to reach | |"]
    lines.append("|" + "---|" * 11)
    for each in results:
        split = f"{each.split[0]:.2f}–{each.split[1]:.2f}" if each.workers > 1 else ""
        trips = (f"{each.trips:.1f}", f"{100 * each.conflicts:.1f} %") if each.trips else ("", "")
        verdict = (each.bar, "yes" if each.is_reached else "NO") if each.bar else ("", "")
        figures = (f"{each.share:.4f}", f"{each.worst:.4f}", f"{each.refused_per_1000:.2f}", split, *trips, *verdict)
        lines.append("| " + " | ".join((each.what, str(each.workers), each.is_shared_by, *figures)) + " |")
    return lines


def report(results: list[FleetResult], seeds: range, folder: Path | None) -> list[str]:
    """Return the lines of the page, and save them in a folder."""
    lines = [
        f"{len(seeds)} runs of 20 simulated minutes a row, seeds from {seeds[0]}; 1 ms to the store and back, unless",
        "the row says otherwise. Split: the least and the most of a worker, as parts of an equal part, over all runs.",
        "Trips: round trips to the store for an accepted request. By: a store, as in this library; nothing;",
        "`share=1/n` (parts); or another limiter, whose workers share its state in memory, 1 ms away, in the same",
        "virtual time (`benchmarks/limiter/fleet_peers.py`). After a 429, its workers wait as long as it says.",
        "",
        *table(results),
    ]
    if folder is not None:
        folder.mkdir(exist_ok=True)
        (folder / "fleets.md").write_text(
            "# Several workers, one budget\n\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
        figures = json.dumps([asdict(each) for each in results], indent=1, ensure_ascii=False)
        (folder / "fleets.json").write_text(figures + "\n", encoding="utf-8")
    return lines
