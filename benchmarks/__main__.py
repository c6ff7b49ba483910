"""`python -m benchmarks [NAME …]`: run all measurements, or the named ones."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks import summary

NAMES = (
    "hot_path", "request", "journal", "upload", "memory", "startup", "scale", "loop", "backfill", "economy", "service",
    "limiter", "sql", "stores", "ledger", "scale_out", "accounts", "interactive", "summary",
)  # fmt: skip


def main() -> None:
    """Run the measurements one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; the names are {', '.join(NAMES)}")
    sys.argv = sys.argv[:1]
    for name in names:
        module = "benchmarks.limiter.__main__" if name == "limiter" else f"benchmarks.{name}"
        importlib.import_module(module).main()
    summary.main()


if __name__ == "__main__":
    main()
