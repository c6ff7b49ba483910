"""How long the claims of this process hold.

Room: _ledger. The server decides, by its clock. Between two of its answers, this process goes by its own clock, from
the moment before it asked: so it stops before the server gives its claims up.
"""

from __future__ import annotations

from collections.abc import Callable

from woowup_async._ledger.connections import LeaseEnded
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError


class Lease:
    """The lease of one process.

    Args:
        dsn: address of the server, for messages.
        seconds: that claims hold without a sign of this process.
        now: seconds, which go on while the machine sleeps.

    """

    def __init__(self, dsn: Dsn, seconds: float, now: Callable[[], float]) -> None:
        self.seconds, self.now = seconds, now
        self._dsn, self._held_until = dsn, 0.0
        self._ended = ""

    @property
    def has_ended(self) -> bool:
        """Whether the server has said that it ended. It does not begin again."""
        return bool(self._ended)

    def renewed(self, before: float) -> None:
        """Note that the server renewed it. `before`: the moment before it was asked."""
        self._held_until = max(self._held_until, before + self.seconds)

    def end(self, error: LeaseEnded) -> None:
        """Note that the server said it has ended."""
        self._ended = str(error)

    def check_end(self) -> None:
        """Check that the server did not say that it ended.

        Raises:
            LeaseEnded: it did.

        """
        if self._ended:
            raise LeaseEnded(self._ended)

    def check(self) -> None:
        """Check that the claims hold now.

        Raises:
            JournalError: they may not: the server said so, or was not reached for too long.

        """
        self.check_end()
        if self.now() > self._held_until:
            raise JournalError(
                f"journal {self._dsn}: was not reached for {self.seconds:g} s, perhaps since this process was paused: "
                "other processes may send what it had under way. Start again, the run continues where it stopped"
            )
