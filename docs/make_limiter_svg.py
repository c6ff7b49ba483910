"""Draws `limiter.svg`, the picture of `limiter.md`: run `python docs/make_limiter_svg.py` to write it again.

The script runs the real `Window` in virtual time against an account that counts as documented. It sends 60 requests
late in the previous segment, then as many as the window permits. All curves are read from `Window` and `Gate`.
"""

from __future__ import annotations

from math import floor, inf
from pathlib import Path
from typing import NamedTuple

from woowup_async._limiting.gate import BURST, STEADY, Gate, Pace
from woowup_async._limiting.spending import Limits, Spent
from woowup_async._limiting.window import Window
from woowup_async.policies import RateLimit

TARGET = Path(__file__).with_suffix(".svg").with_name("limiter.svg")

SEGMENT, LIMIT = 30.0, 70
#: Seconds from here to the server, and from the server back.
WAY = 0.1
#: Requests in the previous segment, and the second of that segment at which the first is sent.
EARLIER, BEGINS = 60, 14.0
#: The server's clock minus ours: 2025-03-16, at the start of a segment.
SKEW = 1_742_121_630.0
#: When the load of the current segment begins. By then the window is also past the boundary.
RESUMES = 0.3
STEP = 0.1

WIDTH, HEIGHT = 960, 560
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 96, 440
MOST = 80
#: Where the picture begins, in seconds of the current segment.
SHOWN = -18.0


class Look(NamedTuple):
    """The values of the window at one moment."""

    at: float
    segment: int
    previous: float
    current: float
    ceiling: float


class Story(NamedTuple):
    """One run: looks, permits, and the times between which the slack goes to 0."""

    looks: list[Look]
    permits: list[float]
    going: tuple[float, float]


class Account:
    """An account that counts as the vendor documents it."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def answer(self, arrival: float) -> Limits:
        """Count one request, and return the limits in its headers."""
        segment = floor(arrival / SEGMENT)
        before, current = self._counts.get(segment - 1, 0), self._counts.get(segment, 0)
        if before * (1 - (arrival - segment * SEGMENT) / SEGMENT) + current >= LIMIT:
            raise AssertionError("the account would have refused a request")
        self._counts[segment] = current + 1
        end = SKEW + (segment + 1) * SEGMENT
        return Limits(limit=LIMIT, remaining=LIMIT - current - 1, reset=end, date=float(floor(SKEW + arrival)))


def simulate() -> Story:
    """Run the simulation. Time 0 is the boundary between the two segments."""
    window, gate, account = Window(RateLimit(limit=LIMIT, segment=SEGMENT)), Gate(SEGMENT), Account()
    under_way: list[tuple[float, Spent, Limits]] = []
    permits: list[float] = []
    looks: list[Look] = []

    def send(now: float) -> None:
        under_way.append((now + 2 * WAY, window.spend(now), account.answer(now + WAY)))

    def look(now: float) -> None:
        place = window._phase.earliest(now)
        load = window._load(place, now)
        weight = 1 - place.elapsed / SEGMENT
        ceiling = load.limit - gate._slack(place.elapsed, load.pace.slack(gate._alone_slacks(load)[0]), load)
        looks.append(Look(now, place.segment, load.previous * weight, load.current, ceiling))

    now = -2 * SEGMENT + 1
    send(now)  # its answer shows the phase, one segment before the picture
    ticks = [SHOWN + STEP * number for number in range(1, round((SEGMENT - SHOWN) / STEP))]
    sent = 0
    while now < SEGMENT:
        pace, wanted = _wanted(now, sent)
        ready = max(now, window.ready_at(now, pace)) if wanted <= now else wanted
        answered = under_way[0][0] if under_way else inf
        now = min(ready, answered, ticks[0] if ticks else inf)
        if now >= SEGMENT:
            break
        if now == answered:
            received, spent, seen = under_way.pop(0)
            window.observe(spent, received, seen, refused=False)
        elif ticks and now == ticks[0]:
            look(ticks.pop(0))
        else:
            send(now)
            permits.append(now)
            sent += 1
    begins, gone = gate._going(window._load(window._phase.earliest(SEGMENT - STEP), SEGMENT - STEP))
    return Story(looks, permits, (begins, gone))


def _wanted(now: float, sent: int) -> tuple[Pace, float]:
    """Return the pace of the next permit, and from when on it is wanted."""
    if sent < EARLIER:
        return BURST, -SEGMENT + BEGINS + sent * 0.2
    return STEADY, max(now, RESUMES)


def x(at: float) -> str:
    """Return the horizontal position of a moment."""
    return f"{LEFT + (at - SHOWN) / (SEGMENT - SHOWN) * (WIDTH - LEFT - RIGHT):.1f}"


def y(requests: float) -> str:
    """Return the vertical position of a count."""
    return f"{BOTTOM - requests / MOST * (BOTTOM - TOP):.1f}"


STYLE = """
  svg { --paper: #ffffff; --ink: #1f2328; --faint: #d0d7de; --was: #8c6bb1; --is: #1a7f5a; --bar: #c0392b;
        --band: #f5e6c8; font: 14px system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --faint: #3d444d; --was: #b79be0; --is: #4cc38a; --bar: #ff7b72;
          --band: #3a301a; }
  }
  .paper { fill: var(--paper); } text { fill: var(--ink); } .small { font-size: 13px; }
  .axis { stroke: var(--ink); } .grid { stroke: var(--faint); } .band { fill: var(--band); }
  .was { fill: var(--was); fill-opacity: .45; } .is { fill: var(--is); fill-opacity: .55; }
  .sum { fill: none; stroke: var(--ink); stroke-width: 1.8; }
  .bar { fill: none; stroke: var(--bar); stroke-width: 2; } .dashed { stroke-dasharray: 5 4; }
  .permit { stroke: var(--is); stroke-width: 1.3; }
""".strip("\n")


def render() -> str:
    """Return the text of the file."""
    story = simulate()
    begins, _gone = story.going
    shown = [look for look in story.looks if look.at >= SHOWN]
    here = shown[-1].segment
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' aria-labelledby="title what">'
        ),
        '<title id="title">One segment of the rate limit</title>',
        (
            '<desc id="what">The previous segment\'s weight decays while the current count grows; permits are given'
            " while their sum and the slack stay under the limit, and the last ones at the segment's end.</desc>"
        ),
        "<style>",
        STYLE,
        "</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        _rect("band", begins, SEGMENT, 0, MOST),
        *(_line("grid", SHOWN, SEGMENT, count, count) for count in (20, 40, 60)),
        *_areas([look for look in shown if look.segment < here]),
        *_areas([look for look in shown if look.segment == here]),
        _line("bar", SHOWN, SEGMENT, LIMIT, LIMIT),
        _path("bar dashed", [(look.at, look.ceiling) for look in shown if look.segment == here]),
        _line("axis", SHOWN, SEGMENT, 0, 0),
        _line("axis", 0, 0, 0, MOST),
    ]
    parts += [
        f'<line class="permit" x1="{x(at)}" x2="{x(at)}" y1="{BOTTOM + 8}" y2="{BOTTOM + 26}"/>'
        for at in story.permits
        if at >= SHOWN
    ]
    parts += _words(story)
    return "\n".join([*parts, "</svg>", ""])


def _words(story: Story) -> list[str]:
    begins, gone = story.going
    current = [at for at in story.permits if at >= 0]
    last = sum(at >= begins for at in current)
    middle = next(look for look in story.looks if look.at >= SEGMENT / 2)
    quarter = next(look for look in story.looks if look.at >= SEGMENT / 3.4)
    parts = [
        _text(SHOWN / 2, TOP - 14, f"previous segment: {EARLIER} requests", "middle"),
        _text(11.5, TOP - 14, f"current segment: {len(current)} requests", "middle"),
        f'<text x="{x(SHOWN + 0.3)}" y="{float(y(LIMIT)) - 6:.1f}">limit {LIMIT}</text>',
        (
            f'<text x="{x(quarter.at)}" y="{y(quarter.current + quarter.previous / 2)}" text-anchor="middle">'
            f"previous count × weight ({EARLIER} × 0.5 at {SEGMENT / 2:.0f} s)</text>"
        ),
        f'<text x="{x(17.5)}" y="{y(middle.current / 2)}" text-anchor="middle">current count</text>',
        (
            f'<text class="small" x="{x(13)}" y="{float(y(LIMIT)) - 6:.1f}" text-anchor="middle">'
            "dashed: limit − slack; jagged line: estimate</text>"
        ),
        f'<text class="small" x="{x(SEGMENT)}" y="{TOP - 30}" text-anchor="end">slots at the end: {last}</text>',
        f'<text class="small" x="{x(SEGMENT)}" y="{TOP - 14}" text-anchor="end">slack gone at {gone:.1f} s</text>',
        _text(SHOWN, BOTTOM + 80, "Each green line is one permit. Seconds are those of the current segment.", "start"),
        _text(
            SHOWN,
            BOTTOM + 102,
            f"The estimate starts at {EARLIER}, meets limit − slack and follows it; from {begins:.1f} s on the slack"
            " is given up.",
            "start",
        ),
    ]
    parts += [_text(at, BOTTOM + 48, f"{at:+d} s" if at < 0 else f"{at} s", "middle") for at in (-15, 0, 10, 20)]
    parts.append(_text(SEGMENT, BOTTOM + 48, f"{SEGMENT:.0f} s", "end"))
    parts += [
        f'<text x="{LEFT - 8}" y="{float(y(count)) + 5:.1f}" text-anchor="end">{count}</text>'
        for count in (0, 20, 40, 60)
    ]
    parts.append('<text x="20" y="30">Requests, as the server counts them</text>')
    return parts


def _areas(looks: list[Look]) -> list[str]:
    first, last = looks[0].at, looks[-1].at
    floor_line, sums = [(last, 0.0), (first, 0.0)], [(look.at, look.current + look.previous) for look in looks]
    own = [(look.at, look.current) for look in looks]
    return [_path("was", [*sums, *reversed(own)]), _path("is", [*own, *floor_line]), _path("sum", sums)]


def _path(kind: str, points: list[tuple[float, float]]) -> str:
    return f'<path class="{kind}" d="M{" L".join(f"{x(at)},{y(count)}" for at, count in points)}"/>'


def _line(kind: str, first: float, last: float, low: float, high: float) -> str:
    return f'<line class="{kind}" x1="{x(first)}" y1="{y(low)}" x2="{x(last)}" y2="{y(high)}"/>'


def _rect(kind: str, first: float, last: float, low: float, high: float) -> str:
    width, height = float(x(last)) - float(x(first)), float(y(low)) - float(y(high))
    return f'<rect class="{kind}" x="{x(first)}" y="{y(high)}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(at: float, height: float, words: str, anchor: str) -> str:
    return f'<text x="{x(at)}" y="{height}" text-anchor="{anchor}">{words}</text>'


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
