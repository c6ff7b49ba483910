"""Builds the answers of the API: its envelope, its refusals, and the texts that the pages document.

Room: testing. Pure.
"""

from __future__ import annotations

from typing import Any

#: Status and body. Most bodies are in an envelope. Some operations answer without one, as on their pages (Q11, Q17).
Answer = tuple[int, Any]


class BadQuery(Exception):
    """A parameter of the query cannot be read. The route answers with a 400."""


def answer(status: int, code: str, message: str, payload: Any = ()) -> Answer:
    """Return an answer with a payload in the API's envelope."""
    body = {"payload": list(payload) if payload == () else payload, "message": message, "code": code, "time": "7ms"}
    return status, body


def done(payload: Any = (), message: str = "ok", status: int = 200) -> Answer:
    """Return the answer to a request that succeeded."""
    return answer(status, "ok", message, payload)


def refuse(errors: list[str]) -> Answer:
    """Return a 400 with the errors in the place that the vendor uses."""
    return answer(400, "bad_request", "bad request", {"errors": errors})


def missing(text: str, code: str = "not_found") -> Answer:
    """Return a 404 as the page of DELETE /purchases shows it, with the text twice."""
    return answer(404, code, text, {"errors": [text]})


def no_user() -> Answer:
    """Return the answer for an unknown user."""
    return missing("user not found", "user_not_found")


def has_address(body: dict[str, Any]) -> bool:
    """Return whether `notify_to` is an address or is missing (Q50)."""
    return is_address(body.get("notify_to", "a@b.c"))


def bad_address() -> Answer:
    """Return the documented error of `notify_to`."""
    return answer(400, "invalid_email", "Invalid email to notify")


def is_address(value: object) -> bool:
    """Return whether a text is an e-mail address: one @ with characters on both sides, and no spaces (U42)."""
    if not isinstance(value, str):
        return False
    user, _, domain = value.partition("@")
    return bool(user and domain) and "@" not in domain and not any(each.isspace() for each in value)
