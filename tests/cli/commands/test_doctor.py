"""The doctor with healthy accounts and with others."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from tests.support.commands import woowup
from woowup_async import RateLimit, WoowUp
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._transport import connections
from woowup_async.budget import Snapshot
from woowup_async.cli.advice import advice_for
from woowup_async.cli.commands import doctor as doctors
from woowup_async.cli.connection import Connection
from woowup_async.errors import AdmissionTimeout, BudgetUnavailable
from woowup_async.testing import MemoryStore, Scripted, Simulator


def doctor(simulator: Simulator, *more: str) -> Any:
    hosts = ("--base-url", simulator.url, "--connectors-url", simulator.connectors_url)
    return woowup("doctor", *hosts, "--segment", simulator.segment, *more)


def test_a_healthy_account_with_four_requests(simulator: Simulator) -> None:
    result = doctor(simulator)
    assert result.exit_code == 0, result.output
    verdicts = {line.split(":")[0].split()[1]: line.split()[0] for line in result.output.splitlines()}
    assert verdicts == dict.fromkeys(("API", "limit", "clock", "budget", "others", "connectors", "disk"), "ok")
    assert f"it is shared over {os.environ['WOOWUP_STATE_DIR']}/budget; 0 other workers" in result.output
    assert "70 requests a segment" in result.output
    assert simulator.requests == 4


def test_json_has_one_line_for_each_finding(simulator: Simulator) -> None:
    findings = [json.loads(line) for line in doctor(simulator, "--json").output.splitlines()]
    about = [finding["about"] for finding in findings]
    assert [*dict.fromkeys(about)] == ["API", "limit", "clock", "budget", "others", "connectors", "disk"]
    assert {tuple(finding) for finding in findings} == {("verdict", "about", "told", "advice")}


def test_the_key_of_a_simulator_is_not_sent_to_another_host(simulator: Simulator) -> None:
    result = woowup("doctor", "--base-url", simulator.url, "--segment", simulator.segment)
    assert "look  connectors: the processing log was not asked" in result.output
    assert "WOOWUP_CONNECTORS_URL" in result.output
    assert result.exit_code == 0


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
        (Scripted(200, b"<html>", "text/html"), "check --base-url or WOOWUP_BASE_URL"),
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
    seen = SimpleNamespace(limit=70, estimated=estimated, spent=3, budget=None)
    client: Any = SimpleNamespace(statistics=lambda: seen, clock_skew=lambda: skew)
    findings = doctors._budget(client, Connection())
    (finding,) = [finding for finding in findings if finding.verdict == "look"]
    assert said in str(finding)
    assert finding.advice


def test_a_budget_that_is_shared(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other workers spent is not taken for other programs."""
    monkeypatch.setenv("STORE", "redis://:s3cret@host")
    store, limit = MemoryStore(), RateLimit(segment=simulator.segment)
    monkeypatch.setattr(connections, "store_from", lambda budget: store)

    async def spend() -> None:
        async with WoowUp(budget=store, base_url=simulator.url, rate_limit=limit) as other:
            await other.users.exists(email="ana@example.com")

    anyio.run(spend)
    shown = doctor(simulator, "--budget", "env:STORE").output
    assert "ok    budget: it is shared over redis://:***@host; 1 other worker seen lately" in shown
    assert "others" not in shown


def test_a_budget_store_that_does_not_work(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(MemoryStore):
        async def read(self, account: str) -> Snapshot:
            raise BudgetUnavailable("it is away")

    monkeypatch.setattr(connections, "store_from", lambda budget: Broken())
    result = doctor(simulator)
    assert result.exit_code == 0
    assert "look  budget: the budget store /" in result.output


def test_a_budget_that_is_spent() -> None:
    assert "stop the other programs that use it" in advice_for(AdmissionTimeout(40, 12.0))


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
    """Whether a proxy is used."""

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

        def pool(**options: Any) -> None:
            asked.append(options["trust_env"])
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
