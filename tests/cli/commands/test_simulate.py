"""A simulated account in its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.support.commands import woowup
from tests.support.processes import started
from woowup_async.testing import Simulator


@pytest.mark.posix
def test_simulate_serves_until_it_is_stopped() -> None:
    command = [sys.executable, "-m", "woowup_async", "simulate", "--port", "0", "--speed", "60"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with started(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert lines[2].startswith("WOOWUP_API_KEY=simulator-key woowup backfill --base-url http://127.0.0.1:")
    assert "--segment 0.5" in lines[2]
    assert "the account had 0 users and 0 purchases" in rest


def test_simulate_on_a_port_that_is_taken(simulator: Simulator) -> None:
    result = woowup("simulate", "--port", simulator.url.split(":")[2].split("/")[0])
    assert result.exit_code == 2
    assert "cannot listen on port" in result.stderr
    assert "--port takes another one" in result.stderr
