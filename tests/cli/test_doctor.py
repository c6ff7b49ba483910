"""The doctor against accounts that are well, and that are not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.test_commands import woowup
from woowup_async import RateLimit
from woowup_async.cli import doctor as doctors
from woowup_async.errors import AdmissionTimeout
from woowup_async.testing import Scripted, Simulator


def doctor(simulator: Simulator, *more: str) -> Any:
    hosts = ("--base-url", simulator.url, "--connectors-url", simulator.connectors_url)
    return woowup("doctor", *hosts, "--segment", simulator.segment, *more)


def test_a_healthy_account_with_four_requests(simulator: Simulator) -> None:
    result = doctor(simulator)
    assert result.exit_code == 0, result.output
    assert [line[:4] for line in result.output.splitlines()] == ["ok  "] * 5
    assert "70 requests a segment" in result.output
    assert simulator.requests == 4


def test_a_key_that_is_not_accepted(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "wr0ng")
    result = doctor(simulator)
    assert result.exit_code == 1
    assert "bad   API: users.exists answered 403 forbidden" in result.output
    assert "copy it again" in result.output
    assert "wr0ng" not in result.output


@pytest.mark.parametrize(
    ("scripted", "said"),
    [
        (Scripted(200, b"<html>", "text/html"), "check --base-url, and proxies"),
        (Scripted(drop=True), "check the network"),
        (Scripted(500, b"{}"), "try again in a minute"),
    ],
)
def test_a_host_that_is_not_well(simulator: Simulator, scripted: Scripted, said: str) -> None:
    simulator.script(scripted)
    result = doctor(simulator)
    assert result.exit_code == 1
    assert said in result.output


def test_an_account_that_is_gone(simulator: Simulator) -> None:
    simulator.account_deleted = True
    assert "the account was deleted" in doctor(simulator).output


@pytest.mark.parametrize(
    ("estimated", "skew", "said"), [(43.0, 0.0, "40 requests of somebody else"), (3.0, -9.0, "-9.0 s")]
)
def test_others_on_the_account_and_a_clock_that_is_off(estimated: float, skew: float, said: str) -> None:
    seen = SimpleNamespace(limit=70, estimated=estimated, spent=3)
    client: Any = SimpleNamespace(statistics=lambda: seen, clock_skew=lambda: skew)
    findings = doctors._budget(client, RateLimit())
    (finding,) = [finding for finding in findings if finding.verdict == "look"]
    assert said in str(finding)
    assert finding.advice


def test_a_budget_that_is_spent() -> None:
    assert "stop what else uses it" in doctors._advice(AdmissionTimeout(40, 12.0))


def test_answers_without_headers(simulator: Simulator) -> None:
    simulator.script(*[Scripted(genuine=True, bare=True)] * 3)
    assert "look  limit: the answers tell no window" in doctor(simulator).output


def test_usage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
    assert woowup("doctor").exit_code == 2
    monkeypatch.setenv("WOOWUP_API_KEY", "k")
    result = woowup("doctor", "--base-url", "http://example.com")
    assert result.exit_code == 2
    assert "clear text" in result.stderr
