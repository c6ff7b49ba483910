"""`docs/vendor-unknowns.md` has one row for each U, Q or N number of the repository, and the files in it exist."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "vendor-unknowns.md").read_text(encoding="utf-8")
FOLDERS = ("woowup_async", "tests", "docs", "benchmarks", "examples")
TEXTS = {".md", ".py", ".toml", ".txt"}
ROW = re.compile(r'^\| <a id="([unq]\d+)"></a>([UNQ]\d+) \| (\S.*\S) \| (\S.*\S) \| (.*)\|$', re.MULTILINE)
#: Anchor, number, question, behaviour and files of each row.
ROWS: list[tuple[str, ...]] = ROW.findall(TEXT)
NUMBERS = Counter(row[1] for row in ROWS)
REFERENCE = re.compile(r"\b([UQN])(\d+)(?:[-–]\1(\d+))?\b")
#: A rule of the linter can look like a reference.
NOQA = re.compile(r"# noqa: .*")


def references(text: str) -> set[str]:
    """Return all numbers that a text refers to. A range refers to each number in it."""
    found = set()
    for kind, first, last in REFERENCE.findall(NOQA.sub("", text)):
        found |= {f"{kind}{number}" for number in range(int(first), int(last or first) + 1)}
    return found


def unresolved(text: str) -> list[str]:
    return sorted(number for number in references(text) if NUMBERS[number] != 1)


def files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    return [*found, *ROOT.glob("*.md")]


def test_each_reference_has_one_row() -> None:
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files()}
    assert references(texts["woowup_async/policies.py"]) >= {"U1", "U2", "U6"}
    assert references(texts["docs/endpoints.md"]) >= {"N1", "N37"}
    assert not {name: lost for name, text in texts.items() if (lost := unresolved(text))}


@pytest.mark.parametrize("kind", "UQN")
def test_a_reference_without_a_row_is_found(kind: str) -> None:
    assert not unresolved(f"{kind}1, {kind}2-{kind}4 and {kind}46")
    assert unresolved(f'"""As seen ({kind}999)."""') == [f"{kind}999"]
    assert unresolved(f"{kind}1-{kind}3, {kind}0") == [f"{kind}0"]


def test_rules_of_the_linter_are_not_references() -> None:
    assert not references("class _nothing:  # noqa: N801")
    assert references("x = 1  # noqa: N801\ny = 2  # U5") == {"U5"}


def test_numbers_have_no_gaps_and_no_doubles() -> None:
    for kind, last in (("U", 61), ("Q", 100), ("N", 46)):
        numbers = [int(row[1][1:]) for row in ROWS if row[1].startswith(kind)]
        assert numbers == list(range(1, last + 1))


def test_each_line_of_a_table_is_a_row_with_its_anchor() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("|") and not line.startswith(("|---", "| number "))]
    assert len(lines) == len(ROWS)
    assert not [row for row in ROWS if row[0] != row[1].lower()]


def test_each_file_of_a_row_exists() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([^`]+)`", row[4])}
    assert len(named) > 40
    assert not [name for name in named if not name.startswith("woowup_async/") or not (ROOT / name).is_file()]
