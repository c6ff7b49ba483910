"""Files and globs as one source.

Room: cli.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from woowup_async._flow import Entity
from woowup_async.cleaning import Cleaner
from woowup_async.errors import SourceError
from woowup_async.sources import Chain, CleanedSource, DeadLetterFile, Mapping, open_source, presets
from woowup_async.sources.opening import files_in, is_json_lines, is_query
from woowup_async.sources.stream import Records
from woowup_async.sources.table_format import Mark

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """How times without an offset and numbers are written, if not as the layout or the preset says."""

    timezone: str | None = None
    decimal: Mark | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """How files are read.

    Attributes:
        mapping: what the columns of tables mean.
        layout: a known mapping, in place of `mapping`.
        preset: the system whose mappings are used, in place of `mapping`.
        cleaner: rules that clean the records.
        dead_letters: files of dead letters to send again.
        written: how times and numbers are written, for a layout or a preset.

    """

    mapping: Mapping | None = None
    layout: Literal["woowup"] | None = None
    cleaner: Cleaner | None = None
    dead_letters: Sequence[Path] = ()
    preset: str | None = None
    written: Written = Written()


def sources(files: Files, entity: Entity, patterns: Sequence[str]) -> Records | None:
    """Open files and globs in natural order, then files of dead letters, as one source.

    Raises:
        SourceError: a file cannot be read, or a pattern matches no file.

    """
    if not (patterns or files.dead_letters):
        return None
    paths = [path for pattern in patterns for path in expanded(pattern)]
    layout, written = files.layout, files.written
    tables = (
        open_source(
            path, entity, _mapping_for(files, path, entity), layout=layout,
            timezone=written.timezone, decimal=written.decimal,
        )
        for path in paths
    )  # fmt: skip
    chain = Chain([*tables, *(DeadLetterFile(path, entity) for path in files.dead_letters)])
    chain.check()
    return CleanedSource(chain, files.cleaner) if files.cleaner is not None else chain


def _mapping_for(files: Files, path: str, entity: Entity) -> Mapping | None:
    """Return the mapping for a file."""
    if is_query(path):
        return None
    if files.preset is not None:
        return presets.mapping_for(files.preset, path, entity)
    return files.mapping if files.mapping is not None and _is_mapped(path, files.mapping) else None


def check_mapping(files: Files, patterns: Sequence[str]) -> None:
    """Refuse a mapping, a time zone or a decimal mark that no file uses.

    Raises:
        SourceError: all files are JSON Lines or queries.

    """
    is_given = files.preset is None and files.written != Written()
    if is_given and patterns and all(is_json_lines(path) or is_query(path) for path in patterns):
        what = "has its own mapping" if is_query(patterns[0]) else "is JSON Lines"
        raise SourceError(f"--timezone and --decimal are for tables, but {patterns[0]} {what}: leave them out")
    if files.mapping is None or not patterns or any(_is_mapped(path, files.mapping) for path in patterns):
        return
    what = f"--mapping is for tables, but {patterns[0]}"
    if is_query(patterns[0]):
        raise SourceError(f"{what} has its own mapping: leave it out")
    raise SourceError(
        f"{what} is JSON Lines: leave it out, or add a table [json] to it if its columns are paths into JSON"
    )


def _is_mapped(path: str, mapping: Mapping) -> bool:
    """Return whether a file is read by a mapping. JSON is, if the mapping says so. A query has its own."""
    return not is_query(path) and (mapping.json is not None or not is_json_lines(path))


def expanded(pattern: str) -> list[str]:
    """Return the files of a pattern, in natural order.

    Raises:
        SourceError: a pattern matches no file, or is an address.

    """
    if pattern == "-" or is_query(pattern):
        return [pattern]
    if address := _ADDRESS.match(pattern):  # what follows may have a password
        raise SourceError(f"an {address[0]} address is not a file: download it first")
    if Path(pattern).is_dir():
        return [str(path) for path in sorted(files_in(Path(pattern)), key=lambda path: _natural(path.name))]
    if Path(pattern).exists() or not glob.has_magic(pattern):
        return [pattern]
    found = sorted(glob.glob(pattern), key=_natural)  # noqa: PTH207 - a pattern may be absolute
    if not found:
        raise SourceError(f"no file matches {pattern}")
    return found


def _natural(path: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path)]


def files_of(
    mapping: Path | None,
    layout: Literal["woowup"] | None = None,
    rules: str | None = None,
    region: str | None = None,
    dead_letters: Sequence[Path] = (),
    preset: str | None = None,
    written: Written = Written(),
) -> Files:
    """Return how to read files, from the options of a command.

    Raises:
        SourceError: the mapping cannot be read.
        ValueError: an option is wrong.

    """
    if sum(each is not None for each in (mapping, layout, preset)) > 1:
        raise ValueError("give only one of --mapping, --layout and --preset")
    if layout is None and preset is None and written != Written():
        raise ValueError(
            "--timezone and --decimal are for --layout and --preset: a mapping has csv.timezone and csv.decimal"
        )
    if preset is not None:
        presets.text_of(preset)
    cleaner = _cleaner(rules, region) if rules else None
    return Files(Mapping.load(mapping) if mapping is not None else None, layout, cleaner, dead_letters, preset, written)


def _cleaner(rules: str, region: str | None) -> Cleaner:
    named = {rule.strip() for rule in rules.split(",") if rule.strip()}
    try:
        return Cleaner(named, region=region, today=datetime.now(UTC).date())
    except ValueError as error:
        raise ValueError(f"--clean: {error}") from None
    except ModuleNotFoundError:
        which = " and ".join(sorted(named & {"telephone", "document"}))
        raise ValueError(f"--clean {which} needs an extra: pip install 'woowup_async[clean]'") from None
