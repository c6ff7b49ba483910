"""One budget for many processes and machines: the port of a store, and stores for it."""

from woowup_async.budget.account import account_name
from woowup_async.budget.dsn import masked
from woowup_async.budget.host import HostStore
from woowup_async.budget.opened import store_from
from woowup_async.budget.postgres import PostgresStore
from woowup_async.budget.redis import RedisStore
from woowup_async.budget.store import MAX_BLOB_BYTES, BudgetStore, Snapshot

__all__ = [
    "MAX_BLOB_BYTES", "BudgetStore", "HostStore", "PostgresStore", "RedisStore", "Snapshot", "account_name", "masked",
    "store_from",
]  # fmt: skip
