"""Adapters for frameworks. `fastapi` and `opentelemetry` need the extras of these names; nothing else needs them."""
