"""A store in Redis or Valkey, for workers on several machines.

Room: budget. redis-py is imported when the first store is made.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from woowup_async.budget._on_server import TIMEOUT, OnServer
from woowup_async.budget.account import check_account, check_blob
from woowup_async.budget.dsn import Dsn, check_escapes
from woowup_async.budget.failures import answered, refused
from woowup_async.budget.store import Snapshot

if TYPE_CHECKING:
    from redis.asyncio import Redis

#: Kinds of addresses, documented by redis-py.
SCHEMES = ("redis://", "rediss://", "unix://")
#: Seconds after which an account that is no longer used is forgotten (the port: not before an hour).
EXPIRY = 7_200
#: Most connections of a store (guessed: an account uses one at a time; with 8, four busy processes with 100 accounts
#: each waited for connections until they gave up).
_CONNECTIONS = 64
# a hash: `v` is the version and `b` the blob. The names in braces put an account on one node of a cluster
_KEY = "woowup:budget:{%s}"
_READ = b"""
local now = redis.call('TIME')
local found = redis.call('HMGET', KEYS[1], 'v', 'b')
return {now[1], now[2], found[1], found[2]}
"""
# versions are compared and counted as text, and by the server: a number of Lua has only 53 bits. A new history begins
# above all older ones, so that a version of theirs is not met again
_SWAP = b"""
local newest = redis.call('HGET', KEYS[1], 'v') or '0'
if newest ~= ARGV[1] then return 0 end
if newest == '0' then
    local now = redis.call('TIME')
    redis.call('HSET', KEYS[1], 'v', now[1] .. string.format('%06d', now[2]))
else
    redis.call('HINCRBY', KEYS[1], 'v', 1)
end
redis.call('HSET', KEYS[1], 'b', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class RedisStore(OnServer["_Client"]):
    """Keeps blobs in Redis 6 or newer, or Valkey. It needs the extra `redis`.

    Each method is one script on the server, and its clock is the server's (`TIME`). A key expires two hours after the
    last swap, and none needs a disk. It is used inside `async with`, which closes its connections, and connects at the
    first use.

    Args:
        url: `redis://[user:password@]host[:6379][/0]`, `rediss://...` for TLS, or `unix://[user:password@]/path?db=0`,
            with the options of redis-py. Its password is shown nowhere.

    Raises:
        ValueError: the address cannot be read.
        ImportError: the extra is not installed.

    """

    def __init__(self, url: str) -> None:
        if not url.lower().startswith(SCHEMES):
            raise ValueError(f"an address of Redis begins with {', '.join(SCHEMES)}, got {Dsn(url)}")
        check_escapes(url)
        try:
            import redis.asyncio  # noqa: F401 - so that a missing extra is noticed here
        except ImportError:
            missing = True
        else:
            missing = False
        if missing:
            raise ImportError("a budget in Redis needs an extra: pip install 'woowup_async[redis]'", name="redis")
        super().__init__(Dsn(url))
        refused(lambda: _options(url), self._dsn)

    def _connections(self) -> _Client:
        return _Client(self._dsn.reveal())

    async def read(self, account: str) -> Snapshot:
        """Return the newest blob of an account.

        Raises:
            BudgetUnavailable: the server does not answer within a second, or refuses.

        """
        check_account(account)
        seconds, micros, version, blob = await self._run(_READ, account)
        return Snapshot(int(seconds) + int(micros) / 1e6, int(version or 0), None if version is None else blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        """Store a blob as the next version, if the newest version is still `version`. Return whether it was.

        Raises:
            BudgetUnavailable: the server does not answer within a second, or refuses. The blob may have been stored.
            ValueError: the blob is larger than `MAX_BLOB_BYTES`.

        """
        check_account(account)
        check_blob(blob)
        return bool(await self._run(_SWAP, account, version, blob, EXPIRY))

    async def _run(self, script: bytes, account: str, *arguments: object) -> Any:
        return await answered(self._open.run(script, _KEY % account, *arguments), self._dsn, TIMEOUT)


class _Client:
    """The client of redis-py, in an object whose repr and vars do not show it: older versions show the password."""

    __slots__ = ("redis",)

    redis: Redis

    def __init__(self, url: str) -> None:
        from redis.asyncio import BlockingConnectionPool, Redis

        pool = BlockingConnectionPool(max_connections=_CONNECTIONS, timeout=TIMEOUT, **_options(url))
        self.redis = Redis.from_pool(pool)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.redis.aclose()

    async def run(self, script: bytes, *arguments: object) -> Any:
        """Run a script. After a restart the server does not know it, so it is sent again."""
        from redis.exceptions import NoScriptError

        call: Callable[..., Any] = self.redis.execute_command
        try:
            return await call("EVALSHA", _digest(script), 1, *arguments)
        except NoScriptError:
            return await call("EVAL", script, 1, *arguments)


def _options(url: str) -> dict[str, Any]:
    from redis.asyncio.connection import AbstractConnection, parse_url
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    ours: dict[str, Any] = {
        # a caller of a store has its own way out of a failure: it must not wait for repetitions
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": False,
        # one round trip less to connect than with version 3, whose additions are not used
        "protocol": 2,
    }
    # the name of the library is not sent: that would be two more round trips to connect
    known = inspect.signature(AbstractConnection).parameters
    ours |= dict.fromkeys(["driver_info"] if "driver_info" in known else ["lib_name", "lib_version"])
    return {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT, **parse_url(url), **ours}


def _digest(script: bytes) -> str:
    return hashlib.sha1(script, usedforsecurity=False).hexdigest()
