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
from woowup_async.sources.chain import Chain
from woowup_async.sources.csv import CsvFile
from woowup_async.sources.jsonl import JsonLines
from woowup_async.sources.layout import FORMAT, mapping_of
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.parquet import parquet_file
from woowup_async.sources.sql import PREFIX, sql_source
from woowup_async.sources.table_format import Mark
from woowup_async.sources.tables import CSV, EXCEL, JSON, PARQUET, is_json, table_file

_DRAFTED = "; `woowup mapping new {}` drafts one"


def is_json_lines(path: str | os.PathLike[str]) -> bool:
    """Return whether a file with this name is read as JSON Lines."""
    return is_json(path)


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that can be read, by name.

    Raises:
        SourceError: there is none.

    """
    known = JSON | PARQUET | CSV
    files = (path for path in folder.iterdir() if path.is_file())
    found = sorted(path for path in files if kind_of(path) in known or path.suffix.lower() in EXCEL)
    if not found:
        raise SourceError(f"the folder {folder} has no file that can be read")
    return found


def is_query(path: str | os.PathLike[str]) -> bool:
    """Return whether a name means the query of a mapping: `sql:orders.toml`."""
    return str(path).startswith(PREFIX)


def open_source(
    path: str | os.PathLike[str],
    entity: Entity,
    mapping: Mapping | None = None,
    *,
    layout: Literal["woowup"] | None = None,
    timezone: str | None = None,
    decimal: Mark | None = None,
) -> Source:
    """Return the source for a file, chosen by its name, and check that it can be read.

    Args:
        path: JSON Lines, CSV or Parquet, with a mapping also JSON documents or a workbook of Excel; a folder of such
            files; "-" for JSON Lines from standard input; `sql:FILE.toml` for the query in the table `[sql]` of a
            mapping.
        entity: what its records are about.
        mapping: of the columns of a CSV or a workbook, of the paths of JSON documents, or of a Parquet file whose rows
            are not records.
        layout: "woowup" if the columns of a CSV are named like the API's fields, or if it is the vendor's sample.
        timezone: of times without an offset, in place of that of the mapping or of UTC. A field with its own zone keeps
            it.
        decimal: the decimal mark, in place of that of the mapping or of a point.

    Raises:
        SourceError: the file cannot be read, its kind is unknown, a column is missing or of the wrong type, or a CSV
            has no mapping.

    """
    if is_query(path):
        if mapping is not None:
            raise SourceError(f"{path}: a query has a mapping of its own: leave the other out")
        query = sql_source(str(path).removeprefix(PREFIX), entity)
        query.check()
        return query
    if Path(path) != STDIN and Path(path).is_dir():
        return Chain(
            [
                open_source(each, entity, mapping, layout=layout, timezone=timezone, decimal=decimal)
                for each in files_in(Path(path))
            ]
        )
    if mapping is not None:
        mapping = mapping.written(timezone, decimal)
    suffix = kind_of(Path(path))
    source: Source
    is_workbook = Path(path).suffix.lower() in EXCEL
    if mapping is not None and (is_workbook or is_json(path) or suffix in PARQUET):
        source = table_file(path, mapping, entity)
    elif is_json(path):
        source = JsonLines(path)
    elif suffix in PARQUET:
        source = parquet_file(path, entity)
    elif suffix in CSV:
        source = CsvFile(path, mapping or _laid_out(Path(path), entity, layout, timezone, decimal), entity)
    elif is_workbook:
        raise SourceError(f"{path}: a workbook needs a mapping{_DRAFTED.format(path)}")
    else:
        kinds = ".csv, .tsv, .txt, .parquet, .xlsx and JSON Lines (.jsonl, .ndjson, .json)"
        raise SourceError(f"{path}: only {kinds} can be read; text may also be .gz, .bz2 or .zst")
    source.check()
    return source


def _laid_out(path: Path, entity: Entity, layout: str | None, timezone: str | None, decimal: Mark | None) -> Mapping:
    if layout is None:
        why = "a CSV needs a mapping, or a layout if its columns are named like the API's fields"
        raise SourceError(f"{path}: {why}{_DRAFTED.format(path)}")
    return mapping_of(path, entity, Mapping(csv=FORMAT).written(timezone, decimal).csv)
