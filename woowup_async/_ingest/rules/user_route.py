"""Decides which request a user gets first: create (then update if it exists), or update (then create if it does not).

Room: _ingest. Pure. There is no bulk endpoint for users. A right guess costs one request, a wrong guess two.
"""

from __future__ import annotations

#: Weight of the newest answer (guessed: adapts to a change of the data within about a dozen users).
_GAIN = 0.15


class UserRoute:
    """Learns from the answers whether most users of this run exist."""

    def __init__(self) -> None:
        self._share_existing = 0.0

    @property
    def creates_first(self) -> bool:
        """Whether to try to create the next user before updating it."""
        return self._share_existing <= 0.5

    def learn(self, *, existed: bool) -> None:
        """Count one user."""
        self._share_existing += _GAIN * (existed - self._share_existing)
