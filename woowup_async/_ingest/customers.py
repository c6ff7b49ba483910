"""Keeps what a run knows about customers: accepted, not accepted, missing, or still to ask the server about.

Room: _ingest.

A bulk request accepts purchases of unknown customers and drops them later. So a purchase is only called queued if its
customer is known. A customer is known by any identifier. It is not documented how the server compares e-mail
addresses. To decide whether a customer is known they are compared exactly. To find the last version they are compared
without letter case. This is safe for both ways of comparing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import Enum
from typing import Literal, Protocol

from woowup_async._flow import Item
from woowup_async._ingest.rules.people import People, linked_by, links_of
from woowup_async._wire.identity import identifiers_of
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Known

_log = logging.getLogger("woowup_async.ingest")
#: Customers whose reasons are kept (guessed: enough for a person). In a run without end this also bounds the customers.
_MOST_KEPT = 10_000
#: Most customers that "auto" asks for: this number, or this share of the customers seen if that is more (guessed).
_MOST_ASKED, _SHARE_ASKED = 1_000, 0.05
_FORGOTTEN = Rejected("client", "rejected")
_NOT_AMONG_USERS = Reason("", "its customer is not among the users, and the server does not know it")


class Standing(Enum):
    """What is known about a purchase's customer."""

    KNOWN = "known"  # the server has this customer
    UNKNOWN = "unknown"  # neither this run nor its journal has seen the customer accepted
    TROUBLED = "troubled"  # the customer was in this run and was not accepted
    MISSING = "missing"  # the server said that there is no such customer


class CustomerMemory(Protocol):
    """What is known about users, by identifier: a ledger, or the memory of a run without one."""

    def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each identifier's person; None if no customer is known under it."""
        ...

    def people(self, customers: Sequence[str]) -> Sequence[str]:
        """Return names of the persons who have these identifiers."""
        ...


class Customers:
    """The customers of one run.

    Args:
        policy: says what to do with purchases of unknown customers.
        before: how many customers the ledger knows.
        memory: what is known about users: by a ledger, or by this run if there is none.
        is_lasting: whether the run has no known end. Then only the last customers are kept, and each missing one is
            asked for again.

    """

    def __init__(self, policy: IngestPolicy, before: Known, memory: CustomerMemory, *, is_lasting: bool) -> None:
        self._mode, self._is_lasting = policy.unknown_users, is_lasting
        self._people = memory if isinstance(memory, People) else None
        self._memory = memory
        self._before = before.of_users
        self._users = self._asked = 0
        self._troubled: dict[str, Outcome] = {}
        self._missing: dict[str, None] = {}
        self._known: dict[tuple[str, ...], None] = {}  # the last customers that were found to be known
        #: Whether customers have to be looked up. If nothing is known about any, each purchase is unconfirmed.
        self.matter = any(before) or self._mode == "ask"

    def note_user(self, customers: tuple[str, ...], outcome: Outcome, version: bytes) -> None:
        """Store the outcome of a user."""
        self._users += 1
        self.matter = True
        if isinstance(outcome, Accepted):
            for each in customers if self._troubled else ():
                self._troubled.pop(each, None)
            for each in (together(customers), *customers) if self._missing else ():
                self._missing.pop(each, None)
            if self._people is not None:
                self._people.accept(customers, version)
            return
        if self._people is not None:
            if isinstance(outcome, InDoubt):
                self._people.doubt(customers)
            else:
                self._people.link(linked_by(customers, outcome))
        kept = _FORGOTTEN if isinstance(outcome, Rejected) and len(self._troubled) > _MOST_KEPT else outcome
        self._troubled.update((each, kept) for each in customers)
        if self._is_lasting:
            _keep_last(self._troubled)

    def is_last_version(self, customers: tuple[str, ...], version: bytes) -> bool:
        """Return whether this version was accepted last under each identifier of a user."""
        return all(each == version for each in self._memory.versions(customers))

    def is_open(self, customers: tuple[str, ...]) -> bool:
        """Return whether no version of a user is known to be the last one."""
        return not any(self._memory.versions(customers))

    def names_of(self, customers: tuple[str, ...]) -> tuple[str, ...]:
        """Return all names that the same person may have. Two users who share a name are never in flight together."""
        return (*links_of(customers), *self._memory.people(customers))

    def remembers(self, customers: tuple[str, ...]) -> bool:
        """Return whether a customer was found to be known a short time ago, so that no look-up is needed."""
        return customers in self._known

    def is_known(self, customers: tuple[str, ...]) -> bool:
        """Return whether the server has a customer under one of these identifiers, or under all of them together."""
        if customers in self._known:
            return True
        if all(version is None for version in self._memory.versions(names_together(customers))):
            return False
        self._remember(customers)
        return True

    def standing(self, customers: tuple[str, ...]) -> Standing:
        """Return what is known about a purchase's customer."""
        if self._missing and not self._is_lasting and together(customers) in self._missing:
            return Standing.MISSING
        if self._troubled and self.trouble_of(customers) is not None and customers not in self._known:
            return Standing.TROUBLED
        return Standing.KNOWN if self.is_known(customers) else Standing.UNKNOWN

    def trouble_of(self, customers: tuple[str, ...]) -> Outcome | None:
        """Return the outcome of a customer in this run, if it was not accepted."""
        return next((self._troubled[each] for each in customers if each in self._troubled), None)

    def may_ask(self) -> bool:
        """Return whether one more unknown customer may be asked for. If so, count it."""
        if self._mode != "ask":
            has_users = self._before if self._is_lasting else self._users or self._before
            if self._mode == "trust" or not has_users:
                return False
            most = most_asked(self._users or self._before)
            if self._asked >= most:
                self._warn(most)
                return False
        self._asked += 1
        return True

    def confirm(self, customers: tuple[str, ...]) -> None:
        """Note that the server has a customer: it accepted a purchase in a request that proves this."""
        if self._people is not None and not self._is_lasting:
            self._people.confirm((together(customers),))
        self._missing.pop(together(customers), None)
        self._remember(customers)

    def miss(self, customers: tuple[str, ...]) -> None:
        """Note that the server has no customer with these identifiers."""
        self.matter = True
        self._known = {known: None for known in self._known if not set(known).intersection(customers)}
        if self._people is not None:
            self._people.forget(names_together(customers))
        self._missing[together(customers)] = None
        if self._is_lasting:
            _keep_last(self._missing)

    def is_missing(self, customers: tuple[str, ...]) -> bool:
        """Return whether the server said that it has no customer with these identifiers."""
        return together(customers) in self._missing

    def expect(self, customers: tuple[str, ...]) -> None:
        """Forget that a customer is missing, since the server is asked again."""
        self._missing.pop(together(customers), None)

    def _remember(self, customers: tuple[str, ...]) -> None:
        self._known[customers] = None
        _keep_last(self._known)

    def _warn(self, most: int) -> None:
        if self._asked == most:
            self._asked += 1  # once
            _log.warning(
                "more than %d customers of purchases are not among the users. The purchases of further customers are "
                "sent in bulk and are unconfirmed: the server drops them if their customer does not exist. To ask the "
                "server about each customer, at one request for each, use unknown_users='ask' or --unknown-users ask",
                most,
            )


def most_asked(seen: int) -> int:
    """Return how many customers "auto" asks for if `seen` customers were seen."""
    return max(_MOST_ASKED, int(_SHARE_ASKED * seen))


def missing_outcome(trouble: Outcome | None, reasons: tuple[Reason, ...] = ()) -> Outcome:
    """Return the outcome of a purchase whose customer does not exist, from the customer's outcome in this run.

    `reasons`: the server's reasons, if this purchase was sent.
    """
    by: Literal["server", "client"] = "server" if reasons else "client"
    if trouble is None:
        return Rejected(by, "user_not_found", reasons or (_NOT_AMONG_USERS,))
    if isinstance(trouble, Rejected):
        what = "; ".join(map(str, trouble.reasons)) or "see its own outcome"
        cause = Reason("", f"its user was rejected ({trouble.code}): {what}")
        return Rejected(by, "user_not_found", (*reasons, cause))
    what = "in doubt" if isinstance(trouble, InDoubt) else "released"
    return Released(f"user_not_found: its user is {what}")


def customers_of(item: Item) -> tuple[str, ...]:
    """Return the identifiers of a purchase's customer. Read them from the body if they were not read before."""
    return item.customers or identifiers_of(item.body)


def together(customers: Sequence[str]) -> str:
    """Return one name for a customer, from all identifiers that a purchase gives."""
    return customers[0] if len(customers) == 1 else "\0".join(customers)


def names_together(customers: Sequence[str]) -> tuple[str, ...]:
    """Return the names under which a purchase's customer may be known: each identifier, and all of them together."""
    return tuple(customers) if len(customers) < 2 else (*customers, together(customers))


def _keep_last(kept: dict[str, Outcome] | dict[str, None] | dict[tuple[str, ...], None]) -> None:
    while len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]  # type: ignore[arg-type]
