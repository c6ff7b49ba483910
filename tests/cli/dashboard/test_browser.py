"""A browser shows the dashboard: it updates, fits narrow and wide windows, and can be used with a keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from tests.support.chromium import Tab, browser
from tests.support.glances import glance, live, snapshot
from woowup_async.cli.dashboard.server import Address, Dashboard
from woowup_async.cli.dashboard.view import Snapshot
from woowup_async.cli.dashboard.watch import JournalWatch

pytestmark = pytest.mark.browser
PNG = b"\x89PNG"


class Watched(JournalWatch):
    """A journal that is what a test says."""

    def __init__(self, shot: Snapshot) -> None:
        self.shot = shot

    def look(self) -> Snapshot:
        return self.shot


@asynccontextmanager
async def shown(folder: Path, *watches: Watched) -> AsyncIterator[tuple[Tab, Dashboard]]:
    async with Dashboard(watches, Address(), period=0.1) as dashboard, browser(folder) as tab:
        yield tab, dashboard


async def test_it_fits_the_window_and_has_no_errors(tmp_path: Path) -> None:
    long = replace(snapshot(), name="a-journal-with-a-very-long-name-" * 4)
    async with shown(tmp_path, Watched(snapshot()), Watched(long)) as (tab, dashboard):
        for width, scheme in product([360, 1_440], ["light", "dark"]):
            await tab.open(dashboard.url, width, scheme)
            await tab.until("document.getElementById('link') && document.getElementById('link').textContent == 'Live.'")
            assert await tab.value("document.documentElement.scrollWidth") <= width
            assert await tab.value("document.querySelectorAll('svg rect.one').length") >= 8
            back = await tab.value("getComputedStyle(document.body).backgroundColor")
            assert back == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 24, 31)")
            picture = await tab.shot()
            assert picture.startswith(PNG)
            assert len(picture) > 30_000
        assert tab.trouble == []  # also no violation of the security policy


async def test_it_updates_and_keeps_what_was_opened(tmp_path: Path) -> None:
    watched = Watched(snapshot())
    async with shown(tmp_path, watched) as (tab, dashboard):
        await tab.open(dashboard.url)
        await tab.until("document.querySelector('#j0-causes summary')")
        await tab.value("document.querySelector('#j0-causes summary').focus()")
        await tab.press("Enter", 13)
        await tab.until("document.querySelector('#j0-causes details').open")
        assert await tab.value("document.querySelector('#j0-causes details').innerText.includes('orders.csv:17')")
        totals = watched.shot.totals
        assert totals is not None
        more = replace(totals, causes=(totals.causes[0]._replace(records=777), *totals.causes[1:]))
        watched.shot = replace(watched.shot, totals=more, glance=glance(is_running=False))
        await tab.until("document.querySelector('#j0-causes td').textContent == '777'")
        assert await tab.value("document.getElementById('j0-state').textContent") == "stopped"
        assert await tab.value("document.querySelector('#j0-causes details').open")
        assert await tab.value("document.activeElement == document.querySelector('#j0-causes summary')")
        assert tab.trouble == []


async def test_text_from_data_is_text(tmp_path: Path) -> None:
    async with shown(tmp_path, Watched(snapshot())) as (tab, dashboard):
        await tab.open(dashboard.url)
        await tab.until("document.getElementById('j0-causes')")
        assert await tab.value("document.getElementById('j0-causes').innerText.includes('<script>alert(1)</script>')")
        assert await tab.value("document.scripts.length") == 1
        assert await tab.value("document.querySelectorAll('main b b, main script').length") == 0


async def test_it_says_when_it_has_ended(tmp_path: Path) -> None:
    async with browser(tmp_path) as tab:
        async with Dashboard([Watched(snapshot(live=live()))], Address(), period=0.1) as dashboard:
            await tab.open(dashboard.url)
            await tab.until("document.getElementById('link') && document.getElementById('link').textContent == 'Live.'")
        await tab.until("document.getElementById('link').textContent.startsWith('The dashboard has ended.')")
        assert "records have an outcome" in await tab.value("document.body.innerText")


async def test_the_first_key_press_skips_to_the_journals(tmp_path: Path) -> None:
    async with shown(tmp_path, Watched(snapshot())) as (tab, dashboard):
        await tab.open(dashboard.url)
        await tab.until("document.querySelector('.skip')")
        await tab.press("Tab", 9)
        assert await tab.value("document.activeElement.className") == "skip"
        assert await tab.value("document.activeElement.getBoundingClientRect().left") >= 0
        await tab.press("Enter", 13)
        await tab.until("document.activeElement.id == 'main'")
