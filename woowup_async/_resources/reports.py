"""`woowup.integration_stats` and `woowup.connectors`: reports about the runs of an integration.

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
#: The default page size of `logs` (documented). No maximum is stated (Q20).
_LOG_PAGE = 25


class IntegrationStatsReports(Resource):
    """Reports about an integration's runs, which WoowUp shows to the shop."""

    async def create(self, stats: IntegrationStats) -> None:
        """Send a report. No answer is documented (Q2).

        Raises:
            ReplyLost: the report may have been stored. It is not repeated after bytes were sent.

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
        """Yield reports over all pages, undecoded: their shape is not documented (Q10).

        Args:
            from_: the first day.
            to: the last day.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        days = query_of(from_=day_of(from_, "from_"), to=day_of(to, "to"))
        return self._pages(endpoints.INTEGRATION_STATS_LIST, days, paging_of(limit, page, page_size))


class Connectors(Resource):
    """The connectors host. It has another address, Bearer authentication and a separate limit."""

    async def log(self, record: ProcessingLog | Mapping[str, Any]) -> StoredLog:
        """Send a report about the files of a connector.

        Counters of customers by branch are sent in both spellings, since the page's examples break its schema (Q14). A
        mapping may have either spelling.

        Raises:
            InvalidRecord: it breaks the schema. Nothing was sent.
            ReplyLost: the report may have been stored. It is not repeated after bytes were sent.

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
            entity: a filter. Its meaning is unclear (Q20).
            from_: the first day of processing.
            to: the last day of processing.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request. The default is 25 (documented), and the maximum is unknown (Q20).

        """
        if entity is not None and entity not in _LOG_ENTITIES:
            raise ValueError(f"entity must be one of {', '.join(_LOG_ENTITIES)}, got {entity!r}")
        days = query_of(entity=entity, from_=day_of(from_, "from_"), to=day_of(to, "to"))
        paging = paging_of(limit, page, page_size, default=_LOG_PAGE, most=None)
        return self._pages(endpoints.CONNECTORS_LOGS, days, paging)
