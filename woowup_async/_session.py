"""The key, hosts and budget of one account. It makes the sender of each request.

Room: surface.
"""

from __future__ import annotations

import os

import msgspec

from woowup_async._transport.call import Call
from woowup_async._transport.connections import ConnectionPolicy, Connections, HasConnections
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.proof import HostProof
from woowup_async._transport.sender import Sender
from woowup_async._version import __version__
from woowup_async._wire.addresses import BASE_URL, CONNECTORS_URL
from woowup_async._wire.endpoint import Host
from woowup_async._wire.reply import Reply
from woowup_async.budget import BudgetStore
from woowup_async.policies import Lane, RateLimit, RetryPolicy, Timeouts

_USER_AGENT = f"woowup_async/{__version__}"


class Bounds(msgspec.Struct, frozen=True):
    """How long and how often a client's requests are tried, and in which lane they wait."""

    retry: RetryPolicy
    timeouts: Timeouts
    lane: Lane = Lane.INTERACTIVE


class Session:
    """The state that all views of one client share.

    Args:
        api_key: the account's key. None takes it from `WOOWUP_API_KEY`.
        base_url, connectors_url: the hosts. None takes them from the environment, or uses the vendor's.
        connections: of the client, or of its pool.
        rate_limit: the account's budget.

    Raises:
        ValueError: no key, or a URL that would show it to the network or to a proxy.

    """

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None,
        connectors_url: str | None,
        connections: Connections,
        rate_limit: RateLimit,
    ) -> None:
        self.key = _key(api_key)
        self.base_url, self._connectors_url = map(connections.checked, hosts(base_url, connectors_url))
        self.limiter = connections.limiter(self.key, rate_limit, self.base_url)
        self._connectors_pace = connections.connectors_pace(self.key)
        self._connections = connections
        # views of a client use the same hosts, so they share what was proven about them
        self._proof, self._connectors_proof = HostProof(), HostProof()

    def sender(self, bounds: Bounds) -> Sender:
        """Return the sender of requests to the API."""
        extra = self._connections.policy.user_agent
        return Sender(
            base_url=self.base_url,
            key=self.key,
            transport=self._connections.transport(self.key),
            limiter=self.limiter,
            clock=self._connections.clock,
            user_agent=f"{extra} {_USER_AGENT}" if extra else _USER_AGENT,
            retry=bounds.retry,
            timeouts=bounds.timeouts,
            lane=bounds.lane,
            proof=self._proof,
        )

    async def send(self, call: Call, bounds: Bounds) -> Reply:
        """Send one request to the host of its endpoint."""
        sender = self.sender(bounds)
        if call.endpoint.host is Host.CONNECTORS:
            sender = msgspec.structs.replace(
                sender,
                base_url=self._connectors_url,
                scheme="Bearer",
                limiter=self._connectors_pace,
                proof=self._connectors_proof,
            )
        return await sender.send(call)


def hosts(base_url: str | None, connectors_url: str | None) -> tuple[str, str]:
    """Return the URLs of the API and of the processing log. None takes them from the environment or the vendor's.

    An empty text is not None: a shell variable that is not set must not send to the vendor's account.
    """
    return (
        base_url if base_url is not None else os.environ.get("WOOWUP_BASE_URL") or BASE_URL,
        connectors_url if connectors_url is not None else os.environ.get("WOOWUP_CONNECTORS_URL") or CONNECTORS_URL,
    )


def budget_of(given: str | BudgetStore | None) -> str | BudgetStore | None:
    """Return where a budget is shared. None takes it from the environment; without that, it is not shared."""
    return given if given is not None else budget_in_environment()


def budget_in_environment() -> str | None:
    """Return what `WOOWUP_BUDGET` says; None if it is not set or empty."""
    return os.environ.get("WOOWUP_BUDGET") or None


def connections_of(pool: HasConnections | None, budget: str | BudgetStore | None) -> Connections:
    """Return the connections of the pool, or new ones.

    Raises:
        ValueError: a pool and a budget.

    """
    if pool is None:
        return Connections(ConnectionPolicy(budget=budget_of(budget)))
    if budget is not None:
        raise ValueError("clients of a pool share its budget store: give the budget to the SessionPool")
    return pool.connections


def _key(given: str | None) -> ApiKey:
    secret = given if given is not None else os.environ.get("WOOWUP_API_KEY", "")
    if not secret:
        raise ValueError("no API key: pass api_key, or set WOOWUP_API_KEY")
    return ApiKey(secret)
