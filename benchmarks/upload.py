"""`python -m benchmarks upload`: send purchases to a null server with this library, with floors and with other clients.

Each run has its own process on one core; the server has the other. All send the same documents, a hundred per request.
"""

from __future__ import annotations

from typing import Any

from benchmarks.common import Result, child, median, null_server

COUNT, PEERS, ROUNDS = 200_000, 20_000, 5
#: Each is next to the one that it is compared with, since the speed of the machine changes over time.
_OURS = ("floor", "floor_with_decode", "ours", "ours_with_journal", "floor_with_encode", "ours_from_models", "httpx")
_PEERS = ("elasticsearch", "opensearch", "posthog", "posthog_async", "segment", "influxdb", "bigquery")


def main() -> None:
    """Measure, print, save."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in (*_OURS, *_PEERS)}
    with null_server() as url:
        for round_ in range(ROUNDS):
            for name, seen in runs.items():
                if round_ == 0 or (seen and "missing" not in seen[0]):
                    seen.append(child("benchmarks.uploads:measure", name, url, COUNT if name in _OURS else PEERS))
        lags = {
            name: child("benchmarks.uploads:measure", name, url, 50_000 if name in _OURS else PEERS, True)
            for name, seen in runs.items()
            if "missing" not in seen[0]
        }
    result = Result("upload", "Purchases to a null server, one core")
    result.head = ("", "purchases/s", "CPU µs", "peak MB", "loop lag p99 / max, ms", "idle p99, ms")
    result.notes.append(
        f"n = {COUNT:,} ({PEERS:,} for the last seven), 1.7 KB each, medians of {ROUNDS} rounds of alternating"
        " processes, ratios by round."
    )
    for name, seen in runs.items():
        if "missing" in seen[0]:
            result.rows.append((name, seen[0]["missing"], "", "", "", ""))
            continue
        if not _is_valid(seen):
            text = f"void: {seen[0]['delivered']:,} of {seen[0]['offered']:,} delivered"
            result.rows.append((name, text, "", "", "", ""))
            continue
        figure = {key: median([run[key] for run in seen]) for key in ("cpu", "wall", "peak")}
        lag = lags[name]
        result.rows.append(
            (
                name, f"{1e6 / figure['wall']:,.0f}", f"{figure['cpu']:.1f}", f"{figure['peak']:.0f}",
                _told_lag(lag), f"{lag['idle_p99']:.1f}",
            )
        )  # fmt: skip
    _hold(result, runs, lags)
    result.save()


def _is_valid(runs: list[dict[str, Any]]) -> bool:
    """Return whether all documents were delivered."""
    return all("missing" not in run and run["delivered"] == run["offered"] for run in runs)


def _told_lag(lag: dict[str, float]) -> str:
    """Return how late a ticking task woke. If it never did, the loop was blocked all the time."""
    return f"{lag['lag_p99']:.1f} / {lag['lag_max']:.1f}" if "lag_p99" in lag else "blocked throughout"


def _hold(result: Result, runs: dict[str, list[dict[str, Any]]], lags: dict[str, dict[str, float]]) -> None:
    def ratio(one: str, other: str, figure: str) -> float:
        return median([a[figure] / b[figure] for a, b in zip(runs[one], runs[other], strict=True)])

    result.bar("throughput ÷ (decode + aiohttp), from bytes", ratio("floor_with_decode", "ours", "wall"), "≥", 0.65)
    from_models = ratio("floor_with_encode", "ours_from_models", "wall")
    result.bar("throughput ÷ (encode + aiohttp), from models", from_models, "≥", 0.55)
    for name, bound in (("elasticsearch", 5), ("segment", 10), ("posthog", 10), ("posthog_async", 10)):
        if _is_valid(runs[name]):
            result.bar(f"CPU of {name} ÷ ours", ratio(name, "ours", "cpu"), "≥", bound)
    result.bar("CPU with a journal ÷ without", ratio("ours_with_journal", "ours", "cpu"), "≤", 2)
    result.bar("loop lag above idle, p99, ms", lags["ours"]["lag_p99"] - lags["ours"]["idle_p99"], "≤", 5)


if __name__ == "__main__":
    main()
