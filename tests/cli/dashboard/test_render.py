"""The whole page: it needs nothing else, has its landmarks, and its parts can be replaced."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.support.glances import NOW, snapshot
from tests.support.markup import Markup
from woowup_async.cli.dashboard.panels import PANELS
from woowup_async.cli.dashboard.render import page, parts_of
from woowup_async.cli.dashboard.view import Snapshot, view_of

ONE = view_of(snapshot(), NOW)
OTHER = view_of(replace(snapshot(), name="other <b>.journal"), NOW)


def shown(*views: dict[str, object]) -> tuple[str, Markup]:
    text = page(views, NOW, "the-nonce")
    return text, Markup(text)


def test_it_needs_nothing_else() -> None:
    text, markup = shown(ONE)
    links = [
        value for _, attributes in markup.elements for name, value in attributes.items() if name in ("src", "href")
    ]
    assert set(links) == {"data:,", "#main"}
    assert "http" not in text
    # the security policy of the page allows no style and no handler in an element
    assert not [attributes for _, attributes in markup.elements if "style" in attributes]
    assert not re.search(r"<[^>]* on\w+=", text)
    assert [one["nonce"] for one in markup.all("style", "script")] == ["the-nonce"] * 2


def test_landmarks_and_names() -> None:
    _, markup = shown(ONE, OTHER)
    assert markup.elements[0] == ("html", {"lang": "en"})
    assert [len(markup.all(tag)) for tag in ("header", "main", "nav", "h1", "h2")] == [1, 1, 1, 1, 2]
    ids = [attributes["id"] for _, attributes in markup.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {section["aria-labelledby"] for section in markup.all("section")} <= set(ids)
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in markup.all("svg"))
    assert all("scope" in cell for cell in markup.all("th"))
    assert all(
        region["tabindex"] == "0" and region["aria-label"] for region in markup.all("div") if "scroll" in str(region)
    )


def test_several_journals_have_a_section_each() -> None:
    _, markup = shown(ONE, OTHER)
    assert [section["id"] for section in markup.all("section")] == ["j0", "j1"]
    assert [link["href"] for link in markup.all("a")] == ["#main", "#j0", "#j1"]
    assert "other <b>.journal" in markup.text
    assert "<title>2 journals" in shown(ONE, OTHER)[0]
    assert not shown(ONE)[1].all("nav")


def test_each_part_has_an_element_with_the_same_text() -> None:
    text, markup = shown(ONE, OTHER)
    parts = parts_of([ONE, OTHER], NOW)
    assert len(parts) == 2 * len(PANELS)
    ids = {attributes.get("id") for _, attributes in markup.elements}
    for name, inside in parts.items():
        assert name in ids
        assert f'id="{name}"' in text
        assert f">{inside}</" in text


def test_only_parts_that_changed_differ() -> None:
    later = view_of(snapshot(), NOW + 1)
    before, after = parts_of([ONE], NOW), parts_of([later], NOW + 1)
    assert {name for name in before if before[name] != after[name]} == {"j0-budget"}


def test_a_page_without_a_journal_yet() -> None:
    text, markup = shown(view_of(Snapshot("j"), NOW))
    assert "no run yet" in markup.text
    assert "None" not in text.replace("None.", "").replace("None yet.", "")
