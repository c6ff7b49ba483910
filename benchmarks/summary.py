"""`python -m benchmarks summary`: the figures of all runs in one file, and those of `docs/speed.md` after them.

The form of the file: `{"runs": {run: {"machine": text, "bars": {what: {"figure": number, "bar": text, "is_reached":
bool}}, "rows": {row: {column: text}}}}}`. The tables of the page have a claim, its figure, and its place in this file:
a run, then a bar, or a row and a column.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS

FILE = RESULTS / "summary.json"
PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
#: A row of a table of the page: `| claim | figure | [run](link): bar, or row → column |`.
CLAIM = re.compile(
    r"^\| (?P<claim>.+?) \| (?P<figure>[^|]+?) \| \[(?P<run>\w+)\]\([^)]*\): (?P<place>[^|]+?) \|$", re.MULTILINE
)


def summary() -> dict[str, Any]:
    """Return the figures of all runs that saved a table."""
    runs: dict[str, Any] = {}
    for path in sorted(RESULTS.glob("*.json")):
        saved = json.loads(path.read_text(encoding="utf-8"))
        if path == FILE or "bars" not in saved:
            continue
        runs[path.stem] = {
            "machine": saved["machine"],
            "bars": {
                what: {"figure": figure, "bar": bar, "is_reached": is_reached}
                for what, figure, bar, is_reached in saved["bars"]
            },
            "rows": {name: dict(zip(saved["head"][1:], row[1:])) for name, row in _named(saved["rows"])},
        }
    return {"runs": runs}


def _named(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each row with its first cell, or with its first two if several rows have the same first one."""
    firsts = Counter(row[0] for row in rows)
    for row in rows:
        yield (row[0] if firsts[row[0]] == 1 else f"{row[0]}, {row[1]}"), row


def figure_of(runs: dict[str, Any], run: str, place: str) -> str:
    """Return the figure at a place, as the page shows it.

    Raises:
        KeyError: there is none.

    """
    row, arrow, column = place.partition(" → ")
    if arrow:
        return str(runs[run]["rows"][row][column])
    return f"{runs[run]['bars'][place]['figure']:.3g}"


def with_figures(page: str, runs: dict[str, Any]) -> str:
    """Return the page with the figures of these runs."""

    def row(found: re.Match[str]) -> str:
        figure = figure_of(runs, found["run"], found["place"])
        whole = found[0]
        return whole[: found.start("figure") - found.start()] + figure + whole[found.end("figure") - found.start() :]

    return CLAIM.sub(row, page)


def main() -> None:
    """Write the file and the figures of the page."""
    found = summary()
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), found["runs"]), encoding="utf-8")


if __name__ == "__main__":
    main()
