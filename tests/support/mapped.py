"""Files and mappings, written and read for a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from woowup_async._flow import Entity, Record
from woowup_async.sources import Mapping, open_source
from woowup_async.sources.cells import Cells
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.steps import compiled
from woowup_async.sources.table_format import TableFormat


def load(text: str) -> Mapping:
    return Mapping.parse(text, "m.toml")


async def records(path: Path, text: str, entity: Entity = Entity.PURCHASE) -> list[Record]:
    return [record async for record in open_source(path, entity, load(text))]


async def mapped(tmp_path: Path, data: str, text: str, entity: Entity = Entity.PURCHASE) -> list[Any]:
    """Return the records of a CSV, or the reasons if they are refused."""
    path = tmp_path / "t.csv"
    path.write_text(data, encoding="utf-8")
    return [outcome(record) for record in await records(path, text, entity)]


def outcome(record: Record) -> Any:
    return record.raw if record.refusal is None else [str(reason) for reason in record.refusal.reasons]


def step(text: str, rule: FieldRule, written: TableFormat | None = None, **lookups: dict[str, Any]) -> Any:
    """Return the result of a rule's steps for a text."""
    return compiled(rule, Cells(written or TableFormat()), lookups)(text)
