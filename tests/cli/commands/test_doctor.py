"""The doctor with healthy accounts and with others."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.commands import woowup
from woowup_async import RateLimit
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.cli.commands import doctor as doctors
from woowup_async.cli.connection import Connection
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


def test_json_has_one_line_for_each_finding(simulator: Simulator) -> None:
    findings = [json.loads(line) for line in doctor(simulator, "--json").output.splitlines()]
    assert [finding["about"] for finding in findings] == ["API", "limit", "clock", "others", "connectors"]
    assert {tuple(finding) for finding in findings} == {("verdict", "about", "told", "advice")}


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
        (Scripted(200, b"<html>", "text/html"), "check --base-url and any proxy"),
        (Scripted(drop=True), "check the network"),
        (Scripted(500, b"{}"), "try again in a minute"),
    ],
)
def test_a_host_that_is_not_well(simulator: Simulator, scripted: Scripted, said: str) -> None:
    simulator.script(scripted)
    result = doctor(simulator)
    assert result.exit_code == 1
    assert said in result.output


def test_a_deleted_account(simulator: Simulator) -> None:
    simulator.account_deleted = True
    assert "the account was deleted" in doctor(simulator).output


@pytest.mark.parametrize(
    ("estimated", "skew", "said"), [(43.0, 0.0, "40 requests of other programs"), (3.0, -9.0, "-9.0 s")]
)
def test_other_programs_and_a_wrong_clock(estimated: float, skew: float, said: str) -> None:
    seen = SimpleNamespace(limit=70, estimated=estimated, spent=3)
    client: Any = SimpleNamespace(statistics=lambda: seen, clock_skew=lambda: skew)
    findings = doctors._budget(client, RateLimit())
    (finding,) = [finding for finding in findings if finding.verdict == "look"]
    assert said in str(finding)
    assert finding.advice


def test_a_budget_that_is_spent() -> None:
    assert "stop the other programs that use it" in doctors._advice(AdmissionTimeout(40, 12.0))


def test_answers_without_headers(simulator: Simulator) -> None:
    simulator.script(*[Scripted(genuine=True, bare=True)] * 3)
    assert "look  limit: the answers have no rate limit headers" in doctor(simulator).output


def test_usage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WOOWUP_API_KEY", raising=False)
    assert woowup("doctor").exit_code == 2
    monkeypatch.setenv("WOOWUP_API_KEY", "k")
    result = woowup("doctor", "--base-url", "http://example.com")
    assert result.exit_code == 2
    assert "clear text" in result.stderr


class TestProxies:
    """The proxy in the environment, and whether it is used."""

    @pytest.fixture(autouse=True)
    def environment_names_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", "http://user:s3cret@proxy.example:3128")

    def shown(self, *, trust_env: bool, url: str = "https://api.example.com/apiv3") -> str:
        connection = Connection(url, "https://log.example.com", trust_env=trust_env)
        return "\n".join(line for finding in doctors.proxies(connection) for line in finding.lines())

    def test_a_proxy_that_is_not_used(self) -> None:
        shown = self.shown(trust_env=False)
        assert "look  proxy: the environment sets proxy.example:3128 for api.example.com, but it is not used" in shown
        assert "--trust-env" in shown
        assert "s3cret" not in shown

    def test_a_proxy_that_is_used(self) -> None:
        shown = self.shown(trust_env=True)
        assert "ok    proxy: api.example.com is reached through proxy.example:3128" in shown
        assert "ok    proxy: log.example.com is reached through proxy.example:3128" in shown
        assert "s3cret" not in shown

    def test_a_host_that_needs_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("no_proxy", ".example.com")
        assert self.shown(trust_env=False) == ""
        assert "the environment sets no proxy for api.example.com" in self.shown(trust_env=True)

    def test_requests_go_to_the_proxy(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """The simulator acts as the proxy: requests to another host reach it."""
        monkeypatch.setenv("http_proxy", simulator.url.removesuffix("/apiv3"))
        hosts = ("--base-url", "http://127.0.0.2:9/apiv3", "--connectors-url", "http://127.0.0.2:9/v1")
        woowup("doctor", *hosts, "--segment", simulator.segment)
        assert simulator.requests == 0
        woowup("doctor", *hosts, "--segment", simulator.segment, "--trust-env")
        assert simulator.requests > 0

    @pytest.mark.parametrize("how", ["option", "settings"])
    @pytest.mark.parametrize("command", ["doctor", "backfill", "verify"])
    def test_every_command_that_connects(
        self, command: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[bool] = []

        def pool(*, trust_env: bool) -> None:
            asked.append(trust_env)
            raise ValueError("enough")

        monkeypatch.setattr("woowup_async.cli.connection.SessionPool", pool)
        (tmp_path / "u.jsonl").write_bytes(b'{"email": "ana@example.com"}\n')
        settings = tmp_path / "s.toml"
        settings.write_text("trust-env = true\n" if how == "settings" else "", encoding="utf-8")
        SqliteLedger(tmp_path / "j").close()
        arguments = {"doctor": (), "backfill": ("--users", tmp_path / "u.jsonl"), "verify": (tmp_path / "j",)}[command]
        more = ["--trust-env"] if how == "option" else []
        woowup(command, *arguments, *more, "--config", settings)
        woowup(command, *arguments)
        assert asked == [True, False]
