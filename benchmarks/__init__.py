"""Measurements that you can repeat: `python -m benchmarks <name>`."""
