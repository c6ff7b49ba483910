"""Reads the examples of the reference.

`docs/reference/examples/PAGE.md` has those of the classes on the page `docs/reference/PAGE.md`. A part begins with
`<!-- example: Purchase PurchaseItem Seller -->`: its code is shown under `Purchase`, and the others link to it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.site.reference import names_on, value_of

REFERENCE = Path(__file__).parent.parent / "reference"
EXAMPLES = REFERENCE / "examples"

_BEGIN = re.compile(r"^<!-- example: ([\w ]+) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """One part of a page of examples: the classes that it is about, and its text with its code."""

    page: str
    names: tuple[str, ...]
    text: str


def examples_of(page: str) -> list[Example]:
    """Return the examples for a page by its name, such as `models`. A page without classes has none."""
    file = EXAMPLES / f"{page}.md"
    parts = _BEGIN.split(file.read_text(encoding="utf-8")) if file.is_file() else [""]
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return [Example(page, tuple(names.split()), text.strip("\n")) for names, text in pairs]


def classes_on(page: str) -> dict[str, str]:
    """Return the paths of the classes on a page by their names, in the order of the page."""
    text = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
    return {path.rpartition(".")[2]: path for path in names_on(text) if inspect.isclass(value_of(path))}


def reference_pages() -> list[str]:
    """Return the names of the pages of the reference."""
    return sorted(path.stem for path in REFERENCE.glob("*.md"))


def home_of(path: str) -> str:
    """Return the path where a class is defined. It has another one if a package offers it."""
    value = value_of(path)
    return f"{value.__module__}.{value.__qualname__}"


def shown() -> dict[str, str]:
    """Return what is shown under each class of the reference, by its home.

    Raises:
        KeyError: an example names a class that no page has.

    """
    classes = {page: classes_on(page) for page in reference_pages()}
    everywhere = {name: path for paths in classes.values() for name, path in paths.items()}
    texts: dict[str, list[str]] = {home_of(path): [] for paths in classes.values() for path in paths.values()}
    links: dict[str, list[str]] = {home: [] for home in texts}
    for page, own in classes.items():
        for example in examples_of(page):
            first, *others = ((everywhere | own)[name] for name in example.names)
            texts[home_of(first)].append(example.text)
            for path in others:
                links[home_of(path)].append(f"[`{example.names[0]}`][{first}]")
    return {home: _shown(texts[home], links[home]) for home in texts}


def _shown(texts: list[str], links: list[str]) -> str:
    if texts:
        return "\n\n".join(["**Example:**", *texts])
    return f"**Example:** see {', '.join(links)}." if links else ""


def lacking(site: Path) -> Iterator[str]:
    """Yield what is wrong with the reference of a built site: pages with fewer examples than classes."""
    for page in reference_pages():
        there = site / "reference" / ("" if page == "index" else page) / "index.html"
        found, wanted = there.read_text(encoding="utf-8").count("<strong>Example:</strong>"), len(classes_on(page))
        if found < wanted:
            yield f"reference/{page} shows {found} examples for {wanted} classes"
