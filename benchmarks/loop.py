"""`python -m benchmarks loop`: the longest times that the event loop is blocked, compared with an idle loop."""

from __future__ import annotations

from benchmarks.common import Result, child, median, null_server

COUNT, ROUNDS = 100_000, 3
_WHAT = ("ours", "ours_from_models", "ours_with_journal", "floor_with_decode", "elasticsearch")


def main() -> None:
    """Measure, print, save."""
    result = Result("loop", "What blocks the event loop", head=("", "p99 ms", "max ms", "idle p99 ms", "idle max ms"))
    result.notes.append(
        f"A task that sleeps for 1 ms and measures how late it wakes; n = {COUNT:,}, medians of {ROUNDS}."
    )
    with null_server() as url:
        for name in _WHAT:
            runs = [child("benchmarks.uploads:measure", name, url, COUNT, True) for _ in range(ROUNDS)]
            if "missing" in runs[0]:
                result.rows.append((name, runs[0]["missing"], "", "", ""))
                continue
            found = {key: median([run[key] for run in runs]) for key in ("lag_p99", "lag_max", "idle_p99", "idle_max")}
            result.rows.append((name, *(f"{figure:.1f}" for figure in found.values())))
            if name.startswith("ours"):
                result.bar(f"{name}, p99 above idle, ms", found["lag_p99"] - found["idle_p99"], "≤", 5)
    result.save()


if __name__ == "__main__":
    main()
