"""The pages of the site: what they name exists, and each block of code is run somewhere."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from docs.site.command import VARIABLES, commands, variables_in_code
from docs.site.reference import public_names
from tests.support.api import MODULES
from tests.support.site import ELSEWHERE, code_in, numbers, pages, text_of, walked
from tests.support.walking import ROOT, blocks_in
from woowup_async import __version__
from woowup_async._resources.namespaces import Namespaces

NAV = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
SPANISH = [page for page in pages() if page.startswith("docs/es/")]
#: The modules for users, as docs/deprecation.md names them.
PUBLIC = [f"woowup_async.{name}".rstrip(".") for name in MODULES]


def named(nav: object) -> Iterator[str]:
    """Yield the pages of a navigation."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else list(nav):  # type: ignore[call-overload]
            yield from named(part)


def values_of(module: str) -> dict[str, object]:
    """Return the public names of a module with their values."""
    loaded = import_module(module)
    return {name: getattr(loaded, name) for name in public_names(loaded)}


def test_the_navigation_has_every_page_once() -> None:
    found = list(named(NAV))
    own = {page.removeprefix("docs/") for page in pages() if page.startswith("docs/")} | {"decisions/index.md"}
    assert sorted(page for page in found if not page.startswith("repository/")) == sorted(own)


def test_every_block_of_code_is_run() -> None:
    here, elsewhere, spanish = numbers()
    assert here > 130
    assert here + elsewhere + spanish == sum(map(code_in, pages()))
    assert not [page for page, test in ELSEWHERE.items() if Path(page).stem not in (ROOT / test).read_text("utf-8")]


@pytest.mark.parametrize("page", SPANISH)
def test_a_spanish_page_has_the_blocks_of_the_english_one(page: str) -> None:
    assert (ROOT / page.replace("docs/es/", "docs/")).is_file()
    if page != "docs/es/index.md":
        assert blocks_in(text_of(page)) == blocks_in(text_of(page.replace("docs/es/", "docs/")))
        assert text_of(page).count("\n## ") == text_of(page.replace("docs/es/", "docs/")).count("\n## ")


def test_every_tutorial_and_how_to_page_is_in_spanish() -> None:
    english = {page.removeprefix("docs/") for page in pages() if page.startswith(("docs/tutorial/", "docs/howto/"))}
    assert english | {"index.md"} == {page.removeprefix("docs/es/") for page in SPANISH}


def test_the_python_of_the_walks_is_valid() -> None:
    blocks = [(page, block) for page in walked() for block in blocks_in(text_of(page)) if block.kind == "python"]
    assert len(blocks) > 30
    for page, block in blocks:
        compile(block.text, page, "exec")


@pytest.mark.slow
def test_every_public_name_is_in_the_reference() -> None:
    parts = "\n".join(text_of(page) for page in pages() if page.startswith("docs/reference/"))
    whole = set(re.findall(r"<!-- names: (\S+) -->", parts))
    single = set(re.findall(r"[\w.]+", " ".join(re.findall(r"<!-- object: (.+) -->", parts))))
    documented = {id(value) for module in whole for value in values_of(module).values()}
    for path in single:
        module, _, name = path.rpartition(".")
        documented.add(id(getattr(import_module(module), name)))
    public = [(f"{module}.{name}", value) for module in PUBLIC for name, value in values_of(module).items()]
    assert len(public) > 150
    assert not [name for name, value in public if id(value) not in documented]


def test_the_reference_has_every_namespace() -> None:
    page = text_of("docs/reference/calls.md")
    assert not [kind.__name__ for kind in get_type_hints(Namespaces).values() if f".{kind.__name__}" not in page]


def test_every_variable_is_explained() -> None:
    assert set(VARIABLES) == variables_in_code()


def test_the_commands_are_found_in_the_help() -> None:
    assert {"backfill", "plan", "mapping new", "new-key", "simulate"} <= set(commands())


def test_wheels_have_the_present_version() -> None:
    named = [version for page in pages() for version in re.findall(r"woowup_async-([\d.]+)-py3", text_of(page))]
    assert len(named) >= 3
    assert set(named) == {__version__}


def test_the_calls_beside_those_of_the_php_client_exist() -> None:
    kinds = get_type_hints(Namespaces)
    rows = [line.split(" | ")[1] for line in text_of("docs/migration/php.md").splitlines() if line.startswith("| ")]
    calls = {call for row in rows for call in re.findall(r"`(\w+)\.(\w+)", row) if call[0] in kinds}
    assert len(calls) > 30
    assert not [call for call in calls if not inspect.isroutine(getattr(kinds[call[0]], call[1], None))]
