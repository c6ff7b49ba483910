"""Many simulated accounts behind one URL, in a process of its own: `python -m tests.support.fleet --accounts 20`.

Each key is an account, with a window and purchases of its own. `GET /counts` returns what happened to all of them, and
`POST /latency?seconds=…` changes the delay of answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from woowup_async.policies import RateLimit
from woowup_async.testing import Simulator


class Fleet:
    """The accounts `fleet-0`, `fleet-1`, and so on; these are also their keys."""

    def __init__(self, accounts: int, limit: int, speed: float, latency: float) -> None:
        rate = RateLimit(limit=limit)
        self.simulators = {
            f"fleet-{number}": Simulator(rate, speed=speed, latency=latency, api_key=f"fleet-{number}")
            for number in range(accounts)
        }
        for simulator in self.simulators.values():
            simulator._account.create_user({"email": "ana@example.com", "document": "123456789"})
        self._began = dict.fromkeys(self.simulators, 0.0)
        self._ended = dict(self._began)
        self._unread, self._refused = dict.fromkeys(self.simulators, 0), dict.fromkeys(self.simulators, 0)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer as the account of the key in the header."""
        if request.path == "/counts":
            return web.json_response(self.counts())
        if request.path == "/latency":
            for simulator in self.simulators.values():
                simulator.latency = float(request.query["seconds"])
            return web.Response()
        key = request.headers.get("Authorization", "").removeprefix("Basic ")
        if key not in self.simulators:
            return web.json_response({"payload": [], "message": "forbidden", "code": "forbidden"}, status=403)
        self._began[key] = self._began[key] or time.time()
        self._ended[key] = time.time()
        # a server that has read a request acts on it, also if the client is gone before the answer
        await request.read()
        answer = await self.simulators[key]._serve(request)
        if request.transport is None:  # the client was gone before its answer
            self._unread[key] += 1
        body = answer.body if isinstance(answer, web.Response) else None
        if isinstance(body, bytes) and b'"duplicated_purchase_number"' in body:
            self._refused[key] += 1  # it was sent alone
        return answer

    def counts(self) -> dict[str, Any]:
        """Return what each account has."""
        return {
            name: {
                "users": len(simulator.users),
                "stored": len(simulator.purchases),
                "duplicates": simulator.duplicates + self._refused[name],
                "orphans": len(simulator.orphans),
                "requests": simulator.requests,
                "throttled": simulator.throttled,
                "unread": self._unread[name],
                "began": self._began[name],
                "ended": self._ended[name],
            }
            for name, simulator in self.simulators.items()
        }


async def run(options: argparse.Namespace) -> None:
    """Serve until the process ends."""
    fleet = Fleet(options.accounts, options.limit, options.speed, options.latency)
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_route("*", "/{path:(?s:.*)}", fleet.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


class Running:
    """A fleet in another process.

    Attributes:
        port: where it listens.
        url: the base URL of all accounts.
        counts_url: returns the counts.
        keys: the environment of a process that sends: `KEY_FLEET_0` is the key of the account `fleet-0`.

    """

    def __init__(self, port: int, accounts: int) -> None:
        self.port, self._host = port, f"http://127.0.0.1:{port}"
        self.url = f"{self._host}/apiv3"
        self.counts_url = f"{self._host}/counts"
        self.accounts = [f"fleet-{number}" for number in range(accounts)]
        self.keys = {f"KEY_FLEET_{number}": f"fleet-{number}" for number in range(accounts)}

    def counts(self) -> dict[str, dict[str, Any]]:
        """Return what happened to each account."""
        return counts_at(self.counts_url)

    def total(self, what: str) -> int:
        """Return the sum of one count."""
        return total_of(self.counts_url, what)

    def slow_down(self, seconds: float) -> None:
        """Delay each answer."""
        url = f"{self._host}/latency?seconds={seconds}"
        urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=30).close()


def counts_at(url: str) -> dict[str, dict[str, Any]]:
    """Return what happened to each account of a fleet."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return dict(json.load(answer))


def total_of(url: str, what: str) -> int:
    """Return the sum of one count of a fleet."""
    return sum(int(counts[what]) for counts in counts_at(url).values())


@contextmanager
def running(accounts: int, *, limit: int = 70, speed: float = 1.0, latency: float = 0.0) -> Iterator[Running]:
    """Start a fleet in a process of its own, and stop it at the end."""
    settings = {"accounts": accounts, "limit": limit, "speed": speed, "latency": latency}
    command = [sys.executable, "-m", "tests.support.fleet", *(f"--{name}={value}" for name, value in settings.items())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Running(int(process.stdout.readline()), accounts)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=1)
    parser.add_argument("--limit", type=int, default=70)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--latency", type=float, default=0.0)
    asyncio.run(run(parser.parse_args()))
