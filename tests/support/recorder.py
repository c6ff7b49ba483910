"""A client that sends nothing. It remembers the requests and returns one payload for all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec

from woowup_async import WoowUp
from woowup_async._transport.call import Call
from woowup_async._wire.reply import Reply, reply_of
from woowup_async.ports import Response


class Recorder(WoowUp):
    """A client whose `sent` has each request as a text, with its decoded body.

    Args:
        payload: the payload of every answer, or a function of the answer's number, from 0.
        code: the code of every answer.
        is_repeat: whether the first answer says that a lost attempt succeeded.

    """

    def __init__(self, payload: Any, code: str = "ok", *, is_repeat: bool = False) -> None:
        self.calls: list[Call] = []
        self._payload: Callable[[int], Any] = payload if callable(payload) else lambda _: payload
        self._code, self._is_repeat = code, is_repeat
        super().__init__("key")

    async def _send(self, call: Call) -> Reply:
        body: Any = self._payload(len(self.calls))
        if call.endpoint.form.value != "bare":
            body = {"payload": body, "message": "", "code": self._code}
        self.calls.append(call)
        reply = reply_of(Response(200, {}, json.dumps(body).encode()), call.endpoint.form)
        return msgspec.structs.replace(reply, is_repeat=self._is_repeat and len(self.calls) == 1)

    @property
    def sent(self) -> list[tuple[str, Any]]:
        """The method, path and query of each request, and its body."""
        return [
            (
                f"{call.endpoint.method} {call.endpoint.path_of(call.path)}"
                + (f"?{urlencode(call.params)}" if call.params else ""),
                json.loads(call.body) if call.body else None,
            )
            for call in self.calls
        ]
