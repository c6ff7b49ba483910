"""Sources of records: files, and any iterable.

Modules that read files are imported when they are first used, so that a service without files does not wait for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from woowup_async._flow import Entity

if TYPE_CHECKING:
    from woowup_async.sources.chain import Chain
    from woowup_async.sources.cleaned import CleanedSource
    from woowup_async.sources.csv import CsvFile
    from woowup_async.sources.dataframe import DataFrame
    from woowup_async.sources.dead_letters import DeadLetterFile
    from woowup_async.sources.jsonl import JsonLines
    from woowup_async.sources.mapping import Mapping
    from woowup_async.sources.opening import open_source
    from woowup_async.sources.parquet import ParquetRecords
    from woowup_async.sources.sql import SqlQuery

__all__ = [
    "Chain",
    "CleanedSource",
    "CsvFile",
    "DataFrame",
    "DeadLetterFile",
    "Entity",
    "JsonLines",
    "Mapping",
    "ParquetRecords",
    "SqlQuery",
    "open_source",
]

_HOMES = {
    "Chain": "chain",
    "CleanedSource": "cleaned",
    "CsvFile": "csv",
    "DataFrame": "dataframe",
    "DeadLetterFile": "dead_letters",
    "JsonLines": "jsonl",
    "Mapping": "mapping",
    "ParquetRecords": "parquet",
    "SqlQuery": "sql",
    "open_source": "opening",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
