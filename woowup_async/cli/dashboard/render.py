"""The dashboard as HTML: a page, and the parts of it that change.

Room: cli. Pure. The browser gets whole parts, each with an id, and replaces those that changed. So there is one text
for the first page and for what follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from woowup_async.cli.dashboard.assets import SCRIPT, STYLE
from woowup_async.cli.dashboard.panels import PANELS, View, shown


def page(views: Sequence[View], now: float, nonce: str) -> str:
    """Return the whole page. Its style and its script are allowed by the nonce."""
    title = views[0]["name"] if len(views) == 1 else f"{len(views)} journals"
    inside = parts_of(views, now)
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{shown(title)} · WoowUp dashboard</title>",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f'<style nonce="{nonce}">{STYLE}</style></head><body>',
            '<a class="skip" href="#main">Skip to the journals</a>',
            '<header><h1>WoowUp dashboard</h1><p class="soft">Read-only. Times are UTC.',
            '<span id="link" role="status">Loaded once; it updates while scripts are allowed.</span></p></header>',
            *_contents(views),
            '<main id="main" tabindex="-1">',
            *(line for at, view in enumerate(views) for line in _section(f"j{at}", view, inside)),
            "</main>",
            f'<script nonce="{nonce}">{SCRIPT}</script></body></html>',
        ]
    )


def parts_of(views: Sequence[View], now: float) -> dict[str, str]:
    """Return the parts that change, by the id of their element."""
    parts = {}
    for at, view in enumerate(views):
        for name, panel in PANELS.items():
            parts[f"j{at}-{name}"] = "".join(panel(view, now))
    return parts


def _contents(views: Sequence[View]) -> Iterator[str]:
    if len(views) > 1:
        yield '<nav aria-label="Journals"><ul>'
        yield from (f'<li><a href="#j{at}">{shown(view["name"])}</a></li>' for at, view in enumerate(views))
        yield "</ul></nav>"


def _section(key: str, view: View, inside: dict[str, str]) -> Iterator[str]:
    yield f'<section id="{key}" aria-labelledby="{key}-name">'
    yield f'<div class="title"><h2 id="{key}-name">{shown(view["name"])}</h2>'
    yield f'<div id="{key}-state" role="status">{inside[f"{key}-state"]}</div></div>'
    yield f'<p class="soft" id="{key}-run">{inside[f"{key}-run"]}</p>'
    for name in ("progress", "cards"):
        yield f'<div id="{key}-{name}">{inside[f"{key}-{name}"]}</div>'
    for row in (("outcomes", "budget"), ("hours", "minutes"), ("causes",), ("problems", "runs")):
        yield f'<div class="row of{len(row)}">'
        yield from (f'<div class="part" id="{key}-{name}">{inside[f"{key}-{name}"]}</div>' for name in row)
        yield "</div>"
    yield "</section>"
