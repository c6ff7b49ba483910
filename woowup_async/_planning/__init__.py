"""Dry runs: what a run would do, without sending anything."""
