"""Move what was written by hand under "Unreleased" in CHANGELOG.md into the section of a version.

`python -m tests.release.changelog 0.2.0 2026-11-27`. Lines of one kind ("Added", "Fixed") go to the end of that kind.
Fragments in `changelog.d` are moved by towncrier instead.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent.parent / "CHANGELOG.md"
_UNRELEASED = "## Unreleased\n"
_EMPTY = f"{_UNRELEASED}\n<!-- towncrier release notes start -->\n\n"


def moved(text: str, version: str, date: str) -> str:
    """Return the changelog with an empty "Unreleased". The section of the version is made if it does not exist."""
    head, _, rest = text.partition(_UNRELEASED)
    written, versions = _split(rest.replace("<!-- towncrier release notes start -->\n", ""))
    title = f"## {version} ({date})\n"
    before = ""
    if versions.startswith(title):
        before, versions = _split(versions.removeprefix(title))
    kinds = _kinds(before)
    for kind, lines in _kinds(written).items():
        kinds[kind] = f"{kinds[kind]}\n{lines}" if kind in kinds else lines
    shown = "".join(f"### {kind}\n\n{lines}\n\n" for kind, lines in kinds.items())
    return f"{head}{_EMPTY}{title}\n{shown}{versions}".rstrip() + "\n"


def _split(text: str) -> tuple[str, str]:
    """Return the text of a section, and what follows it."""
    found = re.search(r"^## ", text, re.MULTILINE)
    return (text, "") if found is None else (text[: found.start()], text[found.start() :])


def _kinds(section: str) -> dict[str, str]:
    parts = re.split(r"^### (.+)\n", section, flags=re.MULTILINE)
    return {kind: lines.strip() for kind, lines in zip(parts[1::2], parts[2::2], strict=True)}


if __name__ == "__main__":
    CHANGELOG.write_text(moved(CHANGELOG.read_text(encoding="utf-8"), *sys.argv[1:]), encoding="utf-8")
    sys.exit()
