"""`woowup mapping`: the mappings of presets, drafts of mappings, and what a mapping makes of a file.

Room: cli.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import typer

from woowup_async._flow import PUSHED, Entity
from woowup_async.cli.display.terminal import say, say_all, say_beside
from woowup_async.cli.display.tried_records import record_lines
from woowup_async.cli.display.words import wrapped
from woowup_async.cli.exits import REJECTED, WELL
from woowup_async.sources import Mapping, presets
from woowup_async.sources.drafting import Drafted, draft_of
from woowup_async.sources.drafting.rules.roles import Contents
from woowup_async.sources.drafting.rules.toml_text import counts
from woowup_async.sources.drafting.trial import tally_of, tried

#: Records that `check` shows of each kind.
_SHOWN = 3


def show(name: str | None) -> None:
    """Print the mapping of a preset, to be changed."""
    say_all(presets.names() if name is None else presets.text_of(name).splitlines())


def new(file: Path, output: Path | None, *, force: bool, users: bool, purchases: bool, rows: int) -> None:
    """Draft a mapping from the first rows of a file."""
    if output is not None and output.exists() and not force:
        raise ValueError(f"{output} exists: add --force to replace it")
    drafted = draft_of(file, _contents(users=users, purchases=purchases), rows)
    if output is None:
        say_all(drafted.text.splitlines())
        say_beside(_result(drafted, file, "m.toml"))
        return
    output.write_text(drafted.text, encoding="utf-8")
    say(f"{output} is written")
    say_all(_result(drafted, file, str(output)))


def check(mapping_file: Path, file: Path, *, users: bool, purchases: bool, rows: int) -> None:
    """Show the first three records as sent, beside their rows."""
    rules = Mapping.load(mapping_file)
    wanted = {Entity.USER} if users and not purchases else {Entity.PURCHASE} if purchases and not users else {*PUSHED}
    entities = [each for each in reversed(PUSHED) if each in wanted and rules.rule_of(each) is not None]
    if not entities:
        raise ValueError(f"{mapping_file} has no table for these records: leave out --users or --purchases")
    width = shutil.get_terminal_size((100, 24)).columns
    tallies = []
    for entity in entities:
        for number, each in enumerate(islice(tried(file, rules, entity, rows), _SHOWN), 1):
            say_all(record_lines(each, number, rules, entity, width))
            say()
        tallies.append(tally_of(file, rules, entity, rows))
    say_all(line for text in counts(tallies) for line in wrapped(text, width))
    raise typer.Exit(REJECTED if any(tally.misfits for tally in tallies) else WELL)


def _contents(*, users: bool, purchases: bool) -> Contents | None:
    if users and purchases:
        raise ValueError("give --users or --purchases, not both: a mapping of orders also makes their customers")
    return "customers" if users else "orders" if purchases else None


def _result(drafted: Drafted, file: Path, output: str) -> Iterator[str]:
    """Yield what became of the sample, what to check, and the next command."""
    width = shutil.get_terminal_size((100, 24)).columns
    for text in counts(drafted.tallies):
        yield from wrapped(text, width)
    for problem in drafted.problems:
        yield from wrapped(f"- {problem}", width, "  ")
    yield f"see it beside the rows: woowup mapping check {output} {file}"
