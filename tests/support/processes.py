"""Processes of tests, which end with the block that started them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process that writes text. At the end of the block it is killed if it still runs, and awaited.

    Without this, a test that fails leaves a process open, and Python warns of it in whatever test runs later.
    """
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()
