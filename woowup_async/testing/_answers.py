"""How the API answers: its envelope, its refusals, and the texts that the pages document.

Room: testing. Pure.
"""

from __future__ import annotations

from typing import Any

#: Status and body. A body is an envelope, or bare where the pages show it so (Q11, Q17).
Answer = tuple[int, Any]


class BadQuery(Exception):
    """A parameter of the query that cannot be read. The route answers it with a 400."""


def answer(status: int, code: str, message: str, payload: Any = ()) -> Answer:
    """Wrap a payload as the API does."""
    body = {"payload": list(payload) if payload == () else payload, "message": message, "code": code, "time": "7ms"}
    return status, body


def done(payload: Any = (), message: str = "ok", status: int = 200) -> Answer:
    """Answer a success."""
    return answer(status, "ok", message, payload)


def refuse(errors: list[str]) -> Answer:
    """Answer 400 with the errors where the vendor puts them."""
    return answer(400, "bad_request", "bad request", {"errors": errors})


def missing(text: str, code: str = "not_found") -> Answer:
    """Answer 404 as the page of DELETE /purchases shows it: the text twice."""
    return answer(404, code, text, {"errors": [text]})


def no_user() -> Answer:
    """Answer that there is no such user."""
    return missing("user not found", "user_not_found")


def has_address(body: dict[str, Any]) -> bool:
    """Say whether `notify_to` is an address, or was not given (Q50)."""
    return is_address(body.get("notify_to", "a@b.c"))


def bad_address() -> Answer:
    """Answer the documented error of `notify_to`."""
    return answer(400, "invalid_email", "Invalid email to notify")


def is_address(value: object) -> bool:
    """Say whether a text is an e-mail address: one @ with something on both sides, no spaces (U42)."""
    if not isinstance(value, str):
        return False
    user, _, domain = value.partition("@")
    return bool(user and domain) and "@" not in domain and not any(each.isspace() for each in value)
