"""The four outcomes of a record, and the report that counts them.

Room: nouns. Pure. Each submitted record gets exactly one outcome:
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
        effect: what happened to it.
            `created` or `updated`: as the server says.
            `present`: it existed before.
            `queued`: it was in an accepted bulk request (a 2xx on bulk means queued, documented as "near real time"),
            and its customer is known to exist.
            `unconfirmed`: it was queued too, but its customer is not known to exist. If there is none, the server
            drops it later.
            `unchanged`: it was not sent, since an identical record was accepted before, in this run or in the journal.
        left_out: fields that `salvage` or `shrink` left out; `[]` in a name means every line.

    """

    effect: Effect
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The record was refused, and will be refused again unless it changes.

    Args:
        by: `client` if local checks refused it without a request, `server` otherwise.
        code: the server's code, or one of ours: `invalid`, `malformed`, `too_large`, `left_out`, `unknown_fields`,
            `user_not_found` (the user of this purchase was refused) or `conflict` (the identifiers of this user
            belong to different customers).
        reasons: what is wrong, with the path of each field.

    """

    by: Literal["client", "server"]
    code: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Released:
    """The record was certainly not processed: submit it again. `why` says what stopped it."""

    why: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The record was sent and no answer came: it may have been processed. `why` says what happened to the answer."""

    why: str


Outcome = Accepted | Rejected | Released | InDoubt


@dataclass(frozen=True, slots=True)
class Rejection:
    """One rejected record of the report's sample: its position, its key, and its outcome."""

    entity: str
    position: str
    key: str
    outcome: Rejected

    def __str__(self) -> str:
        reasons = "; ".join(map(str, self.outcome.reasons))
        key = f" ({self.key})" if self.key else ""
        return f"{self.entity} {self.position}{key}: {self.outcome.code}: {reasons}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one entity. `rows` are source rows: an invoice of twenty lines is one record of twenty rows.

    `unconfirmed` purchases also count as accepted: they are queued, but their customer is not known to exist.
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
        products, branches, members: counts of these, if a run had such sources. A record of `members` is a family.
        requests: requests sent, refused ones included.
        throttled: how many of them the server refused with 429.
        elapsed: seconds from the start of the run to its end.
        rejections: a bounded sample of rejected records. The dead letters have all of them.
        unknown_fields: names that the schema does not have, and how often each was sent or refused.
        suggestions: for some of these names, the name that was probably meant.
        rewritten: JSON records that had to be encoded again (a number as invoice number, null members, …).
        missing_createtime: accepted purchases without a `createtime`; the server sets it.
        left_out: fields that `salvage` or `shrink` left out, and the number of records of each.
        cleaned: fields that cleaning changed, and the number of records of each.
        notices: unusual things about records that were sent anyway, and how often each was seen.
        noticed: a bounded sample of these, each with its position.
        saved: requests that were not needed, by cause, compared with the flow on the vendor's pages: one `exist` and
            one create or update for each user, and one request for each purchase. The causes are `batching`,
            `merged` (identical records of the run), `unchanged` (the journal), `local_rejections`, `cached_reads`
            (remembered answers) and `path_choice` (users whose existence was guessed right).
        without_purchases: users whom `only_buyers` left out. They are in no other count.

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
    products: Tally = Tally()
    branches: Tally = Tally()
    members: Tally = Tally()
    without_purchases: int = 0

    @property
    def _tallies(self) -> tuple[Tally, ...]:
        return self.products, self.branches, self.users, self.members, self.purchases

    @property
    def requests_saved(self) -> int:
        """Requests that were not needed, for all causes."""
        return sum(self.saved.values())

    @property
    def submitted(self) -> int:
        """Records that were submitted."""
        return sum(tally.submitted for tally in self._tallies)

    @property
    def accepted(self) -> int:
        """Records that the server has."""
        return sum(tally.accepted for tally in self._tallies)

    @property
    def unconfirmed(self) -> int:
        """Accepted purchases that were queued although their customer is not known to exist."""
        return self.purchases.unconfirmed

    @property
    def rejected(self) -> int:
        """Records refused by local checks or by the server."""
        return sum(tally.rejected for tally in self._tallies)

    @property
    def released(self) -> int:
        """Records that were certainly not processed."""
        return sum(tally.released for tally in self._tallies)

    @property
    def in_doubt(self) -> int:
        """Records that were sent and got no answer."""
        return sum(tally.in_doubt for tally in self._tallies)

    def raise_for_rejected(self) -> None:
        """Raise `RecordsRejected` if any record was rejected. The message names the first ones."""
        if not self.rejected:
            return
        first = "\n".join(f"  {rejection}" for rejection in self.rejections[:5])
        raise RecordsRejected(f"{self.rejected} of {self.submitted} records were rejected, among them:\n{first}", self)
