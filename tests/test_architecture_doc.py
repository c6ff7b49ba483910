"""`docs/architecture.md` names existing files and the rooms in their order, and links between pages work."""

import re
from pathlib import Path

from tests.support.layers import ROOMS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_each_file_that_it_names_exists() -> None:
    named = set(re.findall(r"`((?:woowup_async|tests|docs)/[\w/.]*)`", TEXT))
    assert len(named) > 40
    assert not [name for name in named if not (ROOT / name).exists()]


def test_each_file_of_the_path_of_a_record_exists() -> None:
    named = re.findall(r"<br>([\w/.]+)", TEXT)
    assert len(named) >= 8
    assert not [name for name in named if not (ROOT / "woowup_async" / name).exists()]


def test_each_question_is_answered_with_a_file() -> None:
    answers = re.findall(r"^- \*\*.+?\?\*\*(.+?)(?=^- |^$|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert len(answers) >= 15
    assert not [answer for answer in answers if not re.search(r"`[\w/.]+\.py`", answer)]


def test_the_rooms_are_in_their_order() -> None:
    lines = re.findall(r"^(?:nouns|shapes|abilities|journeys|surface|testing|edges) +(.+)$", TEXT, re.MULTILINE)
    rooms = [room for line in reversed(lines) for room in line.split() if room in ROOMS]
    assert list(dict.fromkeys(rooms)) == ROOMS


def test_links_between_pages_lead_somewhere() -> None:
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))]
    assert links
    assert not [
        (str(page.relative_to(ROOT)), link)
        for page, link in links
        if "://" not in link and not (page.parent / link).exists()
    ]
