"""The table of a file, chosen by its name.

Room: sources.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources._files import STDIN, kind_of
from woowup_async.sources.csv import CsvTable
from woowup_async.sources.excel import ExcelTable
from woowup_async.sources.json_table import JsonTable
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.parquet import ParquetTable
from woowup_async.sources.table import TableFile
from woowup_async.sources.table_protocol import Table

JSON: frozenset[str] = frozenset((".jsonl", ".ndjson", ".json"))
PARQUET: frozenset[str] = frozenset((".parquet", ".pq"))
EXCEL: frozenset[str] = frozenset((".xlsx", ".xlsm"))
CSV: frozenset[str] = frozenset((".csv", ".tsv", ".txt"))


def is_json(path: str | os.PathLike[str]) -> bool:
    """Return whether a file with this name is JSON."""
    return Path(path) == STDIN or kind_of(Path(path)) in JSON


def table_file(path: str | os.PathLike[str], mapping: Mapping, entity: Entity) -> TableFile:
    """Return one entity of a file as a source.

    Raises:
        SourceError: the mapping has no table for this entity, or files of this kind cannot be read by a mapping.

    """
    rule = mapping.rule_of(entity)
    columns, optional = mapping.columns_of(entity), rule.optional if rule is not None else []
    return TableFile(table_of(Path(path), mapping, columns, optional), mapping, entity, joined_table(mapping, entity))


def joined_table(mapping: Mapping, entity: Entity) -> Table | None:
    """Return the table of the payments, if the mapping names one."""
    rule = mapping.rule_of(entity)
    joined = rule.payment_rows if rule is not None else None
    return table_of(Path(joined.file), mapping, joined.columns()) if joined is not None else None


def table_of(path: Path, mapping: Mapping, columns: Iterable[str], optional: Iterable[str] = ()) -> Table:
    """Return the table of a file.

    Raises:
        SourceError: files of this kind cannot be read by a mapping.

    """
    suffix = kind_of(path)
    if is_json(path):
        if mapping.json is None:
            what = f"{path}: a mapping is for tables, JSON Lines need none: leave it out"
            raise SourceError(f"{what}, or add a table [json] to it if its columns are paths into JSON")
        return JsonTable(path, mapping, columns, optional)
    if suffix in CSV:
        return CsvTable(path, mapping.csv)
    if suffix in PARQUET:
        return ParquetTable(path, mapping.csv)
    if path.suffix.lower() in EXCEL:
        return ExcelTable(path, mapping)
    raise SourceError(
        f"{path}: only .csv, .tsv, .txt, .xlsx, .parquet and JSON can be read by a mapping; text may also be compressed"
    )
