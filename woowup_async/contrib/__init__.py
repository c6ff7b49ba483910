"""Adapters for frameworks. `fastapi` and `opentelemetry` need the extras with the same names."""
