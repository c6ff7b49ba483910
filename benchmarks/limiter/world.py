"""The server, the network, and the other programs on the same account.

The server uses the window of the simulator, which follows the vendor's page and never imports the limiter.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

from woowup_async.testing._window import ServerWindow

LIMIT, SEGMENT = 70, 30.0
#: Seconds after which a client stops waiting for an answer (`Timeouts.total`).
GIVE_UP = 30.0


@dataclass(frozen=True, slots=True)
class Distance:
    """A round trip in seconds: log-normal around a median, with a maximum. The way there takes 20 to 80 % of it.

    `lost` is the part of the answers that never come.
    """

    median: float
    spread: float = 0.25
    most: float = 4.0
    lost: float = 0.0

    def draw(self, rng: random.Random) -> tuple[float, float]:
        """Return the seconds to the server, and back."""
        trip = min(self.median * math.exp(rng.gauss(0.0, self.spread)), self.most)
        there = trip * rng.uniform(0.2, 0.8)
        return there, trip - there


@dataclass(frozen=True, slots=True)
class Rules:
    """What a server announces and counts. Its clock is `skew` seconds ahead of ours, and drifts."""

    limit: int = LIMIT
    weighs_remaining: bool = False
    counts_refused: bool = False
    has_headers: bool = True
    skew: float = 1.7e9
    drift: float = 0.0

    def clock(self, now: float) -> float:
        """Return what the server's clock shows."""
        return now * (1 + self.drift) + self.skew

    def when(self, server_time: float) -> float:
        """Return our seconds for a time of the server: the inverse of `clock`."""
        return (server_time - self.skew) / (1 + self.drift)

    def boundary(self, now: float) -> float:
        """Return when the segment after `now` begins, in our seconds."""
        return self.when((self.clock(now) // SEGMENT + 1) * SEGMENT)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the server."""

    status: int
    headers: dict[str, str]


@dataclass(slots=True)
class Ledger:
    """The times at which one client's requests were accepted and refused, in our seconds."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def since(self, start: float) -> int:
        """Count the requests accepted from `start` on."""
        return sum(at >= start for at in self.accepted)


class Server:
    """One account, with foreign requests that arrive at fixed times, whatever our client does."""

    def __init__(self, rules: Rules, foreign: Sequence[float] = ()) -> None:
        self.rules = rules
        self.foreign = Ledger()
        self._coming = sorted(foreign, reverse=True)
        self._window = ServerWindow(
            rules.limit, SEGMENT, counts_refused=rules.counts_refused, weighs_remaining=rules.weighs_remaining
        )

    def arrive(self, now: float, ledger: Ledger) -> Answer:
        """Answer one request, after the foreign ones that came before it."""
        self.pass_time(now)
        return self._judge(now, ledger)

    def pass_time(self, now: float) -> None:
        """Let the foreign requests arrive."""
        while self._coming and self._coming[-1] <= now:
            self._judge(self._coming.pop(), self.foreign)

    def room(self, now: float) -> int:
        """Return how many requests it would take now, after the foreign ones that came before."""
        self.pass_time(now)
        return self._window.look(self.rules.clock(now)).remaining

    def _judge(self, now: float, ledger: Ledger) -> Answer:
        clock = self.rules.clock(now)
        verdict = self._window.arrive(clock)
        (ledger.refused if verdict.is_refused else ledger.accepted).append(now)
        headers = {}
        if self.rules.has_headers:
            headers = {
                "date": formatdate(math.floor(clock), usegmt=True),
                "x-rate-limit-limit": str(self.rules.limit),
                "x-rate-limit-remaining": str(verdict.remaining),
                "x-rate-limit-reset": f"{verdict.reset:.0f}",
            }
        if verdict.is_refused:
            headers["retry-after"] = str(math.ceil(verdict.retry_after))
        return Answer(429 if verdict.is_refused else 200, headers)


@dataclass(slots=True)
class World:
    """A server and the network of one client to it."""

    server: Server
    distance: Distance
    rng: random.Random
    ledger: Ledger = field(default_factory=Ledger)

    async def exchange(self) -> Answer | None:
        """Send one request. Return None if its answer never comes."""
        there, back = self.distance.draw(self.rng)
        await asyncio.sleep(there)
        answer = self.server.arrive(asyncio.get_running_loop().time(), self.ledger)
        is_lost = self.rng.random() < self.distance.lost
        await asyncio.sleep(GIVE_UP - there if is_lost else back)
        return None if is_lost else answer


def greedy(rules: Rules, end: float) -> Ledger:
    """Spend without delay, alone, with full knowledge of the server's state. No client can do better."""
    ledger, now, number = Ledger(), 0.0, -1
    previous = current = 0
    while now < end:
        clock = rules.clock(now)
        segment = int(clock // SEGMENT)
        if segment != number:
            previous, current, number = (current if segment == number + 1 else 0), 0, segment
        room = rules.limit - current
        opens = max(0.0, 1 - room / previous) * SEGMENT + 1e-4 if previous else 0.0
        if room <= 0 or opens >= SEGMENT:
            now = rules.boundary(now) + 1e-4
        elif clock - number * SEGMENT < opens - 5e-5:  # the rest is a rounding error
            now = rules.when(number * SEGMENT + opens)
        else:
            ledger.accepted.append(now)
            current += 1
    return ledger
