"""The interface for callers: a run over sources, its outcomes one by one, and the ingester."""
