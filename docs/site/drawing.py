"""Draws the path of a record, which `docs/architecture.md` has as a Mermaid chart.

A browser would load Mermaid from another host, so the site has the chart as SVG.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

#: The middle of each box of the chart: column and row.
_PLACES = {
    "source": (0, 0), "model": (0, 1), "item": (0, 2), "batch": (0, 3), "permit": (0, 4), "exchange": (0, 5),
    "outcome": (0, 6), "letters": (0, 7), "report": (1, 7), "journal": (1, 4),
}  # fmt: skip
_ACROSS, _DOWN, _WIDE, _HIGH, _LEFT = 345, 86, 230, 50, 265
_BOX = re.compile(r'(\w+)(?:\[\(?"(.+?)"\)?\])')
_ARROW = re.compile(r"^(\w+)(?:\[.+?\])? (-->|-\.->)(?:\|(.+?)\|)? (\w+)")
_CHART = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Point:
    x: float
    y: float

    @classmethod
    def of(cls, name: str) -> _Point:
        column, row = _PLACES[name]
        return cls(_LEFT + column * _ACROSS, 40 + row * _DOWN)


def drawn(page: str) -> str:
    """Return a page with its Mermaid charts as SVG.

    Raises:
        KeyError: a chart has a box without a place here.

    """
    return _CHART.sub(lambda chart: f'<div class="chart">{_svg(chart[1])}</div>', page)


def _svg(chart: str) -> str:
    lines = [line.strip() for line in chart.splitlines()[1:]]
    boxes = dict(box for line in lines for box in _BOX.findall(line))
    arrows = [match.groups() for line in lines if (match := _ARROW.match(line))]
    shapes = [_arrow(*arrow) for arrow in arrows] + [_box(name, label) for name, label in boxes.items()]
    head = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    size = 'viewBox="0 0 730 690" role="img" aria-label="The path of a record"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{head}{"".join(shapes)}</svg>'


def _box(name: str, label: str) -> str:
    at = _Point.of(name)
    title, _, place = label.partition("<br>")
    left, top = at.x - _WIDE / 2, at.y - _HIGH / 2
    return (
        f'<rect x="{left}" y="{top}" width="{_WIDE}" height="{_HIGH}" rx="{22 if name == "journal" else 5}"/>'
        f'<text class="name" x="{at.x}" y="{at.y - 5}">{escape(title)}</text>'
        f'<text class="place" x="{at.x}" y="{at.y + 14}">{escape(place)}</text>'
    )


def _arrow(start: str, kind: str, label: str | None, end: str) -> str:
    one, two = _Point.of(start), _Point.of(end)
    path, said, anchor = _way(one, two, is_bent=end == "report")
    words = ""
    if label:
        words = f'<text class="said" x="{said.x}" y="{said.y}" text-anchor="{anchor}">{escape(label)}</text>'
    line = "dashed" if kind == "-.->" else "solid"
    return f'<path class="{line}" d="{path}" marker-end="url(#tip)"/>{words}'


def _way(one: _Point, two: _Point, *, is_bent: bool) -> tuple[str, _Point, str]:
    """Return the path of an arrow, the place of its label, and which end of the label is there."""
    middle, right = (one.y + two.y) / 2, one.x + _WIDE / 2
    if one.x == two.x and two.y > one.y:
        path = f"M{one.x} {one.y + _HIGH / 2}L{two.x} {two.y - _HIGH / 2}"
        return path, _Point(one.x + 8, middle + 4), "start"
    if one.x == two.x:  # back, on the left side
        left = one.x - _WIDE / 2
        path = f"M{left} {one.y}C{left - 60} {one.y} {left - 60} {two.y} {left} {two.y}"
        return path, _Point(left - 52, middle), "end"
    if is_bent:
        return f"M{right} {one.y}L{two.x} {one.y}L{two.x} {two.y - _HIGH / 2}", _Point(two.x, one.y), "start"
    target = two.x - _WIDE / 2
    if one.y == two.y:
        return f"M{right} {one.y}L{target} {two.y}", _Point((right + target) / 2, middle - 8), "middle"
    shift = 14 if two.y < one.y else -14  # three arrows end at the journal
    across = 10 if two.y > one.y else 24  # beside the arrow, not on it
    return f"M{right} {one.y}L{target} {two.y + shift}", _Point((right + target) / 2 + across, middle - 8), "start"
