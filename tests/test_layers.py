"""Imports go down, and inside a level only to rooms listed before."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

from tests.support.layers import ROOMS, is_pure, modules, name_of, parsed
from tests.support.tracing import UNTRACED

#: What has statements in it.
BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
IMPURE = {"asyncio", "anyio", "time", "random", "aiohttp", "socket", "sqlite3", "os", "pathlib"}


def statements(inside: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements that run, also those inside others, but not those for types."""
    for node in chain.from_iterable(getattr(inside, name, ()) for name in BLOCKS):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for other in node.orelse:
                yield other
                yield from statements(other)
        else:
            yield node
            yield from statements(node)


@cache
def imported(path: Path) -> list[str]:
    found = list[str]()
    for node in statements(parsed(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


def rooms_imported(path: Path) -> set[str]:
    ours = [module.split(".") for module in imported(path)]
    return {parts[1] for parts in ours if parts[0] == "woowup_async" and len(parts) > 1}


def test_every_room_is_listed() -> None:
    assert {name_of(path).split(".")[0] for path in modules()} <= {*ROOMS, "__main__"}


def test_imports_go_down() -> None:
    rooms = {path: name_of(path).split(".")[0] for path in modules() if name_of(path) != "__main__"}
    above = {
        name_of(path): found
        for path, room in rooms.items()
        if (found := rooms_imported(path) - set(ROOMS[: ROOMS.index(room) + 1]))
    }

    assert above == {}


def test_pure_modules_use_no_clock_no_random_numbers_and_no_network() -> None:
    for path in modules():
        if is_pure(name := name_of(path)):
            assert not {module.split(".")[0] for module in imported(path)} & IMPURE, name
            text = path.read_text(encoding="utf-8").replace("async def __a", "")
            assert "async def" not in text or name in ("ports", "budget.store"), name  # ports only declare them


def test_only_one_module_sends_with_aiohttp_and_one_serves_with_it() -> None:
    importers = {name_of(path) for path in modules() if any(name.startswith("aiohttp") for name in imported(path))}

    assert {name for name in importers if not name.startswith("testing")} == {"_transport.http", "cli.dashboard.server"}


def test_the_simulator_does_not_import_the_limiter() -> None:
    for path in modules():
        if name_of(path).startswith("testing") and name_of(path) not in ("testing.clock", "testing"):
            assert "_limiting" not in rooms_imported(path), name_of(path)


def test_no_module_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    assert {name: length for name, length in lengths.items() if length > 300} == {}


def pure_modules() -> list[str]:
    return [name for path in modules() if path.name != "__init__.py" and is_pure(name := name_of(path))]


def test_each_pure_module_has_a_test_module() -> None:
    places = {name: name.split(".") for name in pure_modules()}
    without = [
        name
        for name, (*rooms, module) in places.items()
        if not Path(__file__).parent.joinpath(*rooms, f"test_{module.lstrip('_')}.py").is_file()
    ]

    assert places
    assert without == []


def test_no_test_module_imports_another() -> None:
    paths = [
        path
        for path in Path(__file__).parent.rglob("test_*.py")
        if re.search(r"\b(from|import)\b.*\btest_", path.read_text(encoding="utf-8"))  # to parse fewer
    ]
    found = [(path.name, name) for path in paths for name in imported(path) if name.split(".")[-1].startswith("test_")]

    assert paths
    assert found == []


def test_each_test_without_coverage_exists() -> None:
    root = Path(__file__).parents[1]
    names = [(root / path, test) for path, *_, test in (line.split("::") for line in UNTRACED)]
    missing = [
        (path.name, test)
        for path, test in names
        if not path.is_file() or f"def {test}(" not in path.read_text(encoding="utf-8")
    ]

    assert names
    assert missing == []


def test_each_module_says_its_room_and_whether_it_is_pure() -> None:
    pure = set(pure_modules())
    for path in modules():
        if path.name in ("__init__.py", "__main__.py", "_version.py"):
            continue
        name, head = name_of(path), ast.get_docstring(parsed(path)) or ""
        room = name.split(".")[0]
        said = {"nouns", "surface", room} if "." not in name else {room}
        assert any(f"Room: {each}" in head for each in said), name
        assert name not in pure or "Pure" in head, name
