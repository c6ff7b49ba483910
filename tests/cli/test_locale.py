"""Files do not depend on the encoding of the machine: UTF-8 mode is off, and the locale has only ASCII.

Windows has another encoding for each country. `-X warn_default_encoding` names each file that is opened with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.site import text_of
from tests.support.walking import blocks_in
from woowup_async.testing import Simulator

#: A file with letters beyond ASCII, its mapping and what sends it.
PAGE = "docs/tutorial/csv.md"
LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
STRICT = ("-X", "warn_default_encoding", "-W", "error::EncodingWarning")


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_files_name_their_encodings(simulator: Simulator, tmp_path: Path) -> None:
    for block in blocks_in(text_of(PAGE)):
        if block.title:
            (tmp_path / block.title).write_text(block.text, encoding="utf-8")
    account = {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, *STRICT, "-m", "woowup_async", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=os.environ | LOCALE | account, capture_output=True, timeout=60, check=False
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode("ascii")

    files = ("--users", "ventas.csv", "--purchases", "ventas.csv", "--mapping", "m.toml")
    kept = ("--journal", "j", "--dead-letters", "bad.jsonl", "--report", "r.html", "--report", "r.json")
    assert run("mapping", "new", "ventas.csv", "--output", "new.toml")[0] == 0
    assert "Cód. Artículo" in (tmp_path / "new.toml").read_text(encoding="utf-8")
    assert run("backfill", *files, *kept, "--segment", str(simulator.segment))[0] == 1
    assert next(iter(simulator.purchases.values()))["purchase_detail"][0]["product_name"] == "Remera azul"
    assert run("status", "j")[0] == 0
    assert "32/01/2026" in run("dead-letters", "bad.jsonl")[1]
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
