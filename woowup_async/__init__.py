"""Asyncio bulk ingestion for the WoowUp API: `WoowUp` for one account, `SessionPool` for many.

Importing the package loads almost nothing: each name and each module is loaded when it is first used.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from woowup_async._version import __version__

if TYPE_CHECKING:
    from woowup_async._ingest.faces.ingester import Ingester
    from woowup_async._ingest.faces.outcomes import Outcomes
    from woowup_async._ingest.faces.receipt import Receipt
    from woowup_async._wire.endpoint import Replay, encoded_id
    from woowup_async.client import WoowUp
    from woowup_async.errors import WoowUpError
    from woowup_async.models import CLEAR, Purchase, User
    from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released, Report
    from woowup_async.policies import BatchPolicy, IngestPolicy, Lane, RateLimit, RetryPolicy, Timeouts
    from woowup_async.pool import SessionPool

__all__ = [
    "CLEAR",
    "Accepted",
    "BatchPolicy",
    "InDoubt",
    "IngestPolicy",
    "Ingester",
    "Lane",
    "Outcome",
    "Outcomes",
    "Purchase",
    "RateLimit",
    "Receipt",
    "Rejected",
    "Released",
    "Replay",
    "Report",
    "RetryPolicy",
    "SessionPool",
    "Timeouts",
    "User",
    "WoowUp",
    "WoowUpError",
    "__version__",
    "encoded_id",
]

#: The module of each public name.
_PLACES = {
    "_ingest.faces.ingester": ("Ingester",),
    "_ingest.faces.outcomes": ("Outcomes",),
    "_ingest.faces.receipt": ("Receipt",),
    "_wire.endpoint": ("Replay", "encoded_id"),
    "client": ("WoowUp",),
    "errors": ("WoowUpError",),
    "models": ("CLEAR", "Purchase", "User"),
    "outcomes": ("Accepted", "InDoubt", "Outcome", "Rejected", "Released", "Report"),
    "policies": ("BatchPolicy", "IngestPolicy", "Lane", "RateLimit", "RetryPolicy", "Timeouts"),
    "pool": ("SessionPool",),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}
#: Modules that are attributes of the package without an import of their own.
_MODULES = frozenset(
    (
        "budget", "cleaning", "client", "errors", "events", "models", "outcomes", "policies", "pool", "ports", "sinks",
        "sources", "statistics",
    )
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name or module when it is first used."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # the next use finds it at once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})


logging.getLogger(__name__).addHandler(logging.NullHandler())  # silent unless the application configures logging
