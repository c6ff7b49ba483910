"""Checks that no file that a command writes is one that it reads.

Room: cli.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from woowup_async.budget.dsn import Dsn
from woowup_async.cli.exits import USAGE, fail
from woowup_async.cli.options import RecordOptions, TableOptions
from woowup_async.sources.sql import PREFIX


def check_apart(read: Iterable[tuple[str, Path]], written: Iterable[tuple[str, Path | Dsn | None]]) -> None:
    """Exit if a file that is written is also another file of the command."""
    options = {path.resolve(): option for option, path in read}
    for option, path in written:
        if isinstance(path, Path) and (other := options.setdefault(path.resolve(), option)) != option:
            fail(f"{option} must be a different file than {other}", USAGE)


def read_files(
    records: RecordOptions, tables: TableOptions, dead_letters: Sequence[Path] = ()
) -> Iterator[tuple[str, Path]]:
    """Yield the files that a command reads, with their options."""
    for given in [*(records.users or ()), *(records.purchases or ())]:
        pattern = given.removeprefix(PREFIX)
        for name in glob.glob(pattern) or [pattern]:  # noqa: PTH207 - a pattern may be absolute
            path = Path(name)
            for each in path.iterdir() if path.is_dir() else (path,):
                yield "--users or --purchases", each
    for path in dead_letters:
        yield "--from-dead-letters", path
    if tables.mapping is not None:
        yield "--mapping", tables.mapping
