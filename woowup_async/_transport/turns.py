"""The turn of a request: a socket to its host, a socket of the pool, and the pool's pace.

Room: _transport. All waiting for the network is here, so that a run that stops can give up waiting requests and knows
that they were not sent.
"""

from __future__ import annotations

from types import TracebackType
from urllib.parse import urlsplit

from aiolimiter import AsyncLimiter

from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.sockets import Sockets


class Turns:
    """The places and the pace that all accounts of a pool share.

    Args:
        places: most requests under way.
        places_per_host: most requests under way to one host. None for no separate limit.
        requests_per_second: the pace over all accounts. None for no limit.

    """

    def __init__(self, places: int, places_per_host: int | None, requests_per_second: float | None) -> None:
        self._sockets, self._per_host = Sockets(places), places_per_host
        self._by_host: dict[str, Sockets] = {}
        self.pace = AsyncLimiter(1, 1 / requests_per_second) if requests_per_second is not None else None

    @property
    def held(self) -> int:
        """Places in use."""
        return self._sockets.held

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        return self._sockets.waiting + sum(sockets.waiting for sockets in self._by_host.values())

    def sockets_to(self, url: str) -> tuple[Sockets, ...]:
        """Return the sockets of which a request needs one each, in this order."""
        if self._per_host is None:
            return (self._sockets,)
        host = urlsplit(url).netloc
        if host not in self._by_host:
            self._by_host[host] = Sockets(self._per_host)
        return self._by_host[host], self._sockets


class Turn:
    """The turn of one request. `async with` waits for it on entry, and returns the places on exit without waiting."""

    __slots__ = ("_key", "_sockets", "_taken", "_turns")

    def __init__(self, turns: Turns, key: ApiKey, url: str) -> None:
        self._turns, self._key = turns, key
        self._sockets, self._taken = turns.sockets_to(url), 0

    async def __aenter__(self) -> None:
        try:
            for sockets in self._sockets:
                await sockets.take(self._key)
                self._taken += 1
            if self._turns.pace is not None:
                await self._turns.pace.acquire()
        except BaseException:
            self._give_back()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def _give_back(self) -> None:
        for sockets in self._sockets[: self._taken]:
            sockets.release(self._key)
        self._taken = 0
