"""How soon the last year's revenue is on the account, as a dry run estimated.

Room: cli. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from woowup_async._planning.curve import HOURS
from woowup_async._planning.dry_run import DryRun
from woowup_async.cli.job import Job

#: A share above which an order needs no comparison: everything is there after the first hour.
_ALL = 0.995


def lines_of(result: DryRun, job: Job) -> Iterator[str]:
    """Yield the shares as text, unless everything is there after the first hour in the given order."""
    found = _shares(result, job)
    if not found or all(shares[0] >= _ALL for shares in found.values()):
        return
    yield "of the last year's revenue, on the account after"
    yield f"  {'':18}" + "".join(f"{hours:>6} h" for hours in HOURS)
    for name, shares in found.items():
        yield f"  {name:18}" + "".join(f"{share:>8.0%}" for share in shares)


def as_json(result: DryRun, job: Job) -> dict[str, Any] | None:
    """Return the shares for `--json`, by order and hours."""
    names = {"users first": "given", "--recent-first": "recent", "--only-buyers": "recent"}
    found = _shares(result, job)
    return {names[name]: dict(zip(map(str, HOURS), shares)) for name, shares in found.items()} or None


def _shares(result: DryRun, job: Job) -> dict[str, tuple[float, ...]]:
    if result.soon is None:
        return {}
    if job.only_buyers:  # the sources were not read in their order
        return {"--only-buyers": result.soon.recent}
    return {"users first": result.soon.given, "--recent-first": result.soon.recent}
