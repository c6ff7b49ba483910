"""`docs/decisions`: the index and the files agree, and each decision that is mentioned exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "decisions"
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
NUMBERS = [int(path.name[:4]) for path in FILES]
HEAD = re.compile(r"# (\d{4})\. (.+)\n\nStatus: (accepted|superseded by (\d{4}))\n\n## ")
ROW = re.compile(r"^\| \[(\d{4})\]\((.+?)\) \| (.+) \| (.+) \|$", re.MULTILINE)
MENTION = re.compile(r"\bdecisions?[\s#]+(\d+(?:(?:,|,? and|,? or)[\s#]+\d+)*)", re.IGNORECASE)
TEXTS = {".md", ".py", ".toml", ".txt", ".yaml", ".yml"}


def head_of(path: Path) -> re.Match[str]:
    found = HEAD.match(path.read_text(encoding="utf-8"))
    assert found, f"{path.name} does not begin with its number, title and status"
    return found


def mentioned() -> dict[str, set[int]]:
    """Return the numbers that each file of the repository mentions."""
    folders = ("woowup_async", "tests", "docs", "benchmarks", "examples")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    files += [path for path in ROOT.iterdir() if path.suffix in TEXTS or path.name == "Makefile"]
    found = {}
    for path in files:
        mentions = MENTION.findall(path.read_text(encoding="utf-8"))
        found[str(path.relative_to(ROOT))] = {int(number) for each in mentions for number in re.findall(r"\d+", each)}
    return found


def test_numbers_have_no_gaps_and_no_doubles() -> None:
    assert len(NUMBERS) >= 90
    assert sorted(NUMBERS) == list(range(1, len(NUMBERS) + 1))


def test_each_file_has_its_number_and_a_decision() -> None:
    for path in FILES:
        assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name), path.name
        assert head_of(path)[1] == path.name[:4]
        assert "\n## Decision\n" in path.read_text(encoding="utf-8"), path.name


def test_the_index_lists_every_file_with_its_title_and_status() -> None:
    rows = ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    assert rows == [(head_of(path)[1], path.name, head_of(path)[2], head_of(path)[3]) for path in FILES]


def test_a_decision_that_supersedes_another_exists_and_is_newer() -> None:
    superseded = {number: int(by) for path, number in zip(FILES, NUMBERS) if (by := head_of(path)[4])}
    assert not {number: by for number, by in superseded.items() if by not in NUMBERS or by <= number}


def test_each_decision_that_is_mentioned_exists() -> None:
    found = mentioned()
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/promises.md"} <= set(found)
    assert 53 in found["woowup_async/cleaning/__init__.py"]
    assert not {name: lost for name, numbers in found.items() if (lost := numbers - set(NUMBERS))}


def test_links_between_decisions_lead_to_the_number_they_name() -> None:
    link = re.compile(r"\[decision (\d+)\]\((.+?)\)", re.IGNORECASE)
    links = [found for path in FILES for found in link.findall(path.read_text(encoding="utf-8"))]
    assert links
    assert not [
        (number, name) for number, name in links if not (FOLDER / name).exists() or int(name[:4]) != int(number)
    ]
