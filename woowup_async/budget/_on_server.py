"""What stores on a server have in common: they connect inside `async with`, and do not show their address's password.

Room: budget. Used by `redis` and `postgres`.
"""

from __future__ import annotations

from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import anyio

from woowup_async.budget.dsn import Dsn

#: Seconds until a server that does not answer is given up (the port: a method is cancelled after one).
TIMEOUT = 1.0


class Closable(Protocol):
    """Connections to a server. They connect at the first use."""

    async def aclose(self) -> None:
        """Close them."""
        ...


C = TypeVar("C", bound=Closable)


class OnServer(Generic[C]):
    """A store on a server, open inside `async with`.

    Args:
        dsn: address of the server.

    """

    def __init__(self, dsn: Dsn) -> None:
        self._dsn = dsn
        self._server: C | None = None

    def _connections(self) -> C:
        """Return new connections."""
        raise NotImplementedError

    @property
    def _open(self) -> C:
        if self._server is None:
            raise RuntimeError("the store is not open: use it inside `async with`")
        return self._server

    async def __aenter__(self) -> Self:
        if self._server is not None:
            raise RuntimeError("this store is open already")
        self._server = self._connections()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, self._server = self._server, None
        if server is not None:
            with anyio.move_on_after(TIMEOUT, shield=True):
                await server.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._dsn)!r})"
