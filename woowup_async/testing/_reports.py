"""Reports and totals.

Room: testing. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from woowup_async.testing._account import PurchaseKey, SimulatedAccount
from woowup_async.testing._answers import Answer, BadQuery, done, refuse
from woowup_async.testing._query import Query, has_period, moment_of, now_iso, page_of, period_of
from woowup_async.testing._returned import Fields, totals_of
from woowup_async.testing._schemas import log_errors, report_errors

_ENTITIES = ("customers", "purchases", "products", "branches")


class Reports:
    """The reports that came, and totals of the account."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.reports: list[Fields] = []
        self.logs: list[Fields] = []
        self._arrivals: list[datetime] = []

    def create(self, body: Any) -> Answer:
        """POST /integration-stats. The status is 201."""
        if errors := report_errors(body):
            return refuse(errors)
        self.reports.append(body)
        self._arrivals.append(datetime.now(UTC))
        return done(message="", status=201)

    def listed(self, query: Query) -> Answer:
        """GET /integration-stats. The period is of `createtime`, or of the arrival if there is none."""
        is_within = period_of(query)
        found = [
            report
            for report, arrived in zip_longest(self.reports[:], self._arrivals[: len(self.reports)])
            if is_within(moment_of(report.get("createtime")) or arrived or _now())
        ]
        return done(page_of(found, query))

    def totals(self, query: Query) -> Answer:
        """GET /stats. It has no envelope (Q11). The customers of a branch are those who bought there."""
        account, is_within, branch = self._account, period_of(query), query.get("branch")
        if has_period(query):
            keys = [key for key in account.purchases if is_within(account.made(key))]
        else:
            keys = list(account.purchases)
        keys = [key for key in keys if not branch or key[0] == branch]
        users = [number for number in account.users if is_within(moment_of(account.kept(number).createtime) or _now())]
        per_branches = [
            {"branch": name, **self._of([key for key in keys if key[0] == name])}
            for name in sorted({key[0] for key in keys if key[0]})
        ]
        totals = self._of(keys) | ({} if branch else {"total_customers": len(users)})
        return 200, totals | {"per_branches": per_branches}

    def _of(self, keys: list[PurchaseKey]) -> Fields:
        held = [self._account.purchases[key] for key in keys]
        customers = {self._account.find(purchase) for purchase in held} - {None}
        return {"total_customers": len(customers), **totals_of(held)}

    def log(self, body: Any) -> Answer:
        """POST /log. The answer is the log with a time, without an envelope (Q17)."""
        if errors := log_errors(body):
            return refuse(errors)
        self.logs.append(body | {"createtime": now_iso()})
        return 200, self.logs[-1]

    def log_list(self, query: Query) -> Answer:
        """GET /logs. A bare array; the period is of `processingtime`. `entity` finds the logs that count it (Q20)."""
        entity, is_within = query.get("entity"), period_of(query)
        if entity and entity not in _ENTITIES:
            raise BadQuery("entity: value not in enum")
        found = [
            log
            for log in self.logs
            if (not entity or entity in log["stats"])
            and (not has_period(query) or is_within(moment_of(log["processingtime"]) or _now()))
        ]
        return 200, page_of(found, query)


def _now() -> datetime:
    return datetime.now(UTC)
