"""`docs/extras.md` has every extra with its lowest versions, and the Makefile and the classifiers agree with it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from woowup_async import __version__

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extras.md").read_text(encoding="utf-8")
#: Extras for work on the package itself.
OWN = {"dev", "bench", "peers", "docs"}


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def user_extras() -> dict[str, list[str]]:
    return {name: needs for name, needs in project()["optional-dependencies"].items() if name not in OWN}


def shown(needs: list[str]) -> str:
    parts = (re.match(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", need) for need in needs)
    return ", ".join(f"{part[1]} {part[2]}" for part in parts if part)


def test_each_extra_has_a_row_with_its_lowest_versions() -> None:
    rows = dict(re.findall(r"^\| `?([\w]+)`? \| ([^|]+) \| ", PAGE, re.MULTILINE))
    expected = {name: shown(needs) for name, needs in user_extras().items()}
    assert {name: needs for name, needs in rows.items() if name in expected} == expected
    assert rows["none"] == shown(project()["dependencies"])


def test_wheels_have_the_present_version() -> None:
    texts = [PAGE, (ROOT / "README.md").read_text(encoding="utf-8")]
    assert [re.findall(r"woowup_async-([\d.]+)-py3", text) for text in texts] == [[__version__]] * 2


def test_bounds_are_lower_ones_only() -> None:
    needs = [
        *project()["dependencies"],
        *(need for each in project()["optional-dependencies"].values() for need in each),
    ]
    others = [need for need in needs if not need.startswith("woowup_async[")]
    assert len(others) > 30
    assert [need for need in others if not re.fullmatch(r"[\w.-]+(\[\w+\])?>=[\w.]+(; .+)?", need)] == []


def test_the_lowest_versions_of_all_extras_but_spark_are_tested() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^EXTRAS := (.+)$", makefile, re.MULTILINE)
    assert found
    # Spark needs Java, and `make test-spark` has an environment of its own
    assert set(found[1].split(",")) == set(user_extras()) - {"spark"}


def test_the_classifiers_are_what_the_page_says_was_tested() -> None:
    versions = re.findall(r"Python :: (3\.\d+)", " ".join(project()["classifiers"]))
    tested = re.search(r"^\| tests \| on Python (.+?) \|", PAGE, re.MULTILINE)
    assert tested
    assert re.findall(r"3\.\d+", tested[1]) == versions
    assert project()["requires-python"] == f">={versions[0]}"
