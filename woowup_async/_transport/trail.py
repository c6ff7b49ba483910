"""Tracks a request while it is under way.

Room: _transport. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec


def nothing() -> None:
    """Do nothing."""


class Trail(msgspec.Struct):
    """Tracks a request while it is under way, so that it can be settled if the wait for it ends early.

    Args:
        before: called just before the bytes of an attempt are sent. If it raises, they are not sent.
        departed: called once, when the first attempt is sent or it is certain that none will be.

    """

    before: Callable[[], None] = nothing
    departed: Callable[[], None] = nothing
    _has_departed: bool = False
    _is_out: bool = False
    _is_doubtful: bool = False

    @property
    def is_open(self) -> bool:
        """Whether bytes of an attempt may have been sent, and no answer has settled the attempt."""
        return self._is_out or self._is_doubtful

    def leaves(self) -> None:
        """Note that an attempt is about to be sent."""
        self.before()
        self._is_out = True
        self.ends()

    def ends(self) -> None:
        """Note that the request was sent or has ended, so that it no longer waits for a permit."""
        if not self._has_departed:
            self._has_departed = True
            self.departed()

    def returned(self) -> None:
        """Note that the attempt was not sent."""
        self._is_out = False

    def lost(self) -> None:
        """Note that no answer will come, or that the answer settles nothing."""
        self._is_out, self._is_doubtful = False, True

    def answered(self) -> None:
        """Note that the server refused the attempt for now. This says nothing about earlier attempts."""
        self._is_out = False

    def settled(self) -> None:
        """Note that the server settled this attempt. The answer to a batch settles no earlier attempt of an item."""
        self._is_out = False
