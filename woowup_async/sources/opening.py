"""The choice of a source by the name of a file.

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
from woowup_async.sources.sql import PREFIX, sql_source

_JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}


def is_json_lines(path: str | os.PathLike[str]) -> bool:
    """Return whether a file with this name is read as JSON Lines."""
    return Path(path) == STDIN or kind_of(Path(path)) in _JSON_SUFFIXES


def is_query(path: str | os.PathLike[str]) -> bool:
    """Return whether a name means the query of a mapping: `sql:orders.toml`."""
    return str(path).startswith(PREFIX)


def open_source(
    path: str | os.PathLike[str],
    entity: Entity,
    mapping: Mapping | None = None,
    *,
    layout: Literal["woowup"] | None = None,
) -> Source:
    """Return the source for a file, chosen by its name, and check that it can be read.

    Args:
        path: JSON Lines, CSV or Parquet; "-" for JSON Lines from standard input; `sql:FILE.toml` for the query in the
            table `[sql]` of a mapping.
        entity: what its records are about.
        mapping: of the columns of a CSV, or of a Parquet file whose rows are not records.
        layout: "woowup" if the columns of a CSV are named like the API's fields, or if it is the vendor's sample.

    Raises:
        SourceError: the file cannot be read, its kind is unknown, a column is missing or of the wrong type, or a CSV
            has no mapping.

    """
    suffix = kind_of(Path(path))
    source: Source
    if is_query(path):
        if mapping is not None:
            raise SourceError(f"{path}: a query has a mapping of its own: leave the other out")
        source = sql_source(str(path).removeprefix(PREFIX), entity)
    elif is_json_lines(path):
        if mapping is not None:
            raise SourceError(f"{path}: a mapping is for tables, JSON Lines need none: leave it out")
        source = JsonLines(path)
    elif suffix in (".parquet", ".pq"):
        source = parquet_file(path, entity, mapping)
    elif suffix != ".csv":
        kinds = ".csv, .parquet and JSON Lines (.jsonl, .ndjson, .json)"
        raise SourceError(f"{path}: only {kinds} can be read; text may also be .gz, .bz2 or .zst")
    else:
        source = CsvFile(path, mapping or _laid_out(Path(path), entity, layout), entity)
    source.check()
    return source


def _laid_out(path: Path, entity: Entity, layout: str | None) -> Mapping:
    if layout is None:
        raise SourceError(f"{path}: a CSV needs a mapping, or a layout if its columns are named like the API's fields")
    return mapping_of(path, entity)
