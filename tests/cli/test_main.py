"""The entry point, with and without the extra."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

import woowup_async
from woowup_async import cli as cli_room


def test_without_its_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "woowup_async.cli.app", None)
    with pytest.raises(ModuleNotFoundError):
        cli_room.main()
    missing = ModuleNotFoundError(name="typer")
    monkeypatch.delitem(sys.modules, "woowup_async.cli.app")
    monkeypatch.setattr("builtins.__import__", _raising(missing))
    with pytest.raises(SystemExit) as excinfo:
        cli_room.main()
    assert excinfo.value.code == 2
    assert "pip install 'woowup_async[cli]'" in capsys.readouterr().err


def test_main(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["woowup", "--version"])
    with pytest.raises(SystemExit) as excinfo:
        cli_room.main()
    assert excinfo.value.code == 0


def test_the_main_module_can_be_imported_and_runs_no_command() -> None:
    """`multiprocessing` imports it in each of its processes."""
    path = Path(woowup_async.__file__).with_name("__main__.py")
    assert runpy.run_path(str(path), run_name="__mp_main__")["main"] is cli_room.main


def _raising(error: Exception) -> Any:
    real = __import__

    def fake(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "woowup_async.cli.app":
            raise error
        return real(name, *arguments, **options)

    return fake
