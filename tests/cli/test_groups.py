"""For Typer, a dataclass of options is the same as single options."""

from dataclasses import dataclass
from inspect import signature
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from woowup_async.cli.groups import grouped


@dataclass(frozen=True)
class Where:
    host: Annotated[str, typer.Option(help="Which host.")]
    ports: Annotated[list[int] | None, typer.Option()] = None


@dataclass(frozen=True)
class How:
    fast: bool = False


def run(command: Any, *words: str) -> Any:
    app = typer.Typer()
    app.command()(grouped(command))
    return CliRunner().invoke(app, list(words))


def test_each_field_is_an_option_with_its_default() -> None:
    seen = list[object]()

    def command(where: Where, name: str = "n", how: How = How()) -> None:
        seen.append((where, name, how))

    assert run(command, "--host", "h", "--ports", "1", "--ports", "2", "--fast").exit_code == 0
    assert run(command, "--host", "h").exit_code == 0
    assert seen == [(Where("h", [1, 2]), "n", How(True)), (Where("h"), "n", How())]
    assert list(signature(grouped(command)).parameters) == ["host", "ports", "name", "fast"]


def test_a_field_without_a_default_is_required_and_help_is_kept() -> None:
    def command(where: Where) -> None:
        raise AssertionError

    assert run(command).exit_code == 2
    assert "Which host." in run(command, "--help").output


def test_two_options_of_one_name_are_refused() -> None:
    def command(where: Where, host: str = "") -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="command has two options with the same name: host"):
        grouped(command)
