"""A simulated WoowUp account on a real socket of this machine, for tests, demos and dry runs.

Room: testing. Its window and its schemas are written from the vendor's pages. They never import those of the client.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from aiohttp import web
from anyio.from_thread import start_blocking_portal

from woowup_async.policies import RateLimit
from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._answers import Answer, answer
from woowup_async.testing._replies import as_scripted, dribbled, json_reply, too_large, web_page
from woowup_async.testing._routes import Asked, Server
from woowup_async.testing._window import ServerWindow, WindowVerdict
from woowup_async.testing.ceilings import BulkCeiling
from woowup_async.testing.faults import Faults, Scripted

_HOST = "127.0.0.1"
_KEPT = 10_000


class Simulator:
    """A simulated account on loopback: `async with Simulator() as simulator: ... simulator.url`.

    If one purchase of a bulk request is bad, the whole request is refused. A purchase whose user does not exist is
    queued and ends in `orphans`. A purchase that was stored before is ignored and kept in `duplicates`. The answer for
    an unknown path is a 200 with HTML, as on the real host.

    Args:
        rate_limit: the account's rate limit; None for no limit.
        speed: divides the segment: with 20, its 30 seconds are 1.5. The headers then have fractions of seconds.
        api_key: the only key that is accepted.
        port: the port; 0 for a free one.
        latency: the delay of each answer, in seconds.
        counts_refused: whether a refused request counts in the window (unknown for the real server, U46).
        weighs_remaining: whether `x-rate-limit-remaining` includes the weighted previous segment (unknown, Q58).
        faults: random faults.
        max_body_bytes: the answer to a larger body is a 413 (unknown for the real server, U2).
        names_index: whether a refused bulk request says which purchase is bad, as `[3]` (unknown, U5).
        answers_201: whether the status is 201 instead of 200 after something is created (unknown, Q29).
        bulk: the largest bulk request of purchases, and what it answers to a larger one (unknown, U1).

    Attributes:
        refuses: called with each user and purchase. If it returns errors, the record is refused with them.

    """

    api_key: str
    latency: float
    faults: Faults | None
    max_body_bytes: int | None
    segment: float
    requests: int
    throttled: int

    def __init__(  # noqa: PLR0913 - options of the public interface, each by name
        self,
        rate_limit: RateLimit | None = RateLimit(),
        *,
        speed: float = 1.0,
        api_key: str = "simulator-key",
        port: int = 0,
        latency: float = 0.0,
        counts_refused: bool = False,
        weighs_remaining: bool = False,
        faults: Faults | None = None,
        max_body_bytes: int | None = None,
        names_index: bool = False,
        answers_201: bool = False,
        bulk: BulkCeiling = BulkCeiling(),
    ) -> None:
        self.api_key, self.latency = api_key, latency
        self.faults, self.max_body_bytes = faults, max_body_bytes
        self.bulk: BulkCeiling = bulk
        self.account_deleted = False
        self.segment = (rate_limit or RateLimit()).segment / speed
        self._is_shrunken = speed != 1
        self._window = rate_limit and ServerWindow(
            rate_limit.limit, self.segment, counts_refused=counts_refused, weighs_remaining=weighs_remaining
        )
        self.requests = self.throttled = 0
        self.exchanges: deque[tuple[str, str, int]] = deque(maxlen=_KEPT)
        self._account = SimulatedAccount(names_index=names_index, answers_201=answers_201)
        self._server = Server(self._account)
        self._script: deque[Scripted] = deque()
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://{_HOST}:{self._port}/apiv3"

    @property
    def connectors_url(self) -> str:
        """The base URL of the connectors host. No limit is documented there, so it has none here."""
        return f"http://{_HOST}:{self._port}/connectors/v1"

    @property
    def tls_url(self) -> str:
        """The same port with https. The server has no TLS, so each connection fails."""
        return self.url.replace("http:", "https:")

    @property
    def refuses(self) -> Callable[[dict[str, Any]], list[str]]:
        """A function that returns more errors of a record, beyond the documented schema."""
        return self._account.refuses

    @refuses.setter
    def refuses(self, refuses: Callable[[dict[str, Any]], list[str]]) -> None:
        self._account.refuses = refuses

    @property
    def segments(self) -> dict[int, set[int]]:
        """The users of each segment. Fill the dict in your test: `simulator.segments[7] = {userapp_id}`."""
        return self._server.records.segments

    @property
    def transactions(self) -> dict[int, list[dict[str, Any]]]:
        """Transactions of added points, by `userapp_id`."""
        return self._server.records.transactions

    @property
    def reports(self) -> list[dict[str, Any]]:
        """Integration stats as sent."""
        return self._server.reports.reports

    @property
    def logs(self) -> list[dict[str, Any]]:
        """Processing logs as sent."""
        return self._server.reports.logs

    @property
    def users(self) -> dict[int, dict[str, Any]]:
        """Users as stored, by `userapp_id`."""
        return self._account.users

    @property
    def purchases(self) -> dict[tuple[str | None, str], dict[str, Any]]:
        """Purchases as stored, by branch and invoice number."""
        return self._account.purchases

    @property
    def members(self) -> dict[int, list[dict[str, Any]]]:
        """Family members as stored, by the `userapp_id` of their user."""
        return self._account.members

    @property
    def products(self) -> dict[str, dict[str, Any]]:
        """Products as stored, by sku."""
        return self._server.shelves.products

    @property
    def branches(self) -> dict[str, dict[str, Any]]:
        """Branches as stored, by name."""
        return self._server.shelves.branches

    @property
    def user_events(self) -> list[dict[str, Any]]:
        """Events of users as sent."""
        return self._server.activity.user_events

    @property
    def carts(self) -> list[dict[str, Any]]:
        """Abandoned carts as sent."""
        return self._server.activity.carts

    @property
    def blacklist(self) -> dict[str, list[str]]:
        """The addresses and numbers that must get no messages, by `email` and `telephone`."""
        return self._server.audience.blacklist

    @property
    def coupons(self) -> list[dict[str, Any]]:
        """Coupons. Fill the list in your test: `simulator.coupons.append({"code": "A", "status": "available"})`."""
        return self._server.audience.coupons

    @property
    def benefits(self) -> dict[str, list[dict[str, Any]]]:
        """Benefits by `current`, `outofstock` and `comingbenefits`. Fill the lists in your test."""
        return self._server.audience.benefits

    @property
    def orphans(self) -> list[dict[str, Any]]:
        """Purchases that were queued and then dropped because their user does not exist."""
        return self._account.orphans

    @property
    def duplicates(self) -> int:
        """Purchases of bulk requests that were stored before."""
        return self._account.duplicates

    def script(self, *answers: Scripted) -> None:
        """Send these answers to the next requests of any kind, in order."""
        self._script.extend(answers)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/{path:(?s:.*)}", self._serve)
        # bodies are not decompressed: it is not known whether the real server does it (U53)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, auto_decompress=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @contextmanager
    def run_in_thread(self) -> Iterator[Self]:
        """Run in a thread with an event loop of its own: `with Simulator().run_in_thread() as simulator: ...`.

        For tests that are not async, and for code that runs event loops of its own.
        """
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(self):
            yield self

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        response = await self._answer(request)
        self.exchanges.append((request.method, request.path, response.status))
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        is_paced = not self._is_connectors(request)
        if refusal := self._check_account(request):
            return json_reply(refusal, self._headers_without_counting() if is_paced else {})
        verdict = self._window.arrive(time.time()) if self._window and is_paced else None
        headers = self._limit_headers(verdict)
        if verdict and verdict.is_refused:
            self.throttled += 1
            body = {"payload": [], "message": "too many request", "code": "too_many_request"}
            return json_reply((429, body), headers)
        fault = self._script.popleft() if self._script else self.faults and self.faults.draw()
        return await self._follow(fault, request, headers) if fault else await self._process(request, headers)

    def _check_account(self, request: web.Request) -> Answer | None:
        if self.account_deleted:
            return 410, {"payload": [], "message": "gone: account deleted", "code": "account_deleted"}
        scheme = "Bearer " if self._is_connectors(request) else "Basic "
        given = request.query.get("apikey") or request.headers.get("Authorization", "").removeprefix(scheme)
        if given != self.api_key:
            return answer(403, "forbidden", "forbidden: authentication failed")
        return None

    def _is_connectors(self, request: web.Request) -> bool:
        return request.path.startswith("/connectors/")

    def _headers_without_counting(self) -> dict[str, str]:
        """Return the headers for an answer to a wrong key, which is not counted. Every answer has them (documented)."""
        return self._limit_headers(self._window.look(time.time()) if self._window else None)

    def _limit_headers(self, verdict: WindowVerdict | None) -> dict[str, str]:
        if verdict is None or self._window is None:
            return {}
        headers = {
            "x-rate-limit-limit": str(self._window.limit),
            "x-rate-limit-remaining": str(verdict.remaining),
            "x-rate-limit-reset": self._written(verdict.reset),
        }
        return headers | ({"Retry-After": self._written(verdict.retry_after)} if verdict.is_refused else {})

    def _written(self, seconds: float) -> str:
        """Return whole seconds as documented. A shortened segment needs fractions to show its phase."""
        return f"{seconds:.6f}" if self._is_shrunken else str(math.ceil(seconds))

    async def _follow(self, fault: Scripted, request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        await request.read()
        genuine = await self._process(request, headers) if fault.process or fault.genuine else None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop and request.transport is not None:
            request.transport.abort()
        reply = as_scripted(fault, genuine, headers)
        return await dribbled(reply, fault, request) if fault.truncate or fault.drip else reply

    async def _process(self, request: web.Request, headers: dict[str, str]) -> web.Response:
        body = await request.read()
        if self.max_body_bytes is not None and len(body) > self.max_body_bytes:
            return too_large(headers)
        path, kind = request.rel_url.raw_path, request.headers.get("Content-Type", "")
        if refusal := await self.bulk.refusal(request.method, path, body):
            return json_reply(refusal, headers)
        result = self._server.answer(Asked(request.method, path, dict(request.query), body, kind))
        return web_page(headers) if result is None else json_reply(result, headers)
