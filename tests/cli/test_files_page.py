"""The example of `docs/files.md`, from a shop's CSV to the account: its commands print what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.commands import woowup
from woowup_async.testing import Simulator

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("## One example")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", EXAMPLE, re.DOTALL)
URL, SEGMENT = "http://127.0.0.1:8765/apiv3", "0.5"


def ran(line: str, simulator: Simulator) -> str:
    """Run a command of the page and return what it prints."""
    words = line.split()[1:]
    places = {URL: simulator.url, SEGMENT: str(simulator.segment)}
    return str(woowup(*(places.get(word, word) for word in words)).output)


def test_the_example(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    commands = [text for kind, text in BLOCKS if kind == "sh" and not text.startswith(("woowup simulate", "export"))]
    shown = [text for kind, text in BLOCKS if not kind]
    changes = [text for kind, text in BLOCKS if kind == "toml"]
    file, mapping = Path("ventas.csv"), Path("m.toml")
    file.write_text(shown[0], encoding="utf-8")
    new, check, plan, backfill, letters = commands

    assert ran(new, simulator) == shown[1]
    draft = mapping.read_text(encoding="utf-8")
    assert draft.startswith(changes[0])
    draft = re.sub(r"(?m)^timezone = .*\n", lambda _: changes[1], draft)
    mapping.write_text(re.sub(r"(?ms)^leave_out = \[.*?^\]\n", lambda _: changes[2], draft), encoding="utf-8")
    checked = ran(check, simulator)
    assert checked.startswith(shown[2])
    assert checked.endswith(shown[3])
    assert ran(plan, simulator).startswith(shown[4])
    assert shown[4] in ran(backfill, simulator)
    assert ran(letters, simulator) == shown[5]
    file.write_text(shown[0].replace("32/01", "31/01"), encoding="utf-8")
    assert shown[6] in ran(backfill, simulator)
    assert {key[1]: each["prices"]["total"] for key, each in simulator.purchases.items()} == {
        "Centro-00000001": 28601.0, "Norte-00000001": 10500.0, "Norte-00000002": 4000.0,
    }  # fmt: skip
    assert len(shown) == 7
