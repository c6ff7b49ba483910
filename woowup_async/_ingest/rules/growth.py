"""Learns how large a bulk request may be: it gets the sizes of requests and how they were answered.

Room: _ingest. Pure.

A limit doubles after enough clean answers to requests that nearly filled it. One request at a time tries the larger
limit, the others keep the one that works. If the trial fails, nothing changes for the others, and the next trial is
half-way to the size that failed. Once the two are close, that size is tried again only seldom.

Invariants: a limit is at most `most`, and at most twice the largest request that was accepted (or `start`, or what was
learned before). After a request of a size was too large, the limit is below that size. Failures that say nothing about
sizes never lower it below `start`.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

#: Clean answers before a trial: at first, and at most. Each trial that fails doubles them (guessed).
_CLEAN, _MOST_CLEAN = 4, 64
#: Clean answers after which a size that failed is tried again (guessed: one request in 500).
_AGAIN = 500
#: Part of a limit below which it is not worth searching for a better one (guessed).
_CLOSE = 8
#: A slow answer takes more than this share of the timeout, and a clean one at most half as long (guessed). Twice the
#: size takes at most about twice as long, so the size after a clean answer is not slow.
_SLOW = 1 / 3


class Answer(Enum):
    """What the answer to a request says about its size."""

    CLEAN = "clean"  # accepted, and soon
    ACCEPTED = "accepted"  # accepted, but larger requests might be slow
    NOTHING = "nothing"  # refused because of its records
    FAILED = "failed"  # slow, lost, or a failure of the server: perhaps because of the size
    TOO_LARGE = "too_large"


def weighed(elapsed: float, timeout: float) -> Answer:
    """Return what an accepted request says, from its seconds and its timeout."""
    if elapsed > timeout * _SLOW:
        return Answer.FAILED
    return Answer.CLEAN if elapsed <= timeout * _SLOW / 2 else Answer.ACCEPTED


class Learned(NamedTuple):
    """What is known of one limit: a size that works, and the smallest size that failed (0: none)."""

    works: int
    failed: int = 0


class Growth:
    """One limit, of items or of bytes.

    Args:
        start: the limit if nothing is known.
        most: the limit never grows above this; None if it does not grow at all.
        learned: what an earlier run learned.

    Attributes:
        works: the limit for all requests but a trial.
        limit: the limit of the next request.
        most_sent: the limit of any request that is on its way to be sent, a trial included.

    """

    def __init__(self, start: int, most: int | None, learned: Learned | None = None) -> None:
        self._start, self._most = start, most
        self.works, self._failed = start, 0
        if most is not None and learned is not None:
            self.works, self._failed = max(1, min(learned.works, most)), max(0, learned.failed)
            if self._failed <= self.works:
                self._failed = 0
        self._trial = 0
        self._is_out = False
        self._clean, self._needed, self._since = 0, _CLEAN, 0

    @property
    def limit(self) -> int:
        """The limit of the next request."""
        return self._trial if self._trial and not self._is_out else self.works

    @property
    def most_sent(self) -> int:
        """The limit of any request, a trial included."""
        return self._trial or self.works

    @property
    def learned(self) -> Learned:
        """What a later run can begin with."""
        return Learned(self.works, self._failed)

    def sealed(self, size: int) -> None:
        """Note that a request of this size is on its way. If it is a trial, the next one is not."""
        if self._trial and size > self.works:
            self._is_out = True

    def answered(self, size: int, answer: Answer) -> None:
        """Note the answer to a request of this size."""
        match answer:
            case Answer.TOO_LARGE:
                self._too_large(size)
            case Answer.FAILED:
                self._fail(size)
            case Answer.NOTHING:
                if size > self.works:
                    self._is_out = False  # another request tries it
            case _ if self._most is not None:
                self._worked(size, is_clean=answer is Answer.CLEAN)

    def lower_to(self, size: int) -> None:
        """Lower the limit to a size that works, since a larger one failed without another cause."""
        if size < self.works:
            self._back(max(1, size))

    def _worked(self, size: int, *, is_clean: bool) -> None:
        if size > self.works:
            if not self._trial:
                return  # it was sealed before the limit was lowered
            self.works, self._trial, self._is_out, self._clean = min(size, self._trial), 0, False, 0
            self._needed = max(_CLEAN, self._needed // 2)
            if self.works >= self._failed:
                self._failed = 0
        if 2 * size <= self.works or not is_clean:
            return  # a small request says nothing about larger ones
        self._clean += 1
        self._since += 1
        if self._clean >= self._needed and not self._trial:
            self._trial, self._clean = self._next(), 0

    def _next(self) -> int:
        """Return the next size to try; 0 for none."""
        most = self._most or self.works
        if not self._failed:
            target = 2 * self.works
        elif self._since >= _AGAIN:
            target = min(self._failed, 2 * self.works)
        elif self._failed - self.works > max(1, self.works // _CLOSE):
            target = min((self.works + self._failed) // 2, 2 * self.works)
        else:
            return 0
        return target if (target := min(target, most)) > self.works else 0

    def _too_large(self, size: int) -> None:
        if size > self.works:
            self._failed = min(size, self._failed or size)
            if self._trial:
                self._back(self.works)
        else:
            self._failed = size
            self._back(max(1, size // 2))

    def _fail(self, size: int) -> None:
        if self._most is None:
            return  # a limit that does not grow is lowered only for its size
        if self._trial and size > self.works:
            self._too_large(size)
        elif self.works >= size > self.works // 2:
            # this size worked before, so it may work again. A repeat of the request is above the new limit.
            self._back(max(min(self._start, self.works), size // 2))

    def _back(self, works: int) -> None:
        self.works, self._trial, self._is_out = works, 0, False
        self._clean = self._since = 0
        self._needed = min(2 * self._needed, _MOST_CLEAN)
