"""One budget for many processes and machines: the port of a store, and stores for it."""

from woowup_async.budget.store import MAX_BLOB_BYTES, BudgetStore, Snapshot

__all__ = ["MAX_BLOB_BYTES", "BudgetStore", "Snapshot"]
