"""The report as a page."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.commands import backfill
from tests.support.recorded_run import recorded
from woowup_async import Report
from woowup_async.cli.display.page import page
from woowup_async.cli.display.recording import Recording
from woowup_async.testing import Simulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_the_page_needs_nothing_else_and_shows_what_happened() -> None:
    text = page(*recorded(), "interrupted")
    parsed = _Page()
    parsed.feed(text)
    assert [link for link in parsed.links if link != "data:,"] == []
    assert "script" not in parsed.tags
    assert "http" not in text
    assert parsed.tags.count("svg") == 2
    assert "<b>" not in text.partition("Rejected, by reason")[2]
    for chart in text.split("<svg ")[1:]:
        ElementTree.fromstring("<svg " + chart.partition("</svg>")[0] + "</svg>")
    assert "createtime: expected datetime</td><td>400</td>" in text


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
    assert {stat.S_IMODE(path.stat().st_mode) for path in (html, data)} == {0o600}


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
    assert dom.count("<svg") == 2
    assert dom.count("<rect") > 200
