"""Runs an example of the reference in this process, as `tests/support/walking.py` runs a page in many."""

from __future__ import annotations

import os
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path

from tests.support.walking import assert_printed, blocks_in


def run(text: str, folder: Path) -> None:
    """Write the files of an example, run its programs, and compare what they print.

    Programs run in one process, since they take a tenth of a second and an interpreter takes longer to start.
    """
    printed = ""
    with chdir(folder):
        for block in blocks_in(text):
            if block.title:
                Path(block.title).write_text(block.text, encoding="utf-8")
            elif block.kind == "python":
                printed = printed_by(block.text)
            else:
                assert block.kind == "text", block.kind
                assert_printed(printed, block.text)


def printed_by(program: str) -> str:
    """Run a program and return what it prints."""
    assert not any(name.startswith("WOOWUP_") for name in os.environ)
    output = StringIO()
    with redirect_stdout(output):
        exec(compile(program, "<example>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a page of this project
    return output.getvalue()
