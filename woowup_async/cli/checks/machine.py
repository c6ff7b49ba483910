"""Checks of this machine: space for what a backfill writes, and the journal.

Room: cli. The journal is only read.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from woowup_async import _platform
from woowup_async._ledger.address import NoLedger
from woowup_async._ledger.opening import Place, opened_reader
from woowup_async.cli.checks.finding import Finding
from woowup_async.errors import JournalError

if TYPE_CHECKING:
    from woowup_async._journal.reader import JournalReader
    from woowup_async._ledger.reader import PostgresReader

#: With less free space, a run of some million records may fill the disk (guessed; a journal takes about 0.2 GB for a
#: million purchases, measured), and with much less any run may.
_SCARCE, _NONE = 2 * 10**9, 50 * 10**6
#: SQLite's locks and log do not work reliably on these (documented by SQLite).
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "fuse.sshfs", "fuse.glusterfs", "glusterfs")


def disk(journal: Place | None) -> Iterator[Finding]:
    """Check the folder of the journal, or the present one, and the one for temporary files."""
    folders = dict.fromkeys(
        (journal.absolute().parent if isinstance(journal, Path) else Path.cwd(), Path(tempfile.gettempdir()))
    )
    for folder in folders:
        yield _space(folder)


def _space(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "choose a folder that exists and that this user may write to"
        return Finding("bad", "disk", f"cannot write to {folder}: {error.strerror}", advice)
    text = f"{free / 1e9:,.1f} GB free in {folder}"
    if free >= _SCARCE:
        return Finding("ok", "disk", text)
    return Finding(
        "look" if free >= _NONE else "bad", "disk", text, "a journal takes about 0.2 GB for a million purchases"
    )


def journal(path: Place, account: Callable[[bytes], bytes], mounts: Path = _platform.MOUNTS) -> Iterator[Finding]:
    """Check whether a run with this account's key can use a journal."""
    kind = file_system(path, mounts) if isinstance(path, Path) else ""
    if kind in _REMOTE:
        advice = "a journal on a network disk can be damaged: keep it on a disk of this machine"
        yield Finding("look", "journal", f"{path} is on a network disk ({kind})", advice)
    try:
        if isinstance(path, Path) and not path.exists():
            raise NoLedger
        with closing(opened_reader(path, account)) as reader:
            yield _state(path, reader, account)
    except NoLedger:
        yield Finding("ok", "journal", f"{path} does not exist yet; a backfill creates it")
    except JournalError as error:
        yield Finding("bad", "journal", str(error))


def _state(path: Place, reader: JournalReader | PostgresReader, account: Callable[[bytes], bytes]) -> Finding:
    if reader.belongs_to(account) is False:
        advice = "if the key was renewed, give --new-key to the next backfill; if not, use another file"
        return Finding("bad", "journal", f"{path} was written with another API key", advice)
    if not reader.is_sound():
        return Finding("bad", "journal", f"{path} is damaged", "restore a copy, or move it away: all is sent again")
    status = reader.status()
    if status.is_running and isinstance(path, Path):
        return Finding("look", "journal", f"a run writes to {path} now", "wait for its end: one run at a time")
    if status.damaged:
        advice = "their records are in doubt; a backfill sends them again safely"
        return Finding("look", "journal", f"{status.damaged:,} rows of {path} are damaged", advice)
    records = sum(count for counts in status.counts.values() for count in counts.values())
    unfinished = status.began is not None and status.finished is None
    state = "its run is not finished: the same backfill command continues it" if unfinished else "no run is unfinished"
    return Finding("ok", "journal", f"{path} has {records:,} records; {state}")


def file_system(path: Path, mounts: Path = _platform.MOUNTS) -> str:
    """Return the kind of the file system of a path, such as `ext4`; "" if the system does not say so (Linux does)."""
    found, kind, real = "", "", path.absolute().parent.resolve()
    for line in (_platform.kernel_list(mounts) or "").splitlines():
        _, point, this, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if real.is_relative_to(point) and len(point) >= len(found):
            found, kind = point, this
    return kind
