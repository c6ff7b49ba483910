"""The report as one HTML page, without scripts and without links to other files.

Room: cli. Pure. The charts are SVG. Each column shows its numbers when the mouse is over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from woowup_async._text import printable
from woowup_async.cli.display.recording import Column, Recording
from woowup_async.cli.display.words import span, unconfirmed_lines
from woowup_async.outcomes import Report

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 720, 200, 52, 24
_SHOWN = 20
#: Longest text in a cell (guessed).
_LONGEST = 1_000

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6778; --line: #d8dde6; --back: #fff; --card: #f6f7f9;
  --one: #2f6fde; --two: #129d6b; --bad: #c9392c; --warn: #b7791f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf1; --soft: #9aa5b8; --line: #343c4b; --back: #14181f;
  --card: #1d232d; --one: #78a7f7; --two: #3cc694; --bad: #f0766b; --warn: #e0a94e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 2rem auto;
  max-width: 780px; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); } .bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child, td:first-child, .text { text-align: left; } th { font-weight: 600; color: var(--soft); }
td.text { overflow-wrap: anywhere; }
.bar { background: var(--card); min-width: 8rem; } .bar i { display: block; height: .8rem; background: var(--bad); }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; margin: 1rem 0; }
.cards div { background: var(--card); border-radius: .4rem; padding: .6rem .8rem; }
.cards b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.key { display: inline-block; width: .7rem; height: .7rem; border-radius: .15rem; margin: 0 .3rem 0 .8rem; }
"""


def page(recording: Recording, report: Report, stopped_by: str) -> str:
    """Return the page."""
    ending = f"stopped: {stopped_by}" if stopped_by else "every record settled"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>WoowUp backfill</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<style>{_STYLE}</style></head><body>",
        "<h1>WoowUp backfill</h1>",
        f'<p class="soft">{recording.began:%Y-%m-%d %H:%M} UTC, {span(report.elapsed)}; {_shown(ending)}</p>',
        *_cards(report),
        *_totals(report),
        *_unconfirmed(report),
        "<h2>Requests a minute, and the account's limit</h2>",
        *_requests(recording),
        "<h2>Accepted, over time</h2>",
        *_accepted(recording),
        *_reasons(recording),
        *_slowest(recording),
        *_saved(report),
        "</body></html>",
    ]
    return "\n".join(parts)


def _shown(text: str) -> str:
    """Escape text from data or from the server."""
    return escape(printable(text, _LONGEST))


def _cards(report: Report) -> Iterator[str]:
    yield '<div class="cards">'
    for name, count, kind in (
        ("accepted", report.accepted, ""),
        *((("of these unconfirmed", report.unconfirmed, "bad"),) if report.unconfirmed else ()),
        ("rejected", report.rejected, "bad" if report.rejected else ""),
        ("not settled", report.released + report.in_doubt, "bad" if report.released + report.in_doubt else ""),
        ("requests", report.requests, ""),
        ("refused (429)", report.throttled, "bad" if report.throttled else ""),
        ("requests saved", report.requests_saved, ""),
    ):
        yield f'<div><span class="soft">{name}</span><b class="{kind}">{count:,}</b></div>'
    yield "</div>"


def _totals(report: Report) -> Iterator[str]:
    head = ("", "submitted", "accepted", "of which unconfirmed", "rejected", "released", "in doubt", "rows")
    rows = [
        (
            name, tally.submitted, tally.accepted, tally.unconfirmed, tally.rejected, tally.released, tally.in_doubt,
            tally.rows,
        )
        for name, tally in (("users", report.users), ("purchases", report.purchases))
    ]  # fmt: skip
    yield from _table(head, [[name, *(f"{count:,}" for count in counts)] for name, *counts in rows])
    for name, tally in (("users", report.users), ("purchases", report.purchases)):
        parts = [f"{count:,} {what}" for what, count in sorted({**tally.effects, **tally.codes}.items())]
        if parts:
            yield f'<p class="soft">{name}: {_shown(", ".join(parts))}</p>'


def _unconfirmed(report: Report) -> Iterator[str]:
    if report.unconfirmed:
        text = " ".join(line.strip() for line in unconfirmed_lines(report.unconfirmed))
        yield f'<p class="bad">{_shown(text)}</p>'


def _requests(recording: Recording) -> Iterator[str]:
    per_minute = 60 / recording.width
    values = [column.requests * per_minute for column in recording.columns]
    top = _nice(max([*values, recording.per_minute]))
    yield from _chart(top, recording)
    step = _step(recording.columns)
    for number, (column, value) in enumerate(zip(recording.columns, values)):
        refused = column.throttled * per_minute
        x, width = _LEFT + number * step, max(step - 0.5, 0.5)
        text = f"{_moment(recording, number)}: {column.requests:,} requests, {column.throttled:,} refused"
        yield f'<g><title>{text}</title><rect x="{x:.1f}" width="{width:.1f}" fill="var(--one)" {_box(value, top)}/>'
        yield f'<rect x="{x:.1f}" width="{width:.1f}" fill="var(--bad)" {_box(refused, top)}/></g>'
    y = _y(recording.per_minute, top)
    yield (
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--warn)" stroke-dasharray="5 3"/>'
        f'<text x="{_WIDTH}" y="{y - 4:.1f}" text-anchor="end">limit {recording.per_minute:,.0f}</text></svg>'
    )
    yield '<p class="soft">' + _key("one", "sent") + _key("bad", "refused by the rate limit (429)") + "</p>"


def _accepted(recording: Recording) -> Iterator[str]:
    lines = {"users": "one", "purchases": "two"}
    sums = {name: _running(recording.columns, name) for name in lines}
    top = _nice(max(max(each, default=0) for each in sums.values()))
    yield from _chart(top, recording)
    step = _step(recording.columns)
    for name, colour in lines.items():
        points = " ".join(f"{_LEFT + (n + 1) * step:.1f},{_y(value, top):.1f}" for n, value in enumerate(sums[name]))
        yield (
            f'<polyline points="{_LEFT},{_y(0, top):.1f} {points}" fill="none" stroke="var(--{colour})" '
            f'stroke-width="2"><title>{name}</title></polyline>'
        )
    yield "</svg>"
    yield '<p class="soft">' + "".join(_key(colour, name) for name, colour in lines.items()) + "</p>"


def _reasons(recording: Recording) -> Iterator[str]:
    found = recording.reasons.most_common(_SHOWN)
    if not found:
        return
    most = found[0][1]
    yield "<h2>Rejected, by reason</h2>"
    yield '<table><tr><th>entity</th><th class="text">reason</th><th>records</th><th></th></tr>'
    for (entity, code, reason), count in found:
        text = _shown(f"{code}: {reason}" if reason else code)
        bar = f'<td class="bar"><i style="width:{100 * count / most:.1f}%"></i></td>'
        yield f'<tr><td>{_shown(entity)}</td><td class="text">{text}</td><td>{count:,}</td>{bar}</tr>'
    yield "</table>"


def _slowest(recording: Recording) -> Iterator[str]:
    if recording.slowest:
        yield "<h2>Slowest requests</h2>"
        rows = [
            [slow.endpoint, slow.status, f"{slow.seconds * 1e3:,.0f} ms", f"{span(slow.at)} in"]
            for slow in recording.slowest
        ]
        yield from _table(("endpoint", "status", "took", "when"), rows)


def _saved(report: Report) -> Iterator[str]:
    counts = {
        "requests saved": report.saved,
        "fields that cleaning changed": report.cleaned,
        "noticed, but sent anyway": report.notices,
        "fields left out": report.left_out,
        "fields that the API does not have": report.unknown_fields,
    }
    for title, found in counts.items():
        if found:
            yield f"<h2>{title.capitalize()}</h2>"
            ordered = sorted(found.items(), key=lambda pair: -pair[1])[:_SHOWN]
            yield from _table(("", "count"), [[name.replace("_", " "), f"{count:,}"] for name, count in ordered])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "<table><tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"


# The geometry of a chart


def _chart(top: float, recording: Recording) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
    for part in (0, 0.5, 1):
        y = _y(top * part, top)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{top * part:,.0f}</text>'
    whole = recording.width * len(recording.columns)
    yield f'<text x="{_LEFT}" y="{_HEIGHT - 6}">0</text>'
    yield f'<text x="{_WIDTH}" y="{_HEIGHT - 6}" text-anchor="end">{span(whole)}</text>'


def _y(value: float, top: float) -> float:
    room = _HEIGHT - _BOTTOM - 14
    return 14 + room * (1 - value / top)


def _box(value: float, top: float) -> str:
    return f'y="{_y(value, top):.1f}" height="{max(0.0, _y(0, top) - _y(value, top)):.1f}"'


def _step(columns: Sequence[Column]) -> float:
    return (_WIDTH - _LEFT) / max(1, len(columns))


def _running(columns: Sequence[Column], name: str) -> list[int]:
    total, sums = 0, []
    for column in columns:
        total += getattr(column, name)
        sums.append(total)
    return sums


def _nice(value: float) -> float:
    """Return the next round number."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next((power * step for step in (1, 2, 2.5, 5, 10) if power * step >= value), value) if value > 0 else 1.0


def _moment(recording: Recording, number: int) -> str:
    return f"{span(number * recording.width)} in"


def _key(colour: str, name: str) -> str:
    return f'<span class="key" style="background:var(--{colour})"></span>{name}'
