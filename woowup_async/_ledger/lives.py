"""Adds up what several processes show about their run.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from woowup_async._journal.live import Live, Minute


def merged_lives(lives: Sequence[Live]) -> Live | None:
    """Return one picture of processes that work together, the last one to write last; None if there is none.

    The budget is what the last one sees of it: it is the account's.
    """
    if len(lives) < 2:
        return lives[0] if lives else None
    counts: dict[str, Counter[str]] = {}
    minutes: dict[int, Minute] = {}
    for live in lives:
        for entity, each in live.counts.items():
            counts.setdefault(entity, Counter()).update(each)
        for minute in live.minutes:
            before = minutes.get(minute.at, Minute(minute.at))
            minutes[minute.at] = Minute(
                minute.at,
                before.requests + minute.requests,
                before.throttled + minute.throttled,
                before.settled + minute.settled,
            )
    return Live(
        at=max(live.at for live in lives),
        began=min(live.began for live in lives),
        active=max(live.active for live in lives),
        is_lasting=any(live.is_lasting for live in lives),
        counts={entity: dict(each) for entity, each in counts.items()},
        requests=sum(live.requests for live in lives),
        throttled=sum(live.throttled for live in lives),
        minutes=[minutes[at] for at in sorted(minutes)],
        budget=lives[-1].budget,
    )
