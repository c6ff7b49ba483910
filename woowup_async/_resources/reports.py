"""`woowup.integration_stats` and `woowup.connectors`: reports of what an integration did.

Room: _resources.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, Literal

from woowup_async._resources import endpoints
from woowup_async._resources.arguments import day_of, paging_of, query_of
from woowup_async._resources.base import Resource, body_of
from woowup_async.models.integration_stats import IntegrationStats
from woowup_async.models.processing_log import ProcessingLog, StoredLog, log_fields

_LOG_ENTITIES = ("customers", "purchases", "products", "branches")
#: Documented default of `logs`; its maximum is not stated (Q20).
_LOG_PAGE = 25


class IntegrationStatsReports(Resource):
    """What WoowUp's own pages show the shop of an integration's runs."""

    async def create(self, stats: IntegrationStats) -> None:
        """Hand in a report. No answer is documented (Q2).

        Raises:
            ReplyLost: perhaps done; never repeated after bytes were sent.

        """
        await self._ask(endpoints.INTEGRATION_STATS_CREATE, body=body_of(stats))

    def list(
        self,
        *,
        from_: date | str | None = None,
        to: date | str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield reports over all pages, as they come: their shape is not documented (Q10).

        Args:
            from_: first day.
            to: last day.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.

        """
        days = query_of(from_=day_of(from_, "from_"), to=day_of(to, "to"))
        return self._pages(endpoints.INTEGRATION_STATS_LIST, days, paging_of(limit, page, page_size))


class Connectors(Resource):
    """The connectors host: another address, Bearer authentication, a pace of its own."""

    async def log(self, record: ProcessingLog | Mapping[str, Any]) -> StoredLog:
        """Hand in what a connector did with its files.

        Counters of customers by branch go in both spellings, since the page's examples break its schema (Q14); a
        mapping may have either.

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            ReplyLost: perhaps done; never repeated after bytes were sent.

        """
        return await self._ask(endpoints.CONNECTORS_LOG, body=body_of(log_fields(record)))

    def logs(
        self,
        *,
        entity: Literal["customers", "purchases", "products", "branches"] | None = None,
        from_: date | str | None = None,
        to: date | str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[StoredLog]:
        """Yield records over all pages.

        Args:
            entity: what it filters is unclear (Q20).
            from_: first day of processing.
            to: last day of processing.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request. The default is 25 (documented), and the maximum is unknown (Q20).

        """
        if entity is not None and entity not in _LOG_ENTITIES:
            raise ValueError(f"entity must be one of {', '.join(_LOG_ENTITIES)}, got {entity!r}")
        days = query_of(entity=entity, from_=day_of(from_, "from_"), to=day_of(to, "to"))
        paging = paging_of(limit, page, page_size, default=_LOG_PAGE, most=None)
        return self._pages(endpoints.CONNECTORS_LOGS, days, paging)
