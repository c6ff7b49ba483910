"""Runs an example of the reference in this process, as `tests/support/walking.py` runs a page in many."""

from __future__ import annotations

import os
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

from tests.support.walking import assert_printed, blocks_in


def run(text: str, folder: Path) -> None:
    """Write the files of an example, run its programs, and compare what they print.

    Most programs take a tenth of a second. An interpreter for each would take longer to start.
    """
    printed = None
    outside = {name: value for name, value in os.environ.items() if not name.startswith("WOOWUP_")}
    with chdir(folder), mock.patch.dict(os.environ, outside, clear=True):
        for block in blocks_in(text):
            if block.title:
                Path(block.title).write_text(block.text, encoding="utf-8")
            elif block.kind == "python":
                printed = printed_by(block.text)
            else:
                assert printed is not None, block.kind
                assert_printed(printed, block.text)


def printed_by(program: str) -> str:
    """Run a program and return what it prints."""
    output = StringIO()
    with redirect_stdout(output):
        exec(compile(program, "<example>", "exec"), {"__name__": "__main__"})
    return output.getvalue()
