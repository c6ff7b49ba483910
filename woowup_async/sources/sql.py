"""Queries of databases: the rows of a query as a table for a mapping, or as records with the API's names.

Room: sources. It needs the extra `sql`. Memory: some thousand rows. The rows of a query go to a private temporary file,
and the connection is closed before the first record is sent. A query is read once in a run, or up to twice more to
compare its orders with those of other tables.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from woowup_async._flow import Entity, Record, digest_of
from woowup_async.budget.dsn import Dsn
from woowup_async.budget.opened import from_environment
from woowup_async.errors import SourceError
from woowup_async.sources._blocks import InBlocks
from woowup_async.sources._database import address_of
from woowup_async.sources._query import Query
from woowup_async.sources._query_records import QueryRecords
from woowup_async.sources._query_rows import QueryTable
from woowup_async.sources._query_values import MarkedRecord
from woowup_async.sources._sql_rule import text_of_query
from woowup_async.sources._watermark import NOTE, Progress
from woowup_async.sources.mapping import Mapping, TableFormat
from woowup_async.sources.table import TableFile

#: Begins the name of a mapping whose query is the source: `sql:orders.toml`.
PREFIX = "sql:"
_NAME = Path("query")


class SqlQuery(InBlocks):
    """The records of one entity in a query.

    The connection is closed before the first record is sent, and in every other case. Times without a zone need
    `timezone`; no zone is guessed.

    Attributes:
        path: names it in messages and positions.
        table: its rows as a table, if it has a mapping.
        progress_name: the name under which a journal stores how far it was read; None without a watermark.

    """

    path: Path
    table: TableFile | None
    progress_name: str | None

    def __init__(
        self,
        url: str,
        query: str | Path,
        mapping: Mapping | None = None,
        *,
        entity: Entity | None = None,
        watermark: str | None = None,
        timezone: str | None = None,
        path: Path = _NAME,
    ) -> None:
        """Connect a query with its mapping. Nothing is read yet.

        Args:
            url: SQLAlchemy's URL of the database, such as `postgresql://user:password@host/name`. No message, repr, log
                or report shows its password.
            query: its text, or the path of a file with it.
            mapping: what its columns mean. Without one, they are named like the API's fields, and each row is a record.
            entity: what its rows become, if the mapping has users and purchases.
            watermark: a column that grows when a row changes. With a journal, the next run reads only from its highest
                value on. `mapping.sql` may have it.
            timezone: of times without a time zone. `mapping.sql` may have it.
            path: names the query in messages and positions.

        Raises:
            SourceError: the URL is not one, the file of the query cannot be read, or an option does not fit.

        """
        rule = mapping.sql if mapping is not None else None
        watermark = watermark or (rule.watermark if rule else None)
        timezone = timezone or (rule.timezone if rule else None)
        self.path, self._url = path, Dsn(_url_of(url))
        address, text = address_of(self._url, str(path)), text_of_query(query, Path())
        self._progress = Progress(path.name, watermark) if watermark else None
        if mapping is None or (mapping.user is None and mapping.purchase is None):
            self.table = None
            self._source: QueryTable | QueryRecords = QueryRecords(self._query(text), timezone)
        else:
            entity = entity or _entity_of(mapping)
            self.table = self._source = self._tabled(text, mapping, entity, timezone)
        identity = (address, text, entity, watermark, msgspec.json.encode(mapping).decode())
        name = f"{NOTE}{digest_of(msgspec.json.encode(identity)).hex()}"
        self.progress_name = name if watermark else None

    def check(self) -> None:
        """Raise `SourceError` if the query cannot be read or a column is missing, before anything is sent."""
        self._source.check()

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Read, from the watermark on."""
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                yield block

    def begin(self, noted: str | None) -> None:
        """Begin from what `reached` returned at the end of an earlier run; from the start if it is None."""
        if self._progress is not None:
            self._progress.begin(noted)

    def hold(self, record: Record) -> None:
        """Note that a record must be read again in the next run."""
        if self._progress is not None and isinstance(record, MarkedRecord) and record.progress is self._progress:
            self._progress.hold(record.mark)

    def reached(self) -> str | None:
        """Return how far it was read: the highest value of the watermark, or the lowest that must be read again."""
        return self._progress.reached() if self._progress is not None else None

    def _tabled(self, text: str, mapping: Mapping, entity: Entity, timezone: str | None) -> QueryTable:
        has_zone = timezone is not None or mapping.csv.timezone != TableFormat().timezone
        if timezone is not None:
            mapping = msgspec.structs.replace(mapping, csv=msgspec.structs.replace(mapping.csv, timezone=timezone))
        rule = mapping.rule_of(entity)
        if rule is not None and rule.fill_down and self._progress is not None:
            raise SourceError(f"{self.path}: fill_down needs all rows in their order, so it cannot have a watermark")
        is_order = rule is not None and (entity is Entity.PURCHASE or rule.made_from is not None)
        key = rule.key if rule is not None and is_order else ()
        return QueryTable(self._query(text, key), mapping, entity, has_zone=has_zone)

    def _query(self, text: str, key: Sequence[str] = ()) -> Query:
        return Query(self._url, text, self.path, self._progress, key)


def sql_source(path: str | os.PathLike[str], entity: Entity) -> SqlQuery:
    """Return the source for a mapping with a table `[sql]`. The URL comes from the environment variable that it names.

    Raises:
        SourceError: the mapping cannot be read or has no `[sql]`, or the variable is not set.

    """
    mapping = Mapping.load(path)
    if mapping.sql is None:
        raise SourceError(f"{path} has no table [sql], which says what to read: url_env and query")
    url = os.environ.get(mapping.sql.url_env)
    if not url:
        form = "postgresql://user:password@host/database"
        raise SourceError(f"{path}: set {mapping.sql.url_env} to the URL of the database, such as {form}")
    return SqlQuery(url, mapping.sql.query, mapping, entity=entity, path=Path(path))


def _url_of(url: str) -> str:
    try:
        return from_environment(url)
    except ValueError as error:
        raise SourceError(str(error)) from None


def _entity_of(mapping: Mapping) -> Entity:
    if mapping.user is not None and mapping.purchase is not None:
        raise SourceError("the mapping has users and purchases: say which by entity=Entity.USER or Entity.PURCHASE")
    return Entity.PURCHASE if mapping.user is None else Entity.USER
