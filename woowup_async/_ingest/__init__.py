"""Ingestion: records in, outcomes out. Pure machines, and the one task group that drives them."""
