"""The blocks of `docs/testing.md` and `docs/fastapi.md` are files of a project, and its tests pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE = re.compile(r"```python\n(# (\w+)\.py\n.*?)```", re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "passed"), [("testing", 4), ("fastapi", 2)])
def test_blocks(page: str, passed: int, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    blocks = FILE.findall(text)
    assert len(blocks) == text.count("```python\n")
    for content, name in blocks:
        (pytester.path / f"{name}.py").write_text(content)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    plugins = ("-p", "woowup_async_pytest", "-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function")
    pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugins).assert_outcomes(passed=passed)
