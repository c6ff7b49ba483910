"""The formats of days and times, from the texts of a column.

Room: sources. Pure. A format is only taken if the library reads the text with it. If all days could be months, the day
comes first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from woowup_async.sources.dates import Dates

_TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<part>\.\d{1,6})?)?"
    r"(?P<half>\s?[AaPp]\.?\s?[Mm]\b\.?)?(?P<offset>\s?(?:[+-]\d{2}:?\d{2}|Z\b))?"
)
_YEAR_FIRST = re.compile(r"(?<!\d)\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)\d{1,2}(?P<mark>[-/.])\d{1,2}(?P=mark)(?P<year>\d{4}|\d{2})(?!\d)")
_PLAIN = re.compile(r"(?<!\d)(?:19|20)\d{6}(?P<clock>\d{6}|\d{4})?(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?P<a>[ -](?:de )?)(?P<month>[^\W\d_]{3,}\.?)(?P<b>,? (?:de(?:l)? )?|-)"
    r"(?P<year>\d{4}|\d{2})(?!\d)"
)
_NAME_FIRST = re.compile(r"(?P<month>[^\W\d_]{3,}\.?) (?P<day>\d{1,2})(?P<b>,? )(?P<year>\d{4})(?!\d)")
#: Written times of these zones are in UTC.
_UTC = re.compile(r"\b(?:UTC|GMT)\b")
_WEEKDAY = re.compile(r"(?i)\b(?:mon|tue|wed|thu|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b")
#: Most formats of one column (guessed).
_MOST = 4
#: The mark of a day or a time of a workbook.
_TYPED = "\x01"
#: `p. m.`, as Spanish programs write it, becomes `pM`, which `%p` reads.
HALVES = {r"(?i)\s*\b([ap])\.?\s?m\.?(?=\W|$)": r" \1M"}
_HALF = re.compile(r"(?i)[ap]\.\s?m\.?|[ap]\sm\b")


class Times(NamedTuple):
    """How a column of days or times is read.

    Attributes:
        formats: in the order in which they are tried; none if the values need none, as those of a workbook.
        fitting: values that they read.
        has_time: whether they have hours.
        has_zone: whether all of them say their offset, or that they are in UTC.
        is_ambiguous: whether day and month could be the other way round.
        needs_halves: whether `HALVES` must be replaced before.

    """

    formats: tuple[str, ...]
    fitting: int
    has_time: bool
    has_zone: bool
    is_ambiguous: bool
    needs_halves: bool


def is_time(text: str) -> bool:
    """Return whether a text is a time of day without a day."""
    return bool(_TIME.fullmatch(text))


def is_day(text: str) -> bool:
    """Return whether a text is a day or a time in a format that is known here."""
    return text.startswith(_TYPED) or bool(candidates(_halved(text)))


def times_of(texts: Iterable[str], *, month_first: bool = False) -> Times:
    """Find the formats that read most texts.

    Args:
        texts: the values, not empty.
        month_first: whether the month comes first if the values do not show it.

    """
    counts = Counter(texts)
    typed = {text: count for text, count in counts.items() if text.startswith(_TYPED)}
    plain = {text: count for text, count in counts.items() if text not in typed}
    needs_halves = any(_HALF.search(text) for text in plain)
    known = {text: candidates(_halved(text) if needs_halves else text) for text in plain}
    formats: list[str] = []
    left, turned = dict(plain), False
    while left and len(formats) < _MOST:
        votes = Counter[str]()
        for text, count in left.items():
            votes.update(dict.fromkeys((form for form in known[text] if _agrees(form, formats)), count))
        if not votes:
            break
        best = max(votes, key=lambda form: (votes[form], _turn(form) == month_first))
        turned = turned or votes[best] == votes.get(_other(best), 0)
        formats.append(best)
        left = {text: count for text, count in left.items() if best not in known[text]}
    fitting = sum(counts.values()) - sum(left.values())
    return Times(
        tuple(formats),
        fitting,
        any("%H" in form or "%I" in form or form == "iso" for form in formats)
        or any("T" in text and not text.endswith("T00:00:00") for text in typed),
        bool(formats)
        and not typed
        and all("%z" in form or _UTC.search(form) or form == "iso" for form in formats)
        and all(_has_zone(text) for text in plain if text not in left),
        turned,
        needs_halves,
    )


@lru_cache(maxsize=50_000)
def candidates(text: str) -> tuple[str, ...]:
    """Return the formats that read a text, the likeliest first."""
    if "T" in text and _reads(text, "iso"):
        return ("iso",)
    return tuple(form for form in dict.fromkeys(_formats(text)) if _reads(text, form))


def _formats(text: str) -> Iterator[str]:
    clock = _TIME.search(text)
    if clock is None:
        yield from (f"{before}{day}{after}" for before, day, after in _days(text))
        return
    # the day is on one side of the time
    for before, day, after in _days(text[: clock.start()]):
        yield f"{before}{day}{after}{_clock(clock)}{_literal(text[clock.end() :])}"
    for before, day, after in _days(text[clock.end() :]):
        yield f"{_literal(text[: clock.start()])}{_clock(clock)}{before}{day}{after}"


def _days(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is before the day, its format, and what is after it."""
    for pattern, forms in _PATTERNS:
        found = pattern.search(text)
        if found is not None:
            before, after = _literal(text[: found.start()]), _literal(text[found.end() :])
            yield from ((before, form, after) for form in forms(found))
            return


def _year_last(found: re.Match[str]) -> list[str]:
    mark, year = found["mark"], "%Y" if len(found["year"]) == 4 else "%y"
    both = [f"%d{mark}%m{mark}{year}", f"%m{mark}%d{mark}{year}"]
    return both if year == "%Y" else [*both, f"%y{mark}%m{mark}%d"]


def _plain(found: re.Match[str]) -> list[str]:
    clock = {None: "", 4: "%H%M", 6: "%H%M%S"}[len(found["clock"]) if found["clock"] else None]
    return [f"%Y%m%d{clock}"]


_PATTERNS = (
    (_YEAR_FIRST, lambda found: ["%Y{0}%m{0}%d".format(found["mark"])]),
    (_YEAR_LAST, _year_last),
    (_NAMED, lambda found: [f"%d{found['a']}%B{found['b']}{'%Y' if len(found['year']) == 4 else '%y'}"]),
    (_NAME_FIRST, lambda found: [f"%B %d{found['b']}%Y"]),
    (_PLAIN, _plain),
)


def _clock(found: re.Match[str]) -> str:
    form = "%I:%M" if found["half"] else "%H:%M"
    if found["second"]:
        form += ":%S"
    if found["part"]:
        form += ".%f"
    if found["half"]:
        form += " %p" if found["half"][0].isspace() else "%p"
    if found["offset"]:
        form += " %z" if found["offset"][0].isspace() else "%z"
    return form


def _literal(text: str) -> str:
    """Write text around a day or a time as a part of its format. An English weekday may be another one."""
    text = text.replace("%", "%%")
    return _WEEKDAY.sub(lambda found: "%a" if len(found[0]) == 3 else "%A", text)


def _reads(text: str, form: str) -> bool:
    try:
        moment = Dates([form], date.max).read(text)
    except ValueError:
        return False
    return 1900 <= moment.year <= 2100


def _halved(text: str) -> str:
    return re.sub(*next(iter(HALVES.items())), text) if _HALF.search(text) else text


def _has_zone(text: str) -> bool:
    found = _TIME.search(text)
    if _UTC.search(text) or (found is not None and found["offset"]):
        return True
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _turn(form: str) -> bool:
    """Return whether the month comes before the day."""
    month, day = form.find("%m"), form.find("%d")
    return month < day if month >= 0 and "%Y-" not in form and "%y" not in form[:2] else False


def _other(form: str) -> str:
    """Return the format with day and month the other way round; "" if the month is written as a word."""
    if form == "iso" or "%m" not in form or form.startswith("%Y"):
        return ""
    return form.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")


def _agrees(form: str, chosen: list[str]) -> bool:
    """Return whether a format has day and month in the order of those chosen before. A column has one order."""
    kinds = {_turn(each) for each in chosen if _other(each)}
    return not kinds or not _other(form) or _turn(form) in kinds
