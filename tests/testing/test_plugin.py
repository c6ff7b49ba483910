"""The plugin for pytest, in projects of its users: each test runs another pytest, most of them in another process."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import woowup_async.testing  # noqa: F401 - pytest forgets what only a pytest inside this one imports

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.slow

SYNC = """
import asyncio
import os
from pathlib import Path

from woowup_async import User, WoowUp


def test_sync(woowup, woowup_simulator):
    async def main():
        async with woowup, WoowUp() as of_environment:
            await woowup.users.create(User(email="ana@b.co"))
            return await of_environment.users.exists(email="ana@b.co")

    assert asyncio.run(main())
    assert [user["email"] for user in woowup_simulator.users.values()] == ["ana@b.co"]


def test_each_test_has_its_own_account(woowup_simulator):
    assert not woowup_simulator.users
    assert os.environ["WOOWUP_CONNECTORS_URL"] == woowup_simulator.connectors_url


def test_a_budget_of_this_machine_is_not_the_users(woowup_simulator, tmp_path, tmp_path_factory):
    assert WoowUp(budget="host").statistics().budget
    assert tmp_path_factory.getbasetemp() in Path(os.environ["WOOWUP_STATE_DIR"]).parents
    assert not [*tmp_path.iterdir()]


def test_the_environment_is_as_before():
    assert not [name for name in os.environ if name.startswith("WOOWUP_")]
"""
ASYNC = """
import pytest
import pytest_asyncio

from woowup_async import User


@FIXTURE
async def ana(woowup):
    return await woowup.users.create(User(email="ana@b.co"))


MARK
async def test_async(woowup, woowup_simulator, ana):
    report = await woowup.ingest(users=[User(email="eva@b.co")])
    assert report.accepted == 1
    assert {user["email"] for user in woowup_simulator.users.values()} == {ana.email, "eva@b.co"}


MARK
class TestInAClass:
    async def test_async(self, woowup):
        assert not await woowup.users.exists(email="ana@b.co")
"""
LOOPS = """
import pytest


@pytest.mark.asyncio(loop_scope="class")
class TestInOneLoop:
    async def test_one(self, woowup):
        assert not await woowup.users.exists(email="ana@b.co")

    async def test_two(self, woowup):
        assert not await woowup.users.exists(email="ana@b.co")


@pytest.mark.asyncio
async def test_in_the_loop_of_the_session(woowup):
    assert not await woowup.users.exists(email="ana@b.co")
"""
ANYIO = ASYNC.replace("MARK", "@pytest.mark.anyio").replace("FIXTURE", "pytest.fixture")
ANYIO = ANYIO.replace("import pytest_asyncio\n", "")
STRICT = ASYNC.replace("MARK", "@pytest.mark.asyncio").replace("FIXTURE", "pytest_asyncio.fixture")
AUTO = ASYNC.replace("MARK\n", "").replace("FIXTURE", "pytest.fixture")
SCOPE = "asyncio_default_fixture_loop_scope=function"
BACKEND = """
import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project without any plugin that it does not name, in which warnings are errors."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("WOOWUP_API_KEY", "WOOWUP_BASE_URL", "WOOWUP_CONNECTORS_URL", "WOOWUP_STATE_DIR", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    return pytester


def run(project: pytest.Pytester, *options: str, in_process: bool = False) -> pytest.RunResult:
    runs = project.runpytest_inprocess if in_process else project.runpytest_subprocess
    return runs("-p", "woowup_async_pytest", "-p", "no:cacheprovider", *options)


def test_sync(project: pytest.Pytester) -> None:
    project.makepyfile(SYNC)
    run(project).assert_outcomes(passed=4)


def test_pytest_asyncio_and_anyio_beside_it(project: pytest.Pytester) -> None:
    project.makepyfile(test_strict=STRICT, test_anyio=ANYIO, conftest=BACKEND)
    run(project, "-p", "asyncio", "-p", "anyio", "-o", SCOPE).assert_outcomes(passed=4)


def test_pytest_asyncio_in_its_other_mode_and_anyio_beside_it(project: pytest.Pytester) -> None:
    project.makepyfile(test_auto=AUTO, test_anyio=ANYIO, conftest=BACKEND)
    result = run(project, "-p", "asyncio", "-p", "anyio", "-o", "asyncio_mode=auto", "-o", SCOPE)
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines("*needs no marker `anyio`: remove it*")


def test_the_loop_of_a_class_and_of_the_session(project: pytest.Pytester) -> None:
    project.makepyfile(LOOPS)
    result = run(project, "-p", "asyncio", "-o", "asyncio_default_test_loop_scope=session", "-o", SCOPE)
    result.assert_outcomes(passed=3)


def test_anyio_alone(project: pytest.Pytester) -> None:
    named = '\n\nclass TestTrio:\n    @pytest.fixture\n    def anyio_backend_name(self):\n        return "trio"\n'
    trio = named + "\n    @pytest.mark.anyio\n    async def test_trio(self, woowup):\n        raise AssertionError\n"
    project.makepyfile(test_anyio=ANYIO + trio, conftest=BACKEND)
    run(project, "-p", "anyio").assert_outcomes(passed=2, skipped=1)


def test_without_a_plugin_for_async_tests(project: pytest.Pytester) -> None:
    project.makepyfile("async def test_async(woowup): ...")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*needs pytest-asyncio, or the marker `anyio`*")


def test_nothing_is_imported_before_a_fixture_is_used(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_of_something_else():
            assert "woowup_async_pytest" in sys.modules
            assert not {"woowup_async", "aiohttp", "anyio", "msgspec", "pytest_asyncio"} & {*sys.modules}
        """
    )
    run(project).assert_outcomes(passed=1)


def test_options_of_the_simulator(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.woowup_simulator(latency=0.25, api_key="theirs")

        @pytest.mark.woowup_simulator(speed=30, api_key="mine")
        def test_marked(woowup_simulator):
            assert (woowup_simulator.latency, woowup_simulator.segment, woowup_simulator.api_key) == (0.25, 1.0, "mine")

        def test_unmarked(woowup_simulator):
            assert (woowup_simulator.latency, woowup_simulator.segment) == (0.25, 0.5)
            assert woowup_simulator.faults is None
        """
    )
    run(project, in_process=True).assert_outcomes(passed=2)


def test_faults(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import asyncio
        import pytest

        def test_all_is_accepted_in_the_end(woowup, woowup_simulator):
            async def main():
                async with woowup:
                    return await woowup.ingest(users=[{"document": str(number)} for number in range(20)])

            report = asyncio.run(main())
            assert (report.accepted, len(woowup_simulator.users)) == (20, 20)
            assert report.requests > 21
            assert (woowup_simulator.faults.rate, woowup_simulator.faults.seed) == (0.3, 7)

        @pytest.mark.woowup_simulator(faults=None)
        def test_without(woowup_simulator):
            assert woowup_simulator.faults is None
        """
    )
    result = run(project, "--woowup-faults", "0.3:7")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines("woowup faults: 0.3 of the requests, seed 7")


@pytest.mark.parametrize(("given", "said"), [("2", "must be in"), ("x", "expected RATE or RATE:SEED")])
def test_wrong_faults(project: pytest.Pytester, given: str, said: str) -> None:
    result = run(project, "--woowup-faults", given, in_process=True)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"*{said}*")


def test_the_package_names_its_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (module,) = project["project"]["entry-points"]["pytest11"].values()
    assert module in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert import_module(module).__file__ == str(ROOT / module / "__init__.py")
