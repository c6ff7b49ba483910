"""The purchases of a run without a journal: which content of each was accepted last, or may have been.

Room: _ingest. Pure. Kept by `desk`. A purchase that comes again as it was costs no request; one that changed is an
update, since a bulk request would ignore it.
"""

from __future__ import annotations

from woowup_async._flow import Entry, Item, State
from woowup_async._ingest.customers import Store
from woowup_async.outcomes import Accepted, InDoubt, Outcome

_ACCEPTED, _UNCONFIRMED = Accepted("queued"), Accepted("unconfirmed")
_MARK = b"?"


class SeenPurchases:
    """Answers as a ledger does, from one version of each key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, key: str) -> Entry | None:
        """Look a purchase up."""
        version = self._store.get(key)
        if version is None:
            return None
        if not version:
            return Entry(State.IN_DOUBT, b"", doubt=b"", is_this_run=True)
        digest = version.removeprefix(_MARK) if len(version) > 16 else version
        outcome = _ACCEPTED if len(version) == len(digest) else _UNCONFIRMED
        return Entry(State.ACCEPTED, digest, digest, outcome, is_this_run=True)

    def note(self, item: Item, outcome: Outcome) -> None:
        """Keep what became of one."""
        if isinstance(outcome, Accepted):
            is_open = outcome.effect == "unconfirmed"
            self._store.put(item.key, _MARK + item.digest if is_open else item.digest)
        elif isinstance(outcome, InDoubt):
            self._store.put(item.key, b"")


class Recent:
    """A store that keeps the last ones only: for a run without an end."""

    #: Guessed: 10 MB.
    _MOST = 50_000

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> bytes | None:
        """Return the version of a name; None where it is not kept."""
        return self._kept.get(name)

    def put(self, name: str, version: bytes) -> None:
        """Keep a version as the newest."""
        self._kept.pop(name, None)
        self._kept[name] = version
        if len(self._kept) > self._MOST:
            del self._kept[next(iter(self._kept))]
