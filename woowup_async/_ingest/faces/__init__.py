"""What callers meet: a run over sources, its outcomes one by one, and the ingester."""
