"""`docs/modules.md` is generated from the docstrings of modules. `python -m tests.test_modules_doc` writes it again."""

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.support.layers import LEVELS, PACKAGE, is_pure, modules, name_of, parsed

DOC = PACKAGE.parent / "docs" / "modules.md"
HEAD = """\
# Modules

This page is generated from the first line of each module, and a test checks it. Read it from the top: a module imports
only from its own room and from rooms above it. [The architecture](architecture.md) shows how the rooms work together,
and answers "where is ...?".

Modules marked ◦ are pure: no clock, no random numbers, no I/O. They get the time as `now` and return the next deadline.
"""


def first_line(path: Path) -> str:
    """Return what a module says about itself, for a cell of a table."""
    text = ast.get_docstring(parsed(path)) or ""
    return text.partition("\n")[0].replace("|", "\\|")


def place_of(path: Path) -> str:
    """Return the room of a module, or the package inside a room."""
    return name_of(path if path.name == "__init__.py" else path.parent / "__init__.py")


def table(paths: list[Path]) -> Iterator[str]:
    yield "| module | | what it does |"
    yield "|---|---|---|"
    for path in paths:
        yield f"| `{path.stem}` | {'◦' if is_pure(name_of(path)) else ''} | {first_line(path)} |"


def rooms_of(level: str) -> Iterator[str]:
    """Yield the lines of a level: its modules, then its packages, each with the packages inside it."""
    rank = {room: number for number, room in enumerate(LEVELS[level])}
    of_level = [path for path in modules() if name_of(path).split(".")[0] in rank]
    alone = sorted((path for path in of_level if path.parent == PACKAGE), key=lambda path: rank[path.stem])
    if alone:
        yield from ("", *table(alone))
    inside = sorted(
        (path for path in of_level if path.parent != PACKAGE),
        key=lambda path: (rank[name_of(path).split(".")[0]], place_of(path), path.stem),
    )
    for place, together in groupby(inside, place_of):
        paths = list(together)
        package = next(path for path in paths if path.name == "__init__.py")
        others = [path for path in paths if path != package]
        yield from ("", f"### {place.replace('.', '/')}", "", first_line(package))
        if others:
            yield from ("", *table(others))


def render() -> str:
    """Return the page."""
    lines = [HEAD.rstrip()]
    for level in LEVELS:
        lines += ["", f"## {level.capitalize()}", *rooms_of(level)]
    return "\n".join(lines) + "\n"


def test_the_page_is_up_to_date() -> None:
    assert DOC.read_text(encoding="utf-8") == render(), "run `python -m tests.test_modules_doc`"


def test_each_module_says_what_it_does_and_no_two_say_the_same() -> None:
    said = [first_line(path) for path in modules()]

    assert all(said)
    assert sorted(said) == sorted(set(said))


if __name__ == "__main__":
    DOC.write_text(render(), encoding="utf-8")
