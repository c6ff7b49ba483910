"""A report in words for a terminal of 80 columns.

Room: cli. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from woowup_async._text import printable
from woowup_async.cli.display.words import WIDTH, cut
from woowup_async.outcomes import Report, Tally

_SHOWN = 5
#: Longest name of a field that is shown (guessed).
_NAME = 40
_CAUSES = {
    "batching": "by bulk requests",
    "cached_reads": "by remembered answers",
    "local_rejections": "refused here",
    "merged": "identical",
    "path_choice": "by guessing who exists",
}


def lines_of(report: Report, dead_letters: Path | None = None) -> Iterator[str]:
    """Say what a run came to: the counts first, then what a person should look at."""
    yield ""
    yield f"{'':11}{'submitted':>11}{'accepted':>11}{'rejected':>11}{'released':>11}{'in doubt':>11}"
    for name, tally in (("users", report.users), ("purchases", report.purchases)):
        counts = (tally.submitted, tally.accepted, tally.rejected, tally.released, tally.in_doubt)
        yield f"{name:11}" + "".join(f"{count:>11,}" for count in counts)
    yield ""
    for name, tally in (("users", report.users), ("purchases", report.purchases)):
        yield from _details(name, tally)
    if report.unconfirmed:
        yield f"accepted {report.accepted:,}, of which {report.unconfirmed:,} unconfirmed"
    yield (
        f"{report.requests:,} requests, {report.throttled:,} refused for the rate limit (429), {report.elapsed:.1f} s"
    )
    if report.saved:
        causes = ", ".join(f"{count:,} {_CAUSES.get(cause, cause)}" for cause, count in sorted(report.saved.items()))
        yield from textwrap.wrap(f"{report.requests_saved:,} requests saved: {causes}", WIDTH, subsequent_indent="  ")
    yield from _notices(report)
    yield from _rejections(report, dead_letters)


def _details(name: str, tally: Tally) -> Iterator[str]:
    parts = [f"{count:,} {effect}" for effect, count in sorted(tally.effects.items())]
    parts += [f"{count:,} {code}" for code, count in sorted(tally.codes.items())]
    if parts:
        yield f"{name}: {', '.join(parts)}"
    if tally.rows != tally.submitted:
        refused = tally.rows - tally.rows_accepted
        yield f"  {tally.rows:,} rows = {tally.rows_accepted:,} in accepted records + {refused:,} in the others"


def _notices(report: Report) -> Iterator[str]:
    for name, count in sorted(report.unknown_fields.items(), key=lambda pair: -pair[1])[:_SHOWN]:
        meant = report.suggestions.get(name)
        name = printable(name, _NAME)
        yield f"unknown field {name} in {count:,} records" + (f": was {meant} meant?" if meant else "")
    for name, count in sorted(report.cleaned.items(), key=lambda pair: -pair[1]):
        yield f"{name} was cleaned in {count:,} records"
    for name, count in sorted(report.left_out.items(), key=lambda pair: -pair[1])[:_SHOWN]:
        yield f"{name} was left out of {count:,} records"
    if report.notices:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.notices.items()))
        yield f"noticed, and sent all the same: {kinds}"
        yield from (cut(f"  {each}") for each in report.noticed[:_SHOWN])
    if report.missing_createtime:
        yield f"{report.missing_createtime:,} purchases have no createtime: the server dates them"
    if report.rewritten:
        yield f"{report.rewritten:,} JSON records were encoded anew (nulls, numeric invoice numbers, sizes)"


def _rejections(report: Report, dead_letters: Path | None) -> Iterator[str]:
    if not report.rejections:
        return
    yield ""
    yield f"rejected, the first {min(_SHOWN, len(report.rejections))} of {report.rejected:,}:"
    for rejection in report.rejections[:_SHOWN]:
        text = f"  {rejection}"
        yield cut(text)
    if dead_letters is not None:
        yield f"all of them, with their reasons: {dead_letters}"
    else:
        yield "keep them all with --dead-letters FILE"
