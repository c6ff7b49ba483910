"""The report as one HTML page, without scripts and without links to other files.

Room: cli. Pure. Its style and its charts are those of the dashboard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from woowup_async._text import printable
from woowup_async.cli.dashboard.assets import STYLE
from woowup_async.cli.dashboard.charts import Chart, Series, figure, meter
from woowup_async.cli.display.recording import Recording
from woowup_async.cli.display.words import span, unconfirmed_lines
from woowup_async.outcomes import Report, Tally

_SHOWN = 20
#: Longest text in a cell (guessed).
_LONGEST = 1_000


def page(recording: Recording, report: Report, stopped_by: str) -> str:
    """Return the page."""
    ending = f"stopped: {stopped_by}" if stopped_by else "every record settled"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>WoowUp backfill</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<style>{STYLE}</style></head><body>",
        "<header><h1>WoowUp backfill</h1>",
        f'<p class="soft">{recording.began:%Y-%m-%d %H:%M} UTC, {span(report.elapsed)}; {_shown(ending)}</p></header>',
        "<main>",
        *_cards(report),
        '<div class="row of2">',
        *_totals(report),
        *_reasons(recording),
        '</div><div class="row of2">',
        *_part("Requests a minute, and the account's limit", _requests(recording)),
        *_part("Accepted, over time", _accepted(recording)),
        "</div>",
        '<div class="row of2">',
        *_slowest(recording),
        *_saved(report),
        "</div></main></body></html>",
    ]
    return "\n".join(parts)


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield f'<div class="part"><h2>{title}</h2>'
    yield from lines
    yield "</div>"


def _cards(report: Report) -> Iterator[str]:
    yield '<dl class="cards">'
    for name, count, kind in (
        ("accepted", report.accepted, ""),
        *((("of these unconfirmed", report.unconfirmed, "bad"),) if report.unconfirmed else ()),
        ("rejected", report.rejected, "bad" if report.rejected else ""),
        ("not settled", report.released + report.in_doubt, "bad" if report.released + report.in_doubt else ""),
        ("requests", report.requests, ""),
        ("refused (429)", report.throttled, "bad" if report.throttled else ""),
        ("requests saved", report.requests_saved, ""),
    ):
        yield f'<div><dt>{name}</dt><dd><b class="{kind}">{count:,}</b></dd></div>'
    yield "</dl>"


def _totals(report: Report) -> Iterator[str]:
    tallies = (("users", report.users), ("purchases", report.purchases))
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in tallies)
    yield '<div class="part"><h2>Outcomes</h2><table class="counts"><thead><tr>'
    yield f'<th scope="col"><span class="hidden">outcome</span></th>{head}</tr></thead><tbody>'
    for name, field in (
        ("submitted", "submitted"),
        ("accepted", "accepted"),
        ("of which unconfirmed", "unconfirmed"),
        ("rejected", "rejected"),
        ("released", "released"),
        ("in doubt", "in_doubt"),
        ("rows", "rows"),
    ):
        cells = "".join(f"<td>{getattr(tally, field):,}</td>" for _, tally in tallies)
        yield f'<tr><th scope="row">{name}</th>{cells}</tr>'
    yield "</tbody></table>"
    for name, tally in tallies:
        if parts := _parts(tally):
            yield f'<p class="soft">{name}: {_shown(parts)}</p>'
    yield from _unconfirmed(report)
    yield "</div>"


def _parts(tally: Tally) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted({**tally.effects, **tally.codes}.items()))


def _unconfirmed(report: Report) -> Iterator[str]:
    if report.unconfirmed:
        text = " ".join(line.strip() for line in unconfirmed_lines(report.unconfirmed))
        yield f'<p class="bad">{_shown(text)}</p>'


def _requests(recording: Recording) -> Iterator[str]:
    per_minute = 60 / recording.width
    # an answer may fall into another column than its request
    sent = [max(0, column.requests - column.throttled) * per_minute for column in recording.columns]
    refused = [column.throttled * per_minute for column in recording.columns]
    series = [Series("sent", "one", sent), Series("refused by the rate limit (429)", "bad", refused)]
    limit = (recording.per_minute, f"limit {recording.per_minute:,.0f}")
    yield from _figure("Requests a minute", recording, series, limit)


def _accepted(recording: Recording) -> Iterator[str]:
    looks = {"users": "faint", "purchases": "one"}
    series = [Series(name, look, _running(recording, name)) for name, look in looks.items()]
    yield from _figure("Records so far", recording, series)


def _figure(
    title: str, recording: Recording, series: Sequence[Series], line: tuple[float, str] | None = None
) -> Iterator[str]:
    labels = [f"{span(number * recording.width)} in" for number in range(len(recording.columns))]
    if labels:
        yield from figure(Chart(title, labels, series, line), when="Time")
    else:
        yield '<p class="soft">None.</p>'


def _reasons(recording: Recording) -> Iterator[str]:
    found = recording.reasons.most_common(_SHOWN)
    if not found:
        return
    most = found[0][1]
    yield '<div class="part"><h2>Rejected, by reason</h2><table class="causes"><thead><tr>'
    yield '<th scope="col">records</th><th scope="col" class="text">reason</th></tr></thead><tbody>'
    for (entity, code, reason), count in found:
        text = _shown(f"{code}: {reason}" if reason else code)
        bar = meter([(count, "bad")], most, f"{count:,} records")
        yield f'<tr><td>{count:,}</td><td class="text">{bar}<span class="soft">{_shown(entity)}</span> {text}</td></tr>'
    yield "</tbody></table></div>"


def _slowest(recording: Recording) -> Iterator[str]:
    if recording.slowest:
        rows = [
            [slow.endpoint, slow.status, f"{slow.seconds * 1e3:,.0f} ms", f"{span(slow.at)} in"]
            for slow in recording.slowest
        ]
        yield from _part("Slowest requests", _table(("endpoint", "status", "took", "when"), rows))


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
            ordered = sorted(found.items(), key=lambda pair: -pair[1])[:_SHOWN]
            rows = [[name.replace("_", " "), f"{count:,}"] for name, count in ordered]
            yield from _part(title.capitalize(), _table(("what", "count"), rows))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    cells = "".join(f'<th scope="col">{name}</th>' for name in head)
    yield f'<table class="facts"><thead><tr>{cells}</tr></thead><tbody>'
    for first, *others in rows:
        inside = "".join(f"<td>{_shown(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row">{_shown(first)}</th>{inside}</tr>'
    yield "</tbody></table>"


def _running(recording: Recording, name: str) -> list[int]:
    total, sums = 0, []
    for column in recording.columns:
        total += getattr(column, name)
        sums.append(total)
    return sums


def _shown(text: str) -> str:
    """Escape text from data or from the server."""
    return escape(printable(text, _LONGEST))
