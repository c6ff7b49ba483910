"""`docs/scale.md` has the rows that the simulation saved."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
#: Columns of the result that the page leaves out.
LEFT_OUT = {"purchases a second"}


def test_the_page_has_each_simulated_row() -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "scale_out.json").read_text(encoding="utf-8"))
    places = [place for place, name in enumerate(result["head"]) if name not in LEFT_OUT]
    missing = [
        row for cells in result["rows"] if (row := f"| {' | '.join(cells[place] for place in places)} |") not in PAGE
    ]

    assert result["rows"]
    assert missing == []
