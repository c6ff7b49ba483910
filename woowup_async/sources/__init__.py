"""Where records come from: files, and any iterable."""

from __future__ import annotations

import os
from pathlib import Path

from woowup_async._flow import Entity, Source
from woowup_async.errors import SourceError
from woowup_async.sources._files import STDIN, kind_of
from woowup_async.sources.csv import CsvFile
from woowup_async.sources.dead_letters import DeadLetterFile
from woowup_async.sources.jsonl import JsonLines
from woowup_async.sources.mapping import Mapping

__all__ = ["CsvFile", "DeadLetterFile", "Entity", "JsonLines", "Mapping", "open_source"]

_JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}


def open_source(path: str | os.PathLike[str], entity: Entity, mapping: Mapping | None = None) -> Source:
    """Pick the source that a file's name asks for, and check that it can be read.

    Raises:
        SourceError: the file cannot be read, its kind is unknown, or a CSV has no mapping.

    """
    suffix = kind_of(Path(path))
    source: Source
    if suffix in _JSON_SUFFIXES or Path(path) == STDIN:
        source = JsonLines(path)
    elif suffix != ".csv":
        kinds = ".csv and JSON Lines (.jsonl, .ndjson, .json)"
        raise SourceError(f"{path}: only {kinds} are read, plain or as .gz, .bz2 or .zst")
    elif mapping is None:
        raise SourceError(f"{path}: a CSV needs a mapping of its columns")
    else:
        source = CsvFile(path, mapping, entity)
    source.check()
    return source
