"""Bars as SVG, with their axis and their numbers as HTML.

Room: cli. Pure. An SVG stretches with the page, and text in it would stretch too, so all text is outside. No element
has a style of its own, since the page's security policy allows none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

#: Bars without a gap between them, if there are more: a gap would be narrower than a pixel.
_MANY = 90


class Series(NamedTuple):
    """One part of each bar: its name, the class that colours it, and its values."""

    name: str
    colour: str
    values: Sequence[float]


class Chart(NamedTuple):
    """Stacked bars over time.

    Args:
        title: what the bars count.
        labels: the time of each bar, for people.
        series: from the bottom to the top.
        line: a limit, and what it is called.

    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    line: tuple[float, str] | None = None


def figure(chart: Chart, when: str = "Time, UTC") -> Iterator[str]:
    """Yield a chart with its legend, its axes and a table of its numbers. `when`: the head of the times."""
    sums = [sum(values) for values in zip(*(each.values for each in chart.series), strict=True)]
    top = nice(max([*sums, chart.line[0] if chart.line else 0.0]))
    most = ", ".join(f"at most {max(each.values):,.0f} {each.name}" for each in chart.series)
    yield f'<figure><figcaption><b>{escape(chart.title)}</b><span class="legend">'
    yield from (f'<span><i class="dot {each.colour}"></i>{escape(each.name)}</span>' for each in chart.series)
    if chart.line:
        yield f'<span><i class="dash"></i>{escape(chart.line[1])}</span>'
    yield "</span></figcaption>"
    yield f'<div class="plot"><span class="top">{top:,.0f}</span><span class="zero">0</span>'
    yield from _svg(chart, top, most)
    yield f'</div><div class="axis"><span>{escape(chart.labels[0])}</span><span>{escape(chart.labels[-1])}</span></div>'
    yield from _numbers(chart, when)
    yield "</figure>"


def _svg(chart: Chart, top: float, most: str) -> Iterator[str]:
    width, gap = max(len(chart.labels), 1), 0.0 if len(chart.labels) > _MANY else 0.16
    yield (
        f'<svg viewBox="0 0 {width} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(chart.title)}: {escape(most)}">'
    )
    for level in (0, 50, 100):
        yield f'<path class="grid" d="M0 {level}H{width}"/>'
    for at, label in enumerate(chart.labels):
        parts = ", ".join(f"{each.values[at]:,.0f} {each.name}" for each in chart.series)
        yield f"<g><title>{escape(label)}: {escape(parts)}</title>"
        yield f'<rect class="hit" x="{at}" y="0" width="1" height="100"/>'
        y = 100.0
        for each in chart.series:
            height = 100 * each.values[at] / top
            y -= height
            if height > 0:
                box = f'x="{at + gap / 2:.2f}" y="{y:.2f}" width="{1 - gap:.2f}" height="{height:.2f}"'
                yield f'<rect class="{each.colour}" {box}/>'
        yield "</g>"
    if chart.line:
        yield f'<path class="limit" d="M0 {100 - 100 * chart.line[0] / top:.2f}H{width}"/>'
    yield "</svg>"


def _numbers(chart: Chart, when: str) -> Iterator[str]:
    """Yield the numbers as a table, for those who cannot see the bars."""
    key = escape("".join(one for one in chart.title.lower() if one.isalpha()))
    yield f'<details data-key="{key}"><summary>Numbers</summary><div class="scroll" tabindex="0" role="region"'
    yield f' aria-label="{escape(chart.title)}, as a table"><table><thead><tr><th scope="col">{escape(when)}</th>'
    yield from (f'<th scope="col">{escape(each.name)}</th>' for each in chart.series)
    yield "</tr></thead><tbody>"
    for at, label in enumerate(chart.labels):
        cells = "".join(f"<td>{each.values[at]:,.0f}</td>" for each in chart.series)
        yield f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>'
    yield "</tbody></table></div></details>"


def meter(parts: Sequence[tuple[float, str]], whole: float, label: str) -> str:
    """Return one horizontal bar of parts: (value, class that colours it)."""
    x, drawn = 0.0, []
    for value, colour in parts:
        width = min(100.0 - x, 100 * value / whole) if whole > 0 else 0.0
        if width > 0:
            drawn.append(f'<rect class="{colour}" x="{x:.2f}" y="0" width="{width:.2f}" height="10"/>')
        x += max(0.0, width)
    return (
        f'<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'<rect class="track" width="100" height="10"/>{"".join(drawn)}</svg>'
    )


def nice(value: float) -> float:
    """Return the next round number."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return (
        next((power * step for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if power * step >= value), value)
        if value > 0
        else 1.0
    )
