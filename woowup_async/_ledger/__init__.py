"""The ledger in PostgreSQL, which many processes share."""
