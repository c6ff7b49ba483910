"""A report as text, for a terminal of 80 columns.

Room: cli. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from woowup_async._text import counted, printable
from woowup_async.cli.display.words import WIDTH, cut
from woowup_async.outcomes import Report, Tally

_SHOWN = 5
#: Longest name of a field that is shown (guessed).
_NAME = 40
_CAUSES = {
    "batching": "by bulk requests",
    "cached_reads": "by cached answers",
    "local_rejections": "rejected before sending",
    "merged": "identical",
    "path_choice": "by guessing which users exist",
}


def run_lines(report: Report, dead_letters: object = None) -> Iterator[str]:
    """Yield the report of a run: the counts first, then what a person should look at.

    Args:
        report: the counts.
        dead_letters: the file that has all rejected records. None if they were not written.

    """
    yield from _counts(report)
    requests = counted(report.requests, "request")
    yield f"{requests}, {report.throttled:,} refused by the rate limit (429), {report.elapsed:.1f} s"
    yield from _details(report)
    yield from _letters(report, dead_letters)


def empty_lines(report: Report) -> Iterator[str]:
    """Yield a notice if a run that was not stopped found no records, since an export that failed may look like this."""
    if not report.submitted:
        yield "the files have no records: if they should, look at what wrote them"


def dry_run_lines(report: Report, dead_letters: object = None) -> Iterator[str]:
    """Yield the report of a run that sent nothing."""
    yield from _counts(report)
    yield from empty_lines(report)
    yield from _details(report)
    yield from _letters(report, dead_letters)


def _letters(report: Report, dead_letters: object) -> Iterator[str]:
    if report.rejections:
        if dead_letters is not None:
            yield f"all of them, by cause: woowup dead-letters {dead_letters}"
        else:
            yield "to keep all of them, use --dead-letters FILE"


def _counts(report: Report) -> Iterator[str]:
    entities = (("users", report.users), ("purchases", report.purchases))
    yield ""
    yield f"{'':11}{'submitted':>11}{'accepted':>11}{'rejected':>11}{'released':>11}{'in doubt':>11}"
    for name, tally in entities:
        counts = (tally.submitted, tally.accepted, tally.rejected, tally.released, tally.in_doubt)
        yield f"{name:11}" + "".join(f"{count:>11,}" for count in counts)
    yield ""
    for name, tally in entities:
        yield from _effects(name, tally)
    if report.without_purchases:
        yield f"{report.without_purchases:,} users without purchases were left out"
    if report.unconfirmed:
        yield f"accepted {report.accepted:,}, of which {report.unconfirmed:,} unconfirmed"


def _effects(name: str, tally: Tally) -> Iterator[str]:
    parts = [f"{count:,} {effect}" for effect, count in sorted(tally.effects.items())]
    parts += [f"{count:,} {code}" for code, count in sorted(tally.codes.items())]
    if parts:
        yield f"{name}: {', '.join(parts)}"
    if tally.rows != tally.submitted:
        refused = tally.rows - tally.rows_accepted
        yield f"  {tally.rows:,} rows = {tally.rows_accepted:,} in accepted records + {refused:,} in the others"


def _details(report: Report) -> Iterator[str]:
    if report.saved:
        causes = ", ".join(f"{count:,} {_CAUSES.get(cause, cause)}" for cause, count in sorted(report.saved.items()))
        yield from textwrap.wrap(
            f"{counted(report.requests_saved, 'request')} saved: {causes}", WIDTH, subsequent_indent="  "
        )
    yield from _fields(report)
    yield from _notices(report)
    yield from _rejections(report)


def _fields(report: Report) -> Iterator[str]:
    for name, count in _most_frequent(report.unknown_fields)[:_SHOWN]:
        meant = report.suggestions.get(name)
        question = f": did you mean {meant}?" if meant else ""
        yield f"unknown field {printable(name, _NAME)} in {count:,} records{question}"
    for name, count in _most_frequent(report.cleaned):
        yield f"{name} was cleaned in {count:,} records"
    for name, count in _most_frequent(report.left_out)[:_SHOWN]:
        yield f"{name} was left out of {count:,} records"


def _notices(report: Report) -> Iterator[str]:
    if report.notices:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.notices.items()))
        yield f"noticed, but sent anyway: {kinds}"
        yield from (cut(f"  {each}") for each in report.noticed[:_SHOWN])
    if report.missing_createtime:
        yield f"{report.missing_createtime:,} purchases have no createtime: the server sets it"
    if report.rewritten:
        yield f"{report.rewritten:,} JSON records were encoded again (nulls, numeric invoice numbers, sizes)"


def _rejections(report: Report) -> Iterator[str]:
    if report.rejections:
        yield ""
        yield f"rejected, the first {min(_SHOWN, len(report.rejections))} of {report.rejected:,}:"
        yield from (cut(f"  {rejection}") for rejection in report.rejections[:_SHOWN])


def _most_frequent(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])
