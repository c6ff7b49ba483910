"""The four ends of a record, and the report that adds them up.

Room: nouns. Pure. Every record that goes in comes out as exactly one outcome:
accepted + rejected + released + in doubt = submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from woowup_async.errors import Reason, RecordsRejected

Effect = Literal["created", "updated", "present", "queued", "unconfirmed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has the record.

    Args:
        effect: `created` or `updated`; `present` where it was there before; `queued` where a bulk request was
            accepted (a 2xx on bulk means queued, documented as "near real time") and its customer is known;
            `unconfirmed` where it was queued too, and its customer is not known to exist: if there is none, the server
            drops it later; `unchanged` where nothing was sent, since an identical record was accepted before, in this
            run or by the journal.
        left_out: fields that were not sent, by `salvage` or `shrink`; `[]` stands for every line.

    """

    effect: Effect
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The record was refused, and will be again unless it changes.

    Args:
        by: `client` where local checks refused it (no request was spent), `server` otherwise.
        code: the server's code, or ours: `invalid`, `malformed`, `too_large`, `left_out`, `unknown_fields`;
            `user_not_found` where its user was refused before; `conflict` where a user's identifiers contradict.
        reasons: what is wrong, with the path of each field.

    """

    by: Literal["client", "server"]
    code: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Released:
    """The record was surely not processed; submit it again. `why` says what stopped it."""

    why: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The record was sent and no answer came: it may have been processed. `why` says what happened to the answer."""

    why: str


Outcome = Accepted | Rejected | Released | InDoubt


@dataclass(frozen=True, slots=True)
class Rejection:
    """One rejected record of the report's sample: where it came from, its key, and why."""

    entity: str
    position: str
    key: str
    outcome: Rejected

    def __str__(self) -> str:
        reasons = "; ".join(map(str, self.outcome.reasons))
        return f"{self.entity} {self.position} ({self.key or 'no key'}): {self.outcome.code}: {reasons}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one entity. `rows` are source rows: an invoice of twenty lines is one record of twenty rows.

    `unconfirmed` purchases are among the accepted ones: queued, while their customer is not known to exist.
    """

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    released: int = 0
    in_doubt: int = 0
    rows: int = 0
    rows_accepted: int = 0
    effects: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)

    @property
    def unconfirmed(self) -> int:
        """Accepted records whose customer is not known to exist."""
        return self.effects.get("unconfirmed", 0)


@dataclass(frozen=True, slots=True)
class Report:
    """Totals for one run.

    Attributes:
        users: counts of the users.
        purchases: counts of the purchases.
        requests: requests sent, refused ones included.
        throttled: how many of them the server refused with 429.
        elapsed: seconds from first to last.
        rejections: a bounded sample of rejected records (all of them go to the dead letters).
        unknown_fields: names that the schema does not know, with how often each was sent or refused.
        suggestions: for some of these names, the name that was probably meant.
        rewritten: JSON records that had to be encoded anew (a number as invoice number, null members, …).
        missing_createtime: accepted purchases without a time of their own; the server dates them.
        left_out: fields that were not sent, by `salvage` or `shrink`, with how many records they were left out of.
        cleaned: fields that cleaning changed, with how many records each was changed in.
        notices: what was odd about records that were sent all the same, with how often.
        noticed: a bounded sample of these, each with its position.
        saved: requests that were not needed, by cause, against one `exist` and one create or update for each user and
            one request for each purchase (the flow of the vendor's pages): `batching`, `merged` (identical records of
            the run), `unchanged` (the journal), `local_rejections`, `cached_reads` (answers that were remembered) and
            `path_choice` (users whose existence was guessed right).

    """

    users: Tally = Tally()
    purchases: Tally = Tally()
    requests: int = 0
    throttled: int = 0
    elapsed: float = 0.0
    rejections: tuple[Rejection, ...] = ()
    unknown_fields: Mapping[str, int] = field(default_factory=dict)
    suggestions: Mapping[str, str] = field(default_factory=dict)
    rewritten: int = 0
    missing_createtime: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    cleaned: Mapping[str, int] = field(default_factory=dict)
    notices: Mapping[str, int] = field(default_factory=dict)
    noticed: tuple[str, ...] = ()
    saved: Mapping[str, int] = field(default_factory=dict)

    @property
    def requests_saved(self) -> int:
        """Requests that were not needed, of all causes."""
        return sum(self.saved.values())

    @property
    def submitted(self) -> int:
        """Records that went in."""
        return self.users.submitted + self.purchases.submitted

    @property
    def accepted(self) -> int:
        """Records that the server has."""
        return self.users.accepted + self.purchases.accepted

    @property
    def unconfirmed(self) -> int:
        """Accepted purchases that were queued while their customer is not known to exist."""
        return self.purchases.unconfirmed

    @property
    def rejected(self) -> int:
        """Records refused by local checks or by the server."""
        return self.users.rejected + self.purchases.rejected

    @property
    def released(self) -> int:
        """Records surely not processed."""
        return self.users.released + self.purchases.released

    @property
    def in_doubt(self) -> int:
        """Records sent without an answer."""
        return self.users.in_doubt + self.purchases.in_doubt

    def raise_for_rejected(self) -> None:
        """Raise `RecordsRejected` if any record was rejected; it names the first ones."""
        if not self.rejected:
            return
        first = "\n".join(f"  {rejection}" for rejection in self.rejections[:5])
        raise RecordsRejected(f"{self.rejected} of {self.submitted} records were rejected, among them:\n{first}", self)
