"""Tables: a mapping turns rows with the same key into one user or one purchase.

Room: sources. No row is skipped: a group that the mapping leaves out or that cannot be read is a record with a refusal.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from copy import copy
from pathlib import Path

from woowup_async._flow import Entity, Record
from woowup_async.errors import SourceError
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.builder import Builder, JoinedPayments
from woowup_async.sources.columns import checked
from woowup_async.sources.grouping import GroupKey, Row, adjacent, is_adjacent, regrouped
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.order_keys import OrderKeys
from woowup_async.sources.order_rows import OrderRows, by_version
from woowup_async.sources.shared_orders import SharedOrders
from woowup_async.sources.table_protocol import Table

__all__ = ["Table", "TableFile"]


class TableFile(OffLoop):
    """One entity of a table.

    Purchases are grouped by key, wherever their rows are. Users are grouped by neighbouring rows, since a run merges
    identical users anyway.
    """

    path: Path

    def __init__(self, table: Table, mapping: Mapping, entity: Entity, joined: Table | None = None) -> None:
        """Connect a table with its mapping, and with the table of its payments.

        Raises:
            SourceError: the mapping has no table for this entity.

        """
        rule = mapping.rule_of(entity)
        self.path = table.path
        if rule is None:
            raise SourceError(f"the mapping has no table [{entity.value}], so {self.path} cannot feed {entity.value}s")
        self.entity: Entity = entity
        self._table, self._mapping, self._rule, self._joined = table, mapping, rule, joined
        #: Makes the keys of its orders.
        self.keys: OrderKeys = OrderKeys(mapping, entity)
        self._shared: SharedOrders | None = None
        self._original = self
        #: The first and last rows of the file, as `groups` last read them.
        self.edges: OrderRows | None = None

    def among(self, shared: SharedOrders) -> TableFile:
        """Return this table as one of several tables of purchases."""
        table = copy(self)
        table._shared = shared
        table._original = self
        return table

    def check(self) -> None:
        """Raise `SourceError` if a file cannot be read or a column is missing, before anything is sent."""
        checked(self._table, self.columns, self._rule.optional, self._mapping.columns)
        if self._joined is not None and self._rule.payment_rows is not None:
            checked(self._joined, self._rule.payment_rows.columns(), (), self._mapping.columns)

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        header = checked(self._table, self.columns, self._rule.optional, self._mapping.columns)
        with ExitStack() as stack:
            payments = None
            if self._joined is not None and self._rule.payment_rows is not None:
                joined = JoinedPayments(self._joined, self._rule.payment_rows, self._mapping, self.keys)
                payments = stack.enter_context(closing(joined))
            builder = Builder(self.path.name, header, self._mapping, self.entity, payments, self._own_names(header))
            shared, original = self._shared, self._original
            if shared is None and self.entity is Entity.PURCHASE and not self.keys.is_exact:
                shared, original = stack.enter_context(closing(SharedOrders([self]))), self
            for group in self._groups(builder):
                elsewhere = shared.find(original, group, builder) if shared is not None else None
                if elsewhere is None:
                    yield builder.record(group)
                elif elsewhere[0]:
                    yield builder.shared_record(group, *elsewhere)

    def _own_names(self, header: list[str]) -> list[str]:
        """Return the names of the columns in the file; none if they are those of the mapping."""
        own = self._table.header() if self._mapping.columns else header
        return own if own != header else []

    def groups(self) -> Iterator[tuple[list[Row], Builder]]:
        """Yield the rows of each key, with what reads them. This blocks."""
        header = checked(self._table, self.columns, self._rule.optional, self._mapping.columns)
        builder = Builder(self.path.name, header, self._mapping, self.entity, own_names=self._own_names(header))
        self.edges = builder.order_rows
        for group in self._groups(builder):
            yield group, builder

    @property
    def columns(self) -> list[str]:
        """The columns that the mapping reads."""
        return self._mapping.columns_of(self.entity)

    def _groups(self, builder: Builder) -> Iterator[list[Row]]:
        if self.entity is Entity.USER and self._rule.made_from is None:
            return by_version(self._rows(builder), builder.own_columns, builder.cell)
        if is_adjacent(self._rows(builder), _key_of):
            return adjacent(self._rows(builder), _key_of)
        return regrouped(self._rows(builder), _key_of)

    def _rows(self, builder: Builder) -> Iterator[Row]:
        return builder.order_rows.keyed(self._table.rows(builder.width))


def _key_of(row: Row) -> GroupKey:
    return row.key
