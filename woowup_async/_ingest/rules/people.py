"""For a run without a journal: which identifiers belong to one person, and the last accepted version of each person.

Room: _ingest. Pure.

Identifiers that came in one record belong to one person. So do all ways to write one e-mail address. The last version
of a person may come under any of them. This is a union-find in a store of small values: a name has a token, and a token
has the version of its person or the token that replaced it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from woowup_async._flow import digest_of
from woowup_async._text import in_lower_case
from woowup_async.outcomes import Outcome, Rejected

_KNOWN, _LINKED = b"k", b"l"  # of a name: a customer is known under it; it is only linked to a person
_VERSION, _MOVED, _GONE = b"v", b"m", b"g"  # of a token: it has a version; it was replaced; the server lost it
_TOKEN_BYTES = 8


class Store(Protocol):
    """The versions of a run without a journal."""

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, version: bytes) -> None: ...
    def put_all(self, pairs: Sequence[tuple[str, bytes]]) -> None: ...


class People:
    """The people of a run, with the methods of a ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each identifier; b"" if it is not known, None if no customer is known under it."""
        return [self._version_under(each) for each in customers]

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        return [_place(token) for token in self._tokens(links_of(customers))]

    def version_of_any(self, names: Iterable[str]) -> bytes | None:
        """Return the version of the person who has one of these names, known under that name or not."""
        return next((self._version(token) for token in self._tokens(names)), None)

    def accept(self, customers: Sequence[str], version: bytes, also: Sequence[str] = ()) -> None:
        """Store a user that was accepted. `also`: more names that are known to belong to the same person."""
        self._join(customers, version, also, _KNOWN)

    def doubt(self, customers: Sequence[str]) -> None:
        """Note that a user is in doubt: its version is unknown, and these identifiers may belong together."""
        self._join(customers, b"", (), _LINKED)

    def link(self, customers: Sequence[str]) -> None:
        """Note that these identifiers came in one record that was not processed. The version stays."""
        if len(customers) > 1:
            self._join(customers, None, (), _LINKED)

    def confirm(self, customers: Sequence[str]) -> None:
        """Store a customer whose purchase was accepted. The version of a known customer stays."""
        for each in customers:
            found = self._store.get(each) or b""
            if found[:1] != _KNOWN:
                self._store.put(each, _KNOWN + found[1:])

    def forget(self, names: Sequence[str]) -> None:
        """Note that the server knows nobody under these names.

        No identifier of these people is known any more, until one of them is accepted again.
        """
        for token in self._tokens(links_of(names)):
            self._store.put(_place(token), _GONE)
        for each in names:
            if (found := self._store.get(each) or b"")[:1] == _KNOWN:
                self._store.put(each, _LINKED + found[1:])

    def _join(self, customers: Sequence[str], version: bytes | None, also: Sequence[str], kind: bytes) -> None:
        """Merge these identifiers into one person. With `version` None it stays, unless several persons are merged."""
        links = (*links_of(customers), *also)
        tokens = self._tokens(links)
        if not tokens and (not links or (kind == _LINKED and len(customers) == 1)):
            return  # nothing to keep together
        tokens = tokens or [digest_of(links[0].encode(errors="backslashreplace"))[:_TOKEN_BYTES]]
        token, *others = tokens
        if version is None:
            version = b"" if others else self._version(token)
        for other in others:
            self._store.put(_place(other), _MOVED + token)
        self._store.put(_place(token), _VERSION + version)
        for name in links:
            before = self._store.get(name) or b""
            is_known = before[:1] == _KNOWN or (kind == _KNOWN and name in customers)
            if before != (after := (_KNOWN if is_known else _LINKED) + token):
                self._store.put(name, after)

    def _version_under(self, name: str) -> bytes | None:
        found = self._store.get(name)
        if found is None or found[:1] != _KNOWN:
            return None
        tokens = self._tokens(links_of((name,)))
        if not tokens:
            return b""
        kept = self._store.get(_place(tokens[0])) or b""
        return None if kept == _GONE else kept[1:]

    def _version(self, token: bytes) -> bytes:
        found = self._store.get(_place(token)) or b""
        return found[1:]

    def _tokens(self, names: Iterable[str]) -> list[bytes]:
        """Return the tokens of these names, each once: one for each person."""
        tokens: dict[bytes, None] = {}
        for name in names:
            token = (self._store.get(name) or b"")[1:]
            while token and (found := self._store.get(_place(token)) or b"")[:1] == _MOVED:
                token = found[1:]
            if token:
                tokens[token] = None
        return list(tokens)


def aliases_of(customers: Sequence[str]) -> tuple[str, ...]:
    """Return e-mail identifiers in lower case, if that differs: the server may treat them as equal."""
    return tuple(lower for each in customers if (lower := in_lower_case(each)) not in (None, each))


def links_of(customers: Sequence[str]) -> tuple[str, ...]:
    """Return identifiers, and others that the server may treat as equal."""
    return (*customers, *aliases_of(customers))


def linked_by(customers: tuple[str, ...], outcome: Outcome) -> tuple[str, ...]:
    """Return the identifiers of a record that belong to one person: without those that were a reason to refuse it.

    A placeholder such as "none" in thousands of refused rows must not merge them into one person.
    """
    if not isinstance(outcome, Rejected):
        return customers
    refused = {reason.path for reason in outcome.reasons}
    return tuple(each for each in customers if each.partition(":")[0] not in refused)


def _place(token: bytes) -> str:
    """Return the name under which a token is stored. No identifier has this name."""
    return f"person:{token.hex()}"
