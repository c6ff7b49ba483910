"""Totals for one run, and its `Report`.

Room: _ingest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from woowup_async._flow import Entity, Settled
from woowup_async._wire.shape import Encoded
from woowup_async.events import ReplyReceived, RequestSent, RunEvent
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Rejection, Released, Report, Tally

#: Rejected records kept as a sample (guessed: as many as a person reads).
MAX_REJECTIONS = 100
#: Notices kept as a sample (guessed: as many as a person reads).
MAX_NOTICED = 100
#: Distinct unknown names kept (guessed). Data that uses values as keys would need unlimited memory.
_MAX_NAMES = 1_000
#: The events that are counted.
COUNTED = frozenset({RequestSent, ReplyReceived})


class _EntityCounts(msgspec.Struct):
    outcomes: Counter[type] = msgspec.field(default_factory=Counter)
    effects: Counter[str] = msgspec.field(default_factory=Counter)
    codes: Counter[str] = msgspec.field(default_factory=Counter)
    rows: int = 0
    rows_accepted: int = 0

    def tally(self) -> Tally:
        return Tally(
            submitted=self.outcomes.total(),
            accepted=self.outcomes[Accepted],
            rejected=self.outcomes[Rejected],
            released=self.outcomes[Released],
            in_doubt=self.outcomes[InDoubt],
            rows=self.rows,
            rows_accepted=self.rows_accepted,
            effects=dict(self.effects),
            codes=dict(self.codes),
        )


def _are_alike(settled: Sequence[Settled]) -> bool:
    """Return whether all of them share one outcome, and none has changes or notices."""
    outcome, entity = settled[0].outcome, settled[0].entity
    odd = [
        one
        for one in settled
        if one.outcome is not outcome or one.entity is not entity or one.record.changes or one.record.notices
    ]
    return not odd


class Counts:
    """Counts outcomes, events and savings during a run."""

    def __init__(self) -> None:
        self._counts: defaultdict[Entity, _EntityCounts] = defaultdict(_EntityCounts)
        self._rejections: list[Rejection] = []
        self._unknown: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._saved: Counter[str] = Counter()
        self._cleaned: Counter[str] = Counter()
        self._notices: Counter[str] = Counter()
        self._noticed: list[str] = []
        self._suggestions: dict[str, str] = {}
        self._requests = self._throttled = self._rewritten = self._undated = 0
        #: Users whom a run with only buyers left out.
        self.without_purchases = 0

    def write_all(self, settled: Sequence[Settled]) -> None:
        """Count outcomes. Those of one request are counted together."""
        first = settled[0] if settled else None
        if first is None or not isinstance(first.outcome, Accepted) or not _are_alike(settled):
            for one in settled:
                self.write(one)
            return
        counts, outcome, number = self._counts[first.entity], first.outcome, len(settled)
        rows = sum([one.record.rows for one in settled])
        counts.outcomes[Accepted] += number
        counts.effects[outcome.effect] += number
        counts.rows += rows
        counts.rows_accepted += rows
        for name in outcome.left_out:
            self._left_out[name] += number

    def write(self, settled: Settled) -> None:
        """Count one outcome."""
        counts, outcome = self._counts[settled.entity], settled.outcome
        counts.outcomes[type(outcome)] += 1
        counts.rows += settled.record.rows
        self._cleaned.update(change.field for change in settled.record.changes)
        for notice in settled.record.notices:
            self._notices[notice.kind] += 1
            if len(self._noticed) < MAX_NOTICED:
                self._noticed.append(f"{settled.record.position}: {notice.kind}: {notice.message}")
        if isinstance(outcome, Accepted):
            counts.effects[outcome.effect] += 1
            self._left_out.update(outcome.left_out)
            counts.rows_accepted += settled.record.rows
        elif isinstance(outcome, Rejected):
            counts.codes[outcome.code] += 1
            is_local = outcome.by == "client" and outcome.code != "user_not_found"  # that one is a remembered answer
            self._saved["local_rejections"] += is_local
            if len(self._rejections) < MAX_REJECTIONS:
                position = str(settled.record.position)
                self._rejections.append(Rejection(settled.entity.value, position, settled.key, outcome))

    def notice(self, entity: Entity, encoded: Encoded) -> None:
        """Count what was noticed while a record was encoded."""
        self._rewritten += encoded.rewritten
        self._undated += entity is Entity.PURCHASE and not encoded.dated
        for name, suggestion in encoded.unknown:
            if name in self._unknown or len(self._unknown) < _MAX_NAMES:
                self._unknown[name] += 1
                if suggestion:
                    self._suggestions[name] = suggestion

    def save(self, cause: str, requests: int) -> None:
        """Count requests that were not needed."""
        self._saved[cause] += requests

    def hear(self, event: RunEvent) -> None:
        """Count requests and 429 answers."""
        if isinstance(event, RequestSent):
            self._requests += 1
        elif isinstance(event, ReplyReceived):
            self._throttled += event.status == 429

    def report(self, elapsed: float) -> Report:
        """Return the totals."""
        return Report(
            products=self._tally(Entity.PRODUCT),
            branches=self._tally(Entity.BRANCH),
            users=self._tally(Entity.USER),
            members=self._tally(Entity.MEMBER),
            purchases=self._tally(Entity.PURCHASE),
            requests=self._requests,
            throttled=self._throttled,
            elapsed=elapsed,
            rejections=tuple(self._rejections),
            unknown_fields=dict(self._unknown),
            suggestions=dict(self._suggestions),
            rewritten=self._rewritten,
            missing_createtime=self._undated,
            left_out=dict(self._left_out),
            cleaned=dict(self._cleaned),
            notices=dict(self._notices),
            noticed=tuple(self._noticed),
            saved={cause: count for cause, count in self._saved.items() if count},
            without_purchases=self.without_purchases,
        )

    def _tally(self, entity: Entity) -> Tally:
        return self._counts[entity].tally() if entity in self._counts else Tally()
