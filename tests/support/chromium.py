"""Drives a headless Chromium by its DevTools protocol, for tests marked `browser`."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from aiohttp import ClientSession, ClientWebSocketResponse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_TROUBLE = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")


class Tab:
    """A page in a browser. `trouble` has its errors, and all that it wrote to the console."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0
        self.trouble: list[dict[str, Any]] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol."""
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            said = await self._socket.receive_json()
            if said.get("method") in _TROUBLE:
                self.trouble.append(said["params"])
            if said.get("id") == number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result

    async def open(self, url: str, width: int = 1_440, scheme: str = "light") -> None:
        """Go to a page, in a window of this width, and with a light or dark scheme."""
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        await self.call("Emulation.setEmulatedMedia", features=[feature])
        await self.call("Page.navigate", url=url)

    async def value(self, script: str) -> Any:
        """Return what an expression of JavaScript gives."""
        said = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until an expression is true."""
        with anyio.fail_after(20):
            while not await self.value(f"Boolean({script})"):
                await anyio.sleep(0.02)

    async def press(self, key: str, code: int) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    async def shot(self) -> bytes:
        """Return the whole page as a PNG."""
        size = (await self.call("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        return base64.b64decode(
            (await self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip))["data"]
        )


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    """Start a browser that keeps its files in a folder, and yield its tab."""
    assert CHROMIUM, "needs chromium on the PATH"
    command = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0",
        "--disable-dev-shm-usage",  # otherwise it may leave files in /dev/shm
        f"--user-data-dir={folder / 'chromium'}", "about:blank",
    ]  # fmt: skip
    # it leaves a socket there, for whose path `folder` is too long
    own = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    environment = os.environ | {"HOME": str(folder), "TMPDIR": own.name}
    process = subprocess.Popen(  # noqa: ASYNC220 - it takes a moment, and only this test waits
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        port = await _port(folder / "chromium" / "DevToolsActivePort")
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                pages = [page for page in await answer.json(content_type=None) if page["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.terminate()
        process.wait(10)
        own.cleanup()


async def _port(file: Path) -> int:
    with anyio.fail_after(20):
        while not file.exists() or len(file.read_text().split()) < 2:
            await anyio.sleep(0.02)
    return int(file.read_text().split()[0])
