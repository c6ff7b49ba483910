"""What a run knows of customers: who is accepted, who is not and why, who is missing, and who may be asked for.

Room: _ingest.

A bulk request takes purchases of unknown customers: it answers ok and drops them later. So a purchase may only be
called queued where its customer is known. A customer is known by any identifier. How the server compares e-mail
addresses is not documented: they are compared exactly to say that a customer is known, and without letter case to
say which version is the last, so that either reading of the server is served.
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
from woowup_async.ports import Known, Ledger

_log = logging.getLogger("woowup_async.ingest")
#: Customers whose reasons are kept (guessed: what a person reads). In a run without end this also bounds the customers.
_MOST_KEPT = 10_000
#: Customers that "auto" asks for: so many, or this share of those seen, whichever is more (guessed).
_MOST_ASKED, _SHARE_ASKED = 1_000, 0.05
_FORGOTTEN = Rejected("client", "rejected")
_NOT_AMONG_USERS = Reason("", "its customer is not among the users, and the server does not know it")


class Standing(Enum):
    """What is known of a purchase's customer."""

    KNOWN = "known"  # the server has this customer
    UNKNOWN = "unknown"  # neither this run nor its journal has seen the customer accepted
    TROUBLED = "troubled"  # was in this run, and was not accepted
    MISSING = "missing"  # the server said that there is no such customer


class CustomerMemory(Protocol):
    """What is known of users by their identifiers: a ledger, or what a run without one keeps."""

    def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each identifier's person; None if no customer is known under it."""
        ...

    def people(self, customers: Sequence[str]) -> Sequence[str]:
        """Name those whose identifiers these are."""
        ...


class Customers:
    """The customers of one run.

    Args:
        policy: what becomes of purchases of unknown customers.
        ledger: what outlives the run; None without one.
        memory: what is kept in its place.
        is_lasting: the run has no end that is known: only the last ones are kept, and none is remembered as missing.

    """

    def __init__(self, policy: IngestPolicy, ledger: Ledger | None, memory: People, *, is_lasting: bool) -> None:
        self._mode, self._is_lasting = policy.unknown_users, is_lasting
        self._people = memory if ledger is None else None
        self._memory: CustomerMemory = ledger or memory
        before = ledger.known_customers() if ledger is not None else Known()
        self._before = before.of_users
        self._users = self._asked = 0
        self._troubled: dict[str, Outcome] = {}
        self._missing: dict[str, None] = {}
        self._known: dict[tuple[str, ...], None] = {}  # the last ones that were found to be known
        #: Whether there is anything to ask: where nothing is known of anybody, each purchase is unconfirmed.
        self.matter = any(before) or self._mode == "ask"

    def note_user(self, customers: tuple[str, ...], outcome: Outcome, version: bytes) -> None:
        """Keep what became of a user."""
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
        """Whether this is what was accepted last under each identifier of a user."""
        return all(each == version for each in self._memory.versions(customers))

    def is_open(self, customers: tuple[str, ...]) -> bool:
        """Return whether no version of a user is known to be the last one."""
        return not any(self._memory.versions(customers))

    def names_of(self, customers: tuple[str, ...]) -> tuple[str, ...]:
        """Return all that the same person may be named by: two users who share a name are never in flight together."""
        return (*links_of(customers), *self._memory.people(customers))

    def is_known(self, customers: tuple[str, ...]) -> bool:
        """Whether the server has somebody under one of these identifiers, or under all of them together."""
        if customers in self._known:
            return True
        if all(version is None for version in self._memory.versions(names_together(customers))):
            return False
        self._remember(customers)
        return True

    def standing(self, customers: tuple[str, ...]) -> Standing:
        """Say what is known of a purchase's customer."""
        if self._missing and not self._is_lasting and together(customers) in self._missing:
            return Standing.MISSING
        if self._troubled and self.trouble_of(customers) is not None and customers not in self._known:
            return Standing.TROUBLED
        return Standing.KNOWN if self.is_known(customers) else Standing.UNKNOWN

    def trouble_of(self, customers: tuple[str, ...]) -> Outcome | None:
        """Return what became of a customer in this run, if it was not accepted."""
        return next((self._troubled[each] for each in customers if each in self._troubled), None)

    def may_ask(self) -> bool:
        """Whether one more unknown customer may be asked for; count it if so."""
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
        """Note that the server knows a customer: it took a purchase in a request that says so."""
        if self._people is not None and not self._is_lasting:
            self._people.confirm((together(customers),))
        self._missing.pop(together(customers), None)
        self._remember(customers)

    def miss(self, customers: tuple[str, ...]) -> None:
        """Note that the server knows no customer by these."""
        self.matter = True
        self._known = {known: None for known in self._known if not set(known).intersection(customers)}
        if self._people is not None:
            self._people.forget(names_together(customers))
        self._missing[together(customers)] = None
        if self._is_lasting:
            _keep_last(self._missing)

    def is_missing(self, customers: tuple[str, ...]) -> bool:
        """Whether the server said that it knows no customer by these."""
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
                "more than %d customers of purchases are not among the users: the rest is sent in bulk, and its "
                "purchases are unconfirmed (the server drops those of customers that it does not know). To ask for "
                "each of them, at one request a customer: unknown_users='ask', or --unknown-users ask",
                most,
            )


def most_asked(seen: int) -> int:
    """How many customers "auto" asks for, where so many were seen."""
    return max(_MOST_ASKED, int(_SHARE_ASKED * seen))


def missing_outcome(trouble: Outcome | None, reasons: tuple[Reason, ...] = ()) -> Outcome:
    """Return the outcome of a purchase whose customer does not exist, given what became of the customer in this run.

    `reasons`: the server's, where this purchase was the one that asked.
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
    """Return the identifiers of a purchase's customer; read from the body if they were not read before."""
    return item.customers or identifiers_of(item.body)


def together(customers: Sequence[str]) -> str:
    """Name a customer by all identifiers that a purchase gives."""
    return customers[0] if len(customers) == 1 else "\0".join(customers)


def names_together(customers: Sequence[str]) -> tuple[str, ...]:
    """Return the names under which a purchase's customer may be known: each identifier, and all of them together."""
    return tuple(customers) if len(customers) < 2 else (*customers, together(customers))


def _keep_last(kept: dict[str, Outcome] | dict[str, None] | dict[tuple[str, ...], None]) -> None:
    while len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]  # type: ignore[arg-type]
