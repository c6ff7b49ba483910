"""What is known of a request while it is under way.

Room: _transport. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec


def nothing() -> None:
    """Do it."""


class Trail(msgspec.Struct):
    """What is known of a request while it is under way, to settle it when the wait for it ends early.

    Args:
        before: called just before an attempt's bytes leave; what it raises ends the request, unsent.
        departed: called once, where the first attempt leaves or none ever will.

    """

    before: Callable[[], None] = nothing
    departed: Callable[[], None] = nothing
    _has_departed: bool = False
    _is_out: bool = False
    _is_doubtful: bool = False

    @property
    def is_open(self) -> bool:
        """Whether bytes of an attempt may have left, and no answer settled what became of them."""
        return self._is_out or self._is_doubtful

    def leaves(self) -> None:
        """An attempt is about to leave."""
        self.before()
        self._is_out = True
        self.ends()

    def ends(self) -> None:
        """The request is over, or has left and waits no longer."""
        if not self._has_departed:
            self._has_departed = True
            self.departed()

    def returned(self) -> None:
        """It never left."""
        self._is_out = False

    def lost(self) -> None:
        """No answer will come, or one that settles nothing."""
        self._is_out, self._is_doubtful = False, True

    def answered(self) -> None:
        """The server refused to look at it for now: earlier attempts stay what they were."""
        self._is_out = False

    def settled(self) -> None:
        """The server said what became of this attempt. What it says of a batch clears no earlier attempt of an item."""
        self._is_out = False
