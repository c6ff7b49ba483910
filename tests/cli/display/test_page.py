"""The report as a page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.commands import backfill
from tests.support.markup import Markup
from tests.support.modes import is_private
from tests.support.recorded_run import recorded
from woowup_async import Report
from woowup_async.cli.display.page import page
from woowup_async.cli.display.recording import Recording
from woowup_async.testing import Simulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_the_page_needs_nothing_else_and_shows_what_happened() -> None:
    text = page(*recorded(), "interrupted")
    parsed = Markup(text)
    links = [value for _, named in parsed.elements for name, value in named.items() if name in ("src", "href")]
    assert links == ["data:,"]
    assert not parsed.all("script")
    assert "http" not in text
    assert "<b>" not in text.partition("Rejected, by reason")[2].partition("</table>")[0]
    for chart in text.split("<svg ")[1:]:
        ElementTree.fromstring("<svg " + chart.partition("</svg>")[0] + "</svg>")
    shown = " ".join(parsed.text.split())
    assert "records reason 400 user malformed: createtime: expected datetime" in shown
    assert parsed.all("svg")[1]["aria-label"] == (
        "Requests a minute: at most 60 sent, at most 4 refused by the rate limit (429)"
    )
    assert "limit 140" in shown


def test_it_can_be_read_without_seeing_the_charts() -> None:
    parsed = Markup(page(*recorded(), ""))
    assert [len(parsed.all(tag)) for tag in ("header", "main", "h1")] == [1, 1, 1]
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in parsed.all("svg"))
    assert all("scope" in cell for cell in parsed.all("th"))
    assert len(parsed.all("details")) == 2  # the numbers of each chart


def test_an_empty_run_has_a_page_too() -> None:
    assert "every record settled" in page(Recording(140.0, clock=lambda: 0.0), Report(), "")


def test_files(simulator: Simulator, files: tuple[str, ...], tmp_path: Path) -> None:
    html, data = tmp_path / "r.html", tmp_path / "r.json"
    result = backfill(simulator, *files, "--report", html, "--report", data)
    assert result.exit_code == 1
    assert "<h1>WoowUp backfill</h1>" in html.read_text()
    shown = json.loads(data.read_text())
    assert (shown["users"]["accepted"], shown["purchases"]["rejected"], shown["requests"]) == (31, 1, 34)
    assert sum(column["purchases"] for column in shown["columns"]) == 250
    assert is_private(html)
    assert is_private(data)


@pytest.mark.browser
def test_a_browser_shows_it_without_an_error(tmp_path: Path) -> None:
    assert CHROMIUM, "needs chromium on the PATH"
    (tmp_path / "r.html").write_text(page(*recorded(), ""))
    common = (CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0")
    shot = tmp_path / "r.png"
    done = subprocess.run(
        [*common, f"--screenshot={shot}", "--window-size=820,1400", f"file://{tmp_path}/r.html"],
        capture_output=True, text=True, timeout=25, check=True, env=os.environ | {"HOME": str(tmp_path)},
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    assert shot.stat().st_size > 20_000
    dom = subprocess.run(
        [*common, "--dump-dom", f"file://{tmp_path}/r.html"],
        capture_output=True, text=True, timeout=25, check=True, env=os.environ | {"HOME": str(tmp_path)},
    ).stdout  # fmt: skip
    assert dom.count("<svg") == 3
    assert dom.count("<rect") > 200
