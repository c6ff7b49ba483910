"""Each public class of the reference has an example, and `make test-docs` runs it against the simulator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_type_hints

import pytest

from docs.site.examples import Example, classes_on, examples_of, home_of, reference_pages, shown
from tests.support.exampled import run
from tests.support.postgres import Server
from tests.support.valkey import Valkey
from tests.support.walking import blocks_in
from woowup_async._resources.namespaces import Namespaces

EXAMPLES = [example for page in reference_pages() for example in examples_of(page)]
#: Examples with an address of a server, which a test replaces.
WITH_SERVER = ("RedisStore", "PostgresStore")
#: How code writes a namespace: `Users` is `woowup.users`.
NAMESPACES = {kind.__name__: f"woowup.{name}" for name, kind in get_type_hints(Namespaces).items()}


def name_of(example: Example) -> str:
    return f"{example.page}-{example.names[0]}"


@pytest.fixture(scope="module")
def entries() -> dict[str, str]:
    return shown()


@pytest.mark.slow
def test_every_class_of_the_reference_has_an_example(entries: dict[str, str]) -> None:
    classes = [path for page in reference_pages() for path in classes_on(page).values()]
    assert len(classes) > 190
    assert not [path for path in classes if "**Example:**" not in entries[home_of(path)]]


def test_an_example_names_its_classes_and_shows_what_it_prints() -> None:
    assert len(EXAMPLES) > 80
    for example in EXAMPLES:
        *_, program, printed = blocks_in(example.text)
        assert (program.kind, printed.kind) == ("python", "text"), name_of(example)
        compile(program.text, name_of(example), "exec")
        words = {name: NAMESPACES.get(name, name) for name in example.names}
        missing = [name for name, word in words.items() if not re.search(rf"\b{re.escape(word)}\b", program.text)]
        assert not missing, name_of(example)


@pytest.mark.slow
def test_a_class_without_code_links_to_its_example(entries: dict[str, str]) -> None:
    assert "Seller(name=" in entries["woowup_async.models.purchase.Purchase"]
    link = "[`Purchase`][woowup_async.models.Purchase]"
    assert entries["woowup_async.models.purchase.Seller"] == f"**Example:** see {link}."


@pytest.mark.long
@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.names[0] not in WITH_SERVER], ids=name_of)
def test_an_example_runs(example: Example, tmp_path: Path) -> None:
    run(example.text, tmp_path)


@pytest.mark.long
def test_the_examples_with_a_server_run(postgres: Server, valkey: Valkey, tmp_path: Path) -> None:
    servers = {"redis://redis.example.com/0": valkey.url, "postgresql://shop:secret@db.example.com/shop": postgres.url}
    examples = [each for each in EXAMPLES if each.names[0] in WITH_SERVER]
    assert len(examples) == len(servers)
    for example, (address, server) in zip(examples, servers.items(), strict=True):
        text = example.text.replace(f'Store("{address}")', f'Store("{server}")')
        assert text != example.text
        run(text, tmp_path)
