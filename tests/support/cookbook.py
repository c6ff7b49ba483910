"""The examples, run as programs against a simulated account, and what some of them need beside it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp import web
from anyio.from_thread import start_blocking_portal

from woowup_async.testing import Simulator

EXAMPLES = Path(__file__).parents[2] / "examples"


def loaded(path: str) -> ModuleType:
    """Import an example by its path below `examples/`."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, EXAMPLES / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ran(path: str, *words: object, simulator: Simulator, folder: Path, code: int = 0, **variables: str) -> str:
    """Run an example in a folder, with warnings as errors, and return what it prints."""
    account = {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / path), *map(str, words)],
        cwd=folder, env=os.environ | account | variables, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, ""), done.stderr + done.stdout
    return done.stdout


@contextmanager
def vtex(orders: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Serve orders as VTEX's OMS API does, in pages of one order, and yield the URL."""
    numbers = list(orders)

    async def listed(request: web.Request) -> web.Response:
        assert (request.headers["X-VTEX-API-AppKey"], request.headers["X-VTEX-API-AppToken"]) == ("key", "token")
        page = int(request.query["page"])
        paging = {"total": len(numbers), "pages": len(numbers), "currentPage": page, "perPage": 1}
        return web.json_response({"list": [{"orderId": numbers[page - 1]}], "paging": paging})

    async def one(request: web.Request) -> web.Response:
        return web.json_response(orders[request.match_info["number"]])

    app = web.Application()
    app.add_routes([web.get("/api/oms/pvt/orders", listed), web.get("/api/oms/pvt/orders/{number}", one)])
    with start_blocking_portal() as portal:
        runner = web.AppRunner(app)
        portal.call(runner.setup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        portal.call(site.start)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        portal.call(runner.cleanup)
