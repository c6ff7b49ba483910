"""The text of a draft: a TOML file with the evidence as comments.

Room: sources. Pure. What is commented out is a line that becomes part of the mapping without its #.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from woowup_async._text import counted, printable
from woowup_async.sources.drafting.rules.draft import Draft, DraftField, Section, Setting, Tally

#: Longest line, where it can be broken.
_WIDTH, _WIDEST = 100, 120
#: Columns that are listed as not sent.
_MOST_UNUSED = 40
#: A reason that is not worth a line of its own.
_ALL = "in all rows"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def text_of(draft: Draft, name: str, sampled: str, tallies: Sequence[Tally] = ()) -> str:
    """Write a draft.

    Args:
        draft: what to write.
        name: of the file.
        sampled: what was read of it, such as "its first 5,000 rows".
        tallies: what became of the records of the sample.

    """
    lines = [*_comment(f"Draft of a mapping for {name}, from {sampled}."), *_counts(tallies)]
    if draft.problems:
        lines += ["#", "# Check:", *(line for each in draft.problems for line in _comment(each, "- "))]
    for table, settings in draft.formats.items():
        lines += ["", f"[{table}]", *(line for each in settings for line in _setting(each))]
    for table, section in draft.sections():
        lines += _section(table, section)
    for lookup, texts in draft.lookups.items():
        lines += ["", f"[lookups.{_key(lookup)}]", *(f"{_key(text)} = {value_of(to)}" for text, to in texts.items())]
    if draft.unused:
        more = len(draft.unused) - _MOST_UNUSED
        rest = f", and {more:,} more" if more > 0 else ""
        lines += ["", *_comment(f"Not sent: {', '.join(draft.unused[:_MOST_UNUSED])}{rest}")]
    return "\n".join(lines) + "\n"


def value_of(value: Any) -> str:
    """Write a value of TOML."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case list():
            return f"[{', '.join(map(value_of, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_key(name)} = {value_of(each)}' for name, each in value.items())} }}"
    return str(value)


def counts(tallies: Sequence[Tally]) -> Iterator[str]:
    """Yield how many records fit, and why the others do not."""
    for tally in tallies:
        what = "order" if tally.entity == "purchase" else "customer"
        fit = "fits" if tally.records == 1 else "fit"
        line = f"{tally.fitting:,} of {counted(tally.records, what)} of the sample {fit}"
        if tally.left_out:
            line += f", {tally.left_out:,} left out"
        yield line + (":" if tally.misfits else "")
        for misfit in tally.misfits:
            yield f"  {misfit.count:,} {'does' if misfit.count == 1 else 'do'} not: {misfit.reason} ({misfit.example})"


def _counts(tallies: Sequence[Tally]) -> Iterator[str]:
    for line in counts(tallies):
        indent = "  " if line.startswith("  ") else ""
        yield from _comment(line.strip(), indent)


def _section(table: str, section: Section) -> Iterator[str]:
    yield from ("", f"[{table}]")
    for setting in section.settings:
        yield from _setting(setting)
    for part, fields in (("fields", section.fields), ("lines", section.lines)):
        if fields:
            yield from (*(("",) if part == "lines" or table == "purchase" else ()), f"[{table}.{part}]")
            for field in fields:
                yield from _field(field)


def _setting(setting: Setting) -> Iterator[str]:
    if setting.name == "leave_out":
        yield "leave_out = ["
        yield from (f"  {value_of(test)}," for test in setting.value)
        yield from (f"  # {value_of(test)}," for test in setting.suggested)
        yield "]"
        return
    yield from _line(f"{_key(setting.name)} = {value_of(setting.value)}", setting.why, is_on=setting.is_on)


def _field(field: DraftField) -> Iterator[str]:
    yield from _line(f"{_key(field.name)} = {value_of(field.rule)}", field.why, is_on=field.is_on)


def _line(text: str, why: str, *, is_on: bool) -> Iterator[str]:
    """Write a line with its comment after it, or above it if both are too long."""
    line = text if is_on else f"# {text}"
    why = printable(why, 1_000)
    if why == _ALL and len(line) + len(why) + 4 > _WIDEST:
        why = ""
    if why and len(line) + len(why) + 4 > _WIDEST:
        yield from _comment(why)
        yield line
    else:
        yield f"{line}  # {why}" if why else line


def _comment(text: str, mark: str = "") -> list[str]:
    text = printable(text, 20_000)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"# {mark}", subsequent_indent=f"# {' ' * len(mark)}", break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    """Write a text, a regular expression without its escapes."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_ESCAPES.get(letter) or _escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    """Write a character that does not print, such as a blank that does not break, so that a person sees it."""
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04X}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08X}"
