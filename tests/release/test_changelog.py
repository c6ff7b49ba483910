"""What was written by hand is moved into the section of a version, and the changelog names the present version."""

import re
import tomllib
from pathlib import Path

from tests.release.changelog import CHANGELOG, moved
from woowup_async import __version__

ROOT = Path(__file__).parent.parent.parent
HEAD = "# Changelog\n\nText.\n\n## Unreleased\n\n"
MARK = "<!-- towncrier release notes start -->\n\n"


def test_a_new_version() -> None:
    text = (
        HEAD
        + "### Added\n\n- A.\n- B\n  and more.\n\n### Fixed\n\n- C.\n\n## 0.1.0 (2026-01-01)\n\n### Added\n\n- Old.\n"
    )
    new = "## 0.2.0 (2026-11-27)\n\n### Added\n\n- A.\n- B\n  and more.\n\n### Fixed\n\n- C.\n\n"
    assert moved(text, "0.2.0", "2026-11-27") == HEAD + MARK + new + "## 0.1.0 (2026-01-01)\n\n### Added\n\n- Old.\n"


def test_a_version_that_is_there() -> None:
    text = HEAD + MARK + "### Fixed\n\n- New.\n\n### Added\n\n- A.\n\n## 0.2.0 (2026-11-27)\n\n### Added\n\n- B.\n"
    result = moved(text, "0.2.0", "2026-11-27")
    assert result == HEAD + MARK + "## 0.2.0 (2026-11-27)\n\n### Added\n\n- B.\n- A.\n\n### Fixed\n\n- New.\n"
    assert moved(result, "0.2.0", "2026-11-27") == result


def test_the_changelog_has_the_version_with_its_date() -> None:
    text = CHANGELOG.read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(__version__)} \(\d{{4}}-\d\d-\d\d\)$", text, re.MULTILINE)
    assert text.count("## Unreleased\n") == text.count(MARK.strip()) == 1


def test_fragments_have_a_kind_that_towncrier_knows() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = "|".join(each["directory"] for each in settings["type"])
    names = {each.name for each in (ROOT / settings["directory"]).iterdir()} - set(settings["ignore"])
    assert [name for name in names if not re.fullmatch(rf"\+[\w-]+\.({kinds})(\.\d+)?\.md", name)] == []
