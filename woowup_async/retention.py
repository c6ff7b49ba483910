"""Forgets personal data that runs left: in journals, ledgers on a server, outboxes and dead letters.

Room: surface. It connects `_journal.forget`, `_ledger.forget` and `sinks._forgetting`. docs/security.md says what each
has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from woowup_async._journal.forget import Forgotten as InJournal
from woowup_async._journal.forget import forget_in, people_of
from woowup_async._ledger.address import address_of, check_driver, path_of
from woowup_async._transport.credentials import ApiKey
from woowup_async.budget.dsn import Dsn
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sinks._forgetting import Letters


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was found, and is gone if it was not only a trial.

    Attributes:
        identifiers: e-mail addresses, documents and others in journals. Only a keyed hash of each stays.
        records: records of journals of which only keyed hashes stay.
        waiting: records that waited in outboxes. They are not sent.
        letters: dead letters.
        texts: reasons and notes that quoted an identifier.
        rows: damaged rows of journals, and old problems.
        kept: records that wait in outboxes. Their age is not known, since the file was used after the moment.
        undated: lines of dead letters that stay, since they do not say when they were written.

    """

    identifiers: int = 0
    records: int = 0
    waiting: int = 0
    letters: int = 0
    texts: int = 0
    rows: int = 0
    kept: int = 0
    undated: int = 0

    def __bool__(self) -> bool:
        """Return whether anything was found."""
        return any(getattr(self, each.name) for each in fields(self) if each.name not in ("kept", "undated"))


def forget(
    *journals: str | os.PathLike[str],
    customers: Sequence[str] = (),
    older_than: timedelta | None = None,
    dead_letters: Sequence[str | os.PathLike[str]] = (),
    api_key: str | None = None,
    is_trial: bool = False,
) -> Forgotten:
    """Forget customers, or what is older than an age, in what runs of one account left.

    A journal still recognises the records: it keeps hashes of them whose key is computed from the API key. So a record
    that comes again unchanged costs no request. All are checked before the first one is changed. A server keeps old
    rows in its files until `VACUUM FULL`, in its log and in backups.

    Args:
        journals: journals and outboxes, each slot by its name, and ledgers: `postgresql://...` or `env:NAME`. No run
            of the account may use them.
        customers: e-mail addresses, documents, or `name:value` such as `service_uid:77`. What a journal or an outbox
            says to be another identifier of the same person is forgotten too, in all of them.
        older_than: what runs that ended before this age left is forgotten.
        dead_letters: files of dead letters. No run may have them open.
        api_key: the account's key; by default from `WOOWUP_API_KEY`.
        is_trial: change nothing, and only count.

    Raises:
        ValueError: neither customers nor an age, no key, or an age that is not positive.
        WoowUpError: a journal or a file cannot be used, a run uses it, or it belongs to another account; or records
            of a journal are in doubt.

    """
    if not customers and older_than is None:
        raise ValueError("give customers, older_than, or both")
    if older_than is not None and older_than <= timedelta():
        raise ValueError("older_than must be positive")
    account = ApiKey(api_key if api_key is not None else os.environ.get("WOOWUP_API_KEY", "")).mark
    before = None if older_than is None else datetime.now(UTC) - older_than
    places = [_place_of(each) for each in journals]
    wanted = {each for text in customers for each in identifiers_in(text)}
    size = -1
    while wanted and size != len(wanted):  # one journal may know an identifier by which another one knows a third
        size = len(wanted)
        for place in places:
            wanted |= _people_of(place, account, wanted)
    letters, found = Letters(wanted, before), Forgotten()
    for trial in (True,) if is_trial else (True, False):
        found = Forgotten()
        for place in places:
            moment = None if before is None else before.timestamp()
            one = _forget_in(place, account, wanted, moment, is_trial=trial)
            found = _sum(found, Forgotten(one.identifiers, one.records, one.waiting, 0, one.texts, one.rows, one.kept))
        for path in map(Path, dead_letters):
            removed = letters.forget_in(path, is_trial=trial)
            found = _sum(found, Forgotten(letters=removed.letters, undated=removed.undated))
    return found


def identifiers_in(text: str) -> tuple[str, ...]:
    """Return the identifiers that a text may mean, as `name:value`.

    Raises:
        ValueError: it is empty.

    """
    name, colon, value = text.strip().partition(":")
    if colon and name in IDENTIFIERS and value:
        return (f"{name}:{value}",)
    if not text.strip():
        raise ValueError("a customer without an identifier")
    names = ("email",) if "@" in text else tuple(each for each in IDENTIFIERS if each != "email")
    return tuple(f"{each}:{text.strip()}" for each in names)


def _place_of(journal: str | os.PathLike[str]) -> Path | Dsn:
    address = address_of(journal)
    if address is None:
        return path_of(journal)
    check_driver(address)
    return address


def _people_of(place: Path | Dsn, account: Callable[[bytes], bytes], identifiers: set[str]) -> set[str]:
    if isinstance(place, Path):
        return people_of(place, account, identifiers)
    from woowup_async._ledger.forget import people_in  # most users have no psycopg

    return people_in(place, account, identifiers)


def _forget_in(
    place: Path | Dsn, account: Callable[[bytes], bytes], identifiers: set[str], before: float | None, *, is_trial: bool
) -> InJournal:
    if isinstance(place, Path):
        return forget_in(place, account, identifiers, before, is_trial=is_trial)
    from woowup_async._ledger.forget import forget_on

    return forget_on(place, account, identifiers, before, is_trial=is_trial)


def _sum(one: Forgotten, other: Forgotten) -> Forgotten:
    return Forgotten(*(getattr(one, each.name) + getattr(other, each.name) for each in fields(Forgotten)))
