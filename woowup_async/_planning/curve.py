"""How soon the last year's revenue is on the account: in the given order, and with the newest buyers first.

Room: _planning. The data is in SQLite's private temporary file, so that memory use stays flat. It is an estimate: each
request takes its share of the limit, and no request is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from woowup_async._flow import Entity, Settled
from woowup_async._ingest.ranking import Fact, Ranking
from woowup_async._ingest.rules.people import links_of
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.sale import NOW, sale_of
from woowup_async.outcomes import Accepted

#: Hours after which the account is looked at.
HOURS = (1, 2, 4, 8)
#: Records that are written at once (guessed).
_BLOCK = 2_000
_GIVEN = "SELECT entity = 'purchase', requests, total, made FROM facts ORDER BY entity = 'purchase', number"
_RECENT = """
SELECT facts.entity = 'purchase', requests, total, made FROM ranked JOIN facts ON facts.person = ranked.person
ORDER BY ranked.rank, facts.entity = 'purchase', facts.number
"""


class Soon(NamedTuple):
    """The share of the last year's revenue that is on the account after each of `HOURS`, in both orders."""

    given: tuple[float, ...]
    recent: tuple[float, ...]


class Curve:
    """Remembers the records of a dry run."""

    def __init__(self) -> None:
        self._ranking = Ranking()
        self._waiting: list[Fact] = []
        self._users = self._purchases = 0

    def see(self, settled: Settled) -> None:
        """Remember an accepted record. One that is unchanged costs nothing, and its revenue is there already."""
        if settled.outcome == Accepted("unchanged") or settled.entity not in (Entity.USER, Entity.PURCHASE):
            return
        raw, key = settled.record.raw, f"{settled.entity.value} {settled.key}"
        names = (key, *links_of(identifiers_of(raw)))
        if settled.entity is Entity.USER:
            self._users += 1
            self._waiting.append(Fact(Entity.USER, names, requests=1.0))
        else:
            self._purchases += 1
            made, total = sale_of(raw)
            is_certain = settled.outcome != Accepted("unconfirmed")  # the server may drop the others
            self._waiting.append(Fact(Entity.PURCHASE, names, made, total if is_certain else 0.0))
        if len(self._waiting) >= _BLOCK:
            self._write()

    def count(self, per_hour: float, per_purchase: float) -> Soon | None:
        """Return the shares, if there are both users and purchases.

        Args:
            per_hour: requests that the account allows.
            per_purchase: requests that a purchase costs: the inverse of the purchases in a request.

        """
        if not (self._users and self._purchases):
            return None
        self._write()
        self._ranking.rank()
        database = self._ranking.database
        newest = database.execute("SELECT max(made) FROM facts WHERE made < ?", (NOW,)).fetchone()[0]
        since = _a_year_before(newest)
        both = (_shares(database.execute(query), since, per_hour, per_purchase) for query in (_GIVEN, _RECENT))
        return Soon(*both)

    def close(self) -> None:
        """Delete the temporary data."""
        self._ranking.close()

    def _write(self) -> None:
        self._ranking.add(self._waiting)
        self._waiting.clear()


def _a_year_before(newest: str | None) -> str:
    """Return the text from which purchases are of the last year, counted from the newest one."""
    try:
        return str(date.fromisoformat((newest or "")[:10]) - timedelta(days=365))
    except (ValueError, OverflowError):
        return ""


def _shares(
    rows: Iterable[tuple[int, float, float, str]], since: str, per_hour: float, per_purchase: float
) -> tuple[float, ...]:
    """Return the share of the revenue after each of `HOURS`."""
    revenue = list(_revenue(rows, since, per_hour, per_purchase))
    total = revenue.pop()
    return tuple(share / total if total else 0.0 for share in revenue)


def _revenue(
    rows: Iterable[tuple[int, float, float, str]], since: str, per_hour: float, per_purchase: float
) -> Iterator[float]:
    """Yield the revenue after each of `HOURS`, and then all of it."""
    hours, spent, revenue = [*HOURS], 0.0, 0.0
    for is_purchase, requests, total, made in rows:
        spent += per_purchase if is_purchase else requests
        while hours and spent > hours[0] * per_hour:
            hours.pop(0)
            yield revenue
        if is_purchase and made >= since:
            revenue += total
    for _ in hours:
        yield revenue
    yield revenue
