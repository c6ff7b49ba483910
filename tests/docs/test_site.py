"""The copies of the pages and the check of the built site."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.site.building import faults
from docs.site.drawing import drawn
from docs.site.examples import classes_on, lacking, reference_pages
from docs.site.reference import fields_table, with_reference
from docs.site.staging import ROOT, Staging


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    assert Staging(folder).stage() > 200
    return folder


@pytest.mark.slow
def test_a_link_to_a_file_of_the_repository_leads_to_its_page(staged: Path) -> None:
    page = (staged / "glossary.md").read_text(encoding="utf-8")
    assert "](repository/woowup_async/_flow.py.md)" in page
    copied = staged / "repository" / "woowup_async" / "_flow.py.md"
    assert copied.read_text(encoding="utf-8").startswith("# woowup_async/_flow.py\n\n````python\n")


def test_the_first_page_stands_for_the_readme(staged: Path) -> None:
    assert "[README](index.md)" in (staged / "dashboard.md").read_text(encoding="utf-8")
    assert not (staged / "repository" / "README.md").exists()


def test_code_is_left_as_it_is(staged: Path) -> None:
    for name in ("howto/dead-letters.md", "es/howto/sql.md"):
        copied, page = (staged / name).read_text("utf-8"), (ROOT / "docs" / name).read_text("utf-8")
        assert copied.split("```")[1::2] == page.split("```")[1::2]


def test_the_path_of_a_record_is_drawn(staged: Path) -> None:
    page = (staged / "architecture.md").read_text(encoding="utf-8")
    assert "```mermaid" not in page
    assert page.count("<rect ") == 10
    with pytest.raises(KeyError):
        drawn('```mermaid\nflowchart TD\n    new["new<br>x/"] --> source["source<br>sources/"]\n```\n')


def test_a_struct_has_a_table_of_its_fields() -> None:
    assert with_reference("<!-- object: woowup_async.models.Seller -->") == "::: woowup_async.models.Seller"
    table = fields_table("woowup_async.models.Seller")
    assert "| `email` | `Email` | required |" in table
    assert "| `external_id` | `str | None` | absent |" in table
    assert fields_table("woowup_async.events.RequestSent") == ""  # its docstring has them


def test_the_examples_are_no_pages(staged: Path) -> None:
    assert not (staged / "reference" / "examples").exists()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<img src="https://cdn.example.com/a.png">', "loads https://cdn.example.com/a.png"),
        ('<script src="//cdn.example.com/a.js"></script>', "loads //cdn.example.com/a.js"),
        ('<p style="background: url(https://x.example.com/a.png)">', "loads by a style: background"),
        ('<a href="other/">', "links to other/, which is not there"),
        ('<a href="#there">', "links to #there, which is not there"),
        ('<link rel="stylesheet" href="gone.css">', "loads gone.css, which is not there"),
    ],
)
def test_a_fault_of_a_built_page_is_found(body: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    assert fault in " ".join(faults(tmp_path))


def test_a_page_that_shows_too_few_examples_is_found(tmp_path: Path) -> None:
    for page in reference_pages():
        place = tmp_path / "reference" / ("" if page == "index" else page)
        place.mkdir(parents=True, exist_ok=True)
        (place / "index.html").write_text("<p><strong>Example:</strong></p>" * len(classes_on(page)), encoding="utf-8")
    assert list(lacking(tmp_path)) == []
    (tmp_path / "reference" / "cleaning" / "index.html").write_text("<strong>Example:</strong>", encoding="utf-8")
    assert list(lacking(tmp_path)) == ["reference/cleaning shows 1 examples for 3 classes"]


def test_a_sound_page_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { background: url(b.png) }", encoding="utf-8")
    body = '<h1 id="top"></h1><a href="#top"></a><a href="https://www.woowup.com"></a><link href="a.css">'
    (tmp_path / "index.html").write_text(body, encoding="utf-8")
    assert list(faults(tmp_path)) == []
    (tmp_path / "a.css").write_text("@import 'https://fonts.example.com/x.css'", encoding="utf-8")
    assert list(faults(tmp_path)) == ["a.css loads from another host"]
