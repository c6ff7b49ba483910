"""Asyncio bulk ingestion for the WoowUp API: `WoowUp` for one account, `SessionPool` for many."""

import logging

from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._version import __version__
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

logging.getLogger(__name__).addHandler(logging.NullHandler())  # silent unless the application configures logging
