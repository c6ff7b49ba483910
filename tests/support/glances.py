"""Journals as a dashboard sees them, for its tests."""

from __future__ import annotations

import json
from typing import Any

from woowup_async._journal.glance import Glance, RunTimes
from woowup_async._journal.live import Budget, Hour, Live, Minute, Problem
from woowup_async.cli.dashboard.view import Cause, Snapshot, Totals

#: 2027-01-15 08:00:00 UTC.
NOW = 1_800_000_000.0
MINUTE, HOUR = int(NOW // 60), int(NOW // 3_600)
BUDGET = Budget(70, 58.0, 40.0, 18.0, 12.0, 30.0, in_flight=2, waiting=1, throttled=3, cooldowns=1, foreign_rate=0.05)


def live(**more: Any) -> Live:
    """Return what a run of ten minutes shows of itself."""
    fields: dict[str, Any] = {
        "at": NOW - 1,
        "began": NOW - 600,
        "active": NOW - 2,
        "counts": {
            "user": {"accepted": 290, "rejected": 10},
            "purchase": {"accepted": 9_000, "unconfirmed": 40, "rejected": 200, "in_doubt": 5},
        },
        "requests": 1_390,
        "throttled": 3,
        "minutes": [Minute(MINUTE - back, 139, 3 if back == 5 else 0, 950) for back in range(10, 0, -1)],
        "budget": BUDGET,
    }
    return Live(**(fields | more))


def glance(**more: Any) -> Glance:
    """Return a journal with a run that works."""
    notes = {
        "left": json.dumps([NOW - 10, 1_210.0, 1_150.0, 1_330.0]),
        "expected": json.dumps([NOW - 10, {"user": 300, "purchase": 20_000}]),
    }
    fields: dict[str, Any] = {
        "is_running": True,
        "runs": (RunTimes(2, NOW - 600, None), RunTimes(1, NOW - 90_000, NOW - 80_000)),
        "live": live(),
        "problems": (
            Problem(NOW - 300, "cooldown", NOW - 290, "refused by the rate limit (429)"),
            Problem(NOW - 500, "outage", NOW - 400, "purchases.create_bulk answered 503 <b>"),
        ),
        "hours": (
            Hour(HOUR - 24, "purchase", "accepted", 60_000),
            Hour(HOUR - 23, "purchase", "accepted", 30_000),
            Hour(HOUR - 23, "user", "rejected", 900),
            Hour(HOUR, "purchase", "accepted", 9_000),
            Hour(HOUR, "purchase", "in_doubt", 5),
        ),
        "notes": notes,
    }
    return Glance(**(fields | more))


def snapshot(**more: Any) -> Snapshot:
    """Return all that was read from that journal."""
    causes = (
        Cause("purchase", "invalid", "channel: expected 'web' <script>alert(1)</script>", 180,
              (("Centro|F-<1>", "orders.csv:17"), ("", "orders.csv:18"))),
        Cause("purchase", "user_not_found", "", 20),
    )  # fmt: skip
    counts = {"purchase": {"accepted": 98_000, "rejected": 200, "in_doubt": 5}, "user": {"accepted": 290}}
    return Snapshot("shop.journal", glance(**more), Totals(counts, causes, unconfirmed=40))
