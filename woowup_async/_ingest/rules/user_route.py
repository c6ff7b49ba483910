"""Which request a user costs: create then update if it exists, or update then create if it does not.

Room: _ingest. Pure. No bulk endpoint for users exists, so each costs a permit; guessing right costs one, guessing wrong
two.
"""

from __future__ import annotations

#: Weight of the newest answer (guessed: follows a change of the data within about a dozen users).
_GAIN = 0.15


class UserRoute:
    """Learns from the answers whether this run's users tend to exist."""

    def __init__(self) -> None:
        self._share_existing = 0.0

    @property
    def creates_first(self) -> bool:
        """Whether to try to create the next user before updating it."""
        return self._share_existing <= 0.5

    def learn(self, *, existed: bool) -> None:
        """Take note of one user."""
        self._share_existing += _GAIN * (existed - self._share_existing)
