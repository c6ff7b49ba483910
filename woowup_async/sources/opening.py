"""Files by their names.

Room: sources.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.ports import Source
from woowup_async.sources._files import STDIN, kind_of
from woowup_async.sources.csv import CsvFile
from woowup_async.sources.jsonl import JsonLines
from woowup_async.sources.layout import mapping_of
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.parquet import parquet_file

_JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}


def is_json_lines(path: str | os.PathLike[str]) -> bool:
    """Whether a file is read as JSON Lines, by its name."""
    return Path(path) == STDIN or kind_of(Path(path)) in _JSON_SUFFIXES


def open_source(
    path: str | os.PathLike[str],
    entity: Entity,
    mapping: Mapping | None = None,
    *,
    layout: Literal["woowup"] | None = None,
) -> Source:
    """Pick the source that a file's name asks for, and check that it can be read.

    Args:
        path: JSON Lines, CSV or Parquet; "-" for JSON Lines from standard input.
        entity: what its records are about.
        mapping: of the columns of a CSV; of a Parquet file's, where its rows are not records.
        layout: "woowup": a CSV's columns are named like the API's fields, or it is the vendor's sample.

    Raises:
        SourceError: the file cannot be read, its kind is unknown, a column is missing or of the wrong type, or a CSV
            has no mapping.

    """
    suffix = kind_of(Path(path))
    source: Source
    if is_json_lines(path):
        if mapping is not None:
            raise SourceError(f"{path}: a mapping is for tables; JSON Lines are read as they are: leave it out")
        source = JsonLines(path)
    elif suffix in (".parquet", ".pq"):
        source = parquet_file(path, entity, mapping)
    elif suffix != ".csv":
        kinds = ".csv, .parquet and JSON Lines (.jsonl, .ndjson, .json)"
        raise SourceError(f"{path}: only {kinds} are read; text plain or as .gz, .bz2 or .zst")
    else:
        source = CsvFile(path, mapping or _laid_out(Path(path), entity, layout), entity)
    source.check()
    return source


def _laid_out(path: Path, entity: Entity, layout: str | None) -> Mapping:
    if layout is None:
        raise SourceError(f"{path}: a CSV needs a mapping of its columns, or a layout if they are named like the API's")
    return mapping_of(path, entity)
