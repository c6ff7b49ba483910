"""Drafts of mappings: what the columns of an unknown file probably mean, written as a TOML file to be read and changed.

Room: sources. `sampling` reads the head of a file, `rules` decides, and `trial` tries the draft on the same rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from woowup_async._flow import Entity
from woowup_async._text import counted
from woowup_async.errors import SourceError
from woowup_async.sources.drafting.rules.draft import Draft, Tally
from woowup_async.sources.drafting.rules.drafted import drafted
from woowup_async.sources.drafting.rules.repairs import repaired
from woowup_async.sources.drafting.rules.roles import Contents, contents_of
from woowup_async.sources.drafting.rules.toml_text import text_of
from woowup_async.sources.drafting.sampling import sample_of
from woowup_async.sources.drafting.trial import tally_of
from woowup_async.sources.mapping import Mapping

#: Rounds in which fields are taken out that the sample disproves (guessed: each round finds nearly all of them).
_ROUNDS = 4


class Drafted(NamedTuple):
    """A draft that was tried on its own sample.

    Attributes:
        text: the TOML file.
        tallies: what became of the records of the sample; none if something essential is missing.
        problems: what a person must check or write, each as one line.
        contents: what the file is about.

    """

    text: str
    tallies: list[Tally]
    problems: list[str]
    contents: Contents


def draft_of(path: Path, contents: Contents | None, most: int) -> Drafted:
    """Draft a mapping for a file and try it on the first rows.

    Args:
        path: of the file.
        contents: what it is about, if it is known.
        most: rows of the sample; for JSON, documents.

    Raises:
        SourceError: the file cannot be read, or does not show what it is about.

    """
    sample = sample_of(path, most)
    contents = contents or contents_of(sample)
    if contents is None:
        names = ", ".join(column.name for column in sample.columns[:8])
        what = f"it is not clear if these are orders or customers ({names})"
        raise SourceError(f"{path}: {what}: add --purchases or --users")
    draft = drafted(sample, contents)
    if draft.is_empty:
        raise SourceError(f"{path}: no column looks like a field of {contents}")
    tallies = _tried(path, draft, most)
    for _ in range(_ROUNDS):
        better = repaired(draft, tallies)
        if better is draft:
            break
        draft, tallies = better, _tried(path, better, most)
    count = len({*sample.documents}) if sample.is_json else sample.rows
    rows = counted(count, "document" if sample.is_json else "row")
    sampled = f"the whole file, {rows}" if sample.is_whole else f"its first {rows}"
    return Drafted(text_of(draft, sample.name, sampled, tallies), tallies, draft.problems, contents)


def _tried(path: Path, draft: Draft, most: int) -> list[Tally]:
    mapping = Mapping.parse(text_of(draft, path.name, ""), "draft")
    entities = [Entity.USER] if mapping.purchase is None else [Entity.PURCHASE, Entity.USER]
    return [tally_of(path, mapping, entity, most) for entity in entities]
