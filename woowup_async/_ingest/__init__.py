"""Ingestion turns records into outcomes. Pure rules decide, and one task group runs them."""
