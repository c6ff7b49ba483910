"""Keeps the last content of each record that was accepted or is in doubt, in a run without a journal. Not for users.

Room: _ingest. Pure. A purchase that comes again unchanged costs no request. A changed one is an update, since a bulk
request would ignore it.
"""

from __future__ import annotations

from collections.abc import Sequence

from woowup_async._flow import Entity, Item
from woowup_async._ingest.rules.people import Store
from woowup_async.outcomes import Accepted, InDoubt, Outcome
from woowup_async.ports import Entry, State

_ACCEPTED, _UNCONFIRMED = Accepted("queued"), Accepted("unconfirmed")
_IN_DOUBT = InDoubt("an identical record was sent before without an answer")
_MARK, _DOUBT = b"?", b"!"


class SeenPurchases:
    """The records of a run, with the methods of a ledger. It keeps one version of each key.

    Attributes:
        version_of: returns the version of a key; None if the run has not seen it.

    """

    def __init__(self, store: Store) -> None:
        self._store, self.version_of = store, store.get

    def find(self, key: str) -> Entry | None:
        """Look a purchase up."""
        version = self.version_of(key)
        return None if version is None else entry_of(version)

    def find_other(self, entity: Entity, key: str) -> Entry | None:
        """Look up a product, branch or family."""
        return self.find(_name(entity, key))

    def note(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        """Store the outcomes of purchases."""
        if outcomes and outcomes[0].__class__ is Accepted and outcomes.count(outcomes[0]) == len(outcomes):
            mark = _MARK if outcomes[0].effect == "unconfirmed" else b""  # nearly always, all are alike
            self._store.put_all([(item.key, mark + item.digest) for item in items])
            return
        pairs: list[tuple[str, bytes]] = []
        for item, outcome in zip(items, outcomes):
            if isinstance(outcome, Accepted):
                pairs.append((item.key, _MARK + item.digest if outcome.effect == "unconfirmed" else item.digest))
            elif isinstance(outcome, InDoubt):
                pairs.append((item.key, self._doubted(item)))
        self._store.put_all(pairs)

    def note_other(self, entity: Entity, item: Item, outcome: Outcome) -> None:
        """Store the outcome of a product, branch or family."""
        if isinstance(outcome, Accepted | InDoubt):
            version = item.digest if isinstance(outcome, Accepted) else b""
            self._store.put(_name(entity, item.key), version)

    def _doubted(self, item: Item) -> bytes:
        before = self.find(item.key)
        is_only = before is None or before.doubt in (None, item.digest)
        return _DOUBT + item.digest if is_only else b""


def _name(entity: Entity, key: str) -> str:
    """Return the name of a record that is not a purchase. No purchase has such a key."""
    return f"\0{entity}\0{key}"


def entry_of(version: bytes) -> Entry:
    """Return a version as the entry that a ledger would return."""
    is_marked = len(version) % 8 == len(_MARK)  # digests are multiples of eight bytes
    digest = version[len(_MARK) :] if is_marked else version
    if not version or (is_marked and version[:1] == _DOUBT):
        return Entry(State.IN_DOUBT, digest, outcome=_IN_DOUBT, doubt=digest, is_this_run=True)
    return Entry(State.ACCEPTED, digest, digest, _UNCONFIRMED if is_marked else _ACCEPTED, is_this_run=True)


class Recent:
    """A store that keeps only the newest versions, for a run without end."""

    #: Guessed: 10 MB.
    _MOST = 50_000

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> bytes | None:
        """Return the version of a name; None if it is not stored."""
        return self._kept.get(name)

    def put(self, name: str, version: bytes) -> None:
        """Store a version as the newest."""
        self._kept.pop(name, None)
        self._kept[name] = version
        if len(self._kept) > self._MOST:
            del self._kept[next(iter(self._kept))]

    def put_all(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Store several versions."""
        for name, version in pairs:
            self.put(name, version)
