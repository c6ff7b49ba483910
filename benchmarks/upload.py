"""`python -m benchmarks upload`: purchases to a null server on loopback, by us, by floors, and by other clients.

Each run is a process of its own, on one core; the server has the other. The same documents, a hundred to a request.
"""

from __future__ import annotations

from typing import Any

from benchmarks.common import Result, child, median, null_server

COUNT, PEERS, ROUNDS = 200_000, 20_000, 3
_OURS = ("floor", "floor_with_decode", "floor_with_encode", "ours", "ours_from_models", "ours_with_journal", "httpx")
_PEERS = ("elasticsearch", "opensearch", "posthog", "posthog_async", "segment", "influxdb")


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
        f"n = {COUNT:,} ({PEERS:,} for the last six), 1.7 KB each, medians of {ROUNDS} rounds of alternating processes."
    )
    figures: dict[str, dict[str, float]] = {}
    for name, seen in runs.items():
        if "missing" in seen[0]:
            result.rows.append((name, seen[0]["missing"], "", "", "", ""))
            continue
        if any(run["delivered"] != run["offered"] for run in seen):
            told = f"void: {seen[0]['delivered']:,} of {seen[0]['offered']:,} delivered"
            result.rows.append((name, told, "", "", "", ""))
            continue
        figure = {key: median([run[key] for run in seen]) for key in ("cpu", "wall", "peak")}
        figures[name], lag = figure, lags[name]
        result.rows.append(
            (
                name, f"{1e6 / figure['wall']:,.0f}", f"{figure['cpu']:.1f}", f"{figure['peak']:.0f}",
                _told_lag(lag), f"{lag['idle_p99']:.1f}",
            )
        )  # fmt: skip
    _hold(result, figures, lags)
    result.save()


def _told_lag(lag: dict[str, float]) -> str:
    """How late a ticking task woke; one that never did was blocked all the time."""
    return f"{lag['lag_p99']:.1f} / {lag['lag_max']:.1f}" if "lag_p99" in lag else "blocked throughout"


def _hold(result: Result, figures: dict[str, dict[str, float]], lags: dict[str, dict[str, float]]) -> None:
    def wall(name: str) -> float:
        return figures[name]["wall"]

    result.bar("throughput ÷ (decode + aiohttp), from bytes", wall("floor_with_decode") / wall("ours"), "≥", 0.65)
    result.bar(
        "throughput ÷ (encode + aiohttp), from models", wall("floor_with_encode") / wall("ours_from_models"), "≥", 0.55
    )
    for name, bound in (("elasticsearch", 5), ("segment", 10), ("posthog", 10), ("posthog_async", 10)):
        if name in figures:
            result.bar(f"CPU of {name} ÷ ours", figures[name]["cpu"] / figures["ours"]["cpu"], "≥", bound)
    result.bar("CPU with a journal ÷ without", figures["ours_with_journal"]["cpu"] / figures["ours"]["cpu"], "≤", 2)
    result.bar("loop lag above idle, p99, ms", lags["ours"]["lag_p99"] - lags["ours"]["idle_p99"], "≤", 5)


if __name__ == "__main__":
    main()
