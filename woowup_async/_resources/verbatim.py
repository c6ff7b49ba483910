"""Checks the calls of `woowup.request`, which must stay below the base URL.

Room: _resources. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from woowup_async._resources.arguments import encodable
from woowup_async._transport.call import Call
from woowup_async._wire.endpoint import Endpoint, Form, Replay


def verbatim_call(
    method: str, path: str, params: Mapping[str, str | int] | None, body: object, replay: Replay | None
) -> Call:
    """Make a call from the arguments of a user.

    Raises:
        ValueError: the method, the path, a parameter or the body cannot be sent unchanged.
        TypeError: a parameter or the body has another type.

    """
    verb = _checked_method(method)
    if replay is None:
        replay = Replay.SAFE if verb == "GET" else Replay.UNSAFE
    endpoint: Endpoint[Any] = Endpoint(f"{verb} {path}", verb, _checked_path(path), replay, Any, Form.ANY)
    query = tuple((encodable(name, "params"), _written(name, value)) for name, value in (params or {}).items())
    return Call(endpoint, query, _encoded(body))


def _checked_method(method: str) -> str:
    if not (isinstance(method, str) and method.isascii() and method.isalpha()):
        raise ValueError(f"method must be letters only, such as GET, got {method!r}")
    return method.upper()


def _checked_path(path: str) -> str:
    """Refuse a path that could leave the base URL, or that a server could read as another path."""
    if not path.startswith("/") or "//" in path:
        raise ValueError(f"path must begin with one slash, and have no empty parts; got {path!r}")
    if "?" in path or "#" in path:
        raise ValueError(f"path must have no '?' or '#': give the query as params; got {path!r}")
    if "{" in path or "}" in path:
        raise ValueError(f"path must have no braces: replace the placeholders; got {path!r}")
    decoded = path
    while (further := unquote(decoded)) != decoded:  # a proxy may decode the path once more than the server
        decoded = further
    if "\\" in decoded or not decoded.isprintable():
        raise ValueError(f"path must have no backslashes and no control characters, encoded or not; got {path!r}")
    if any(part in (".", "..") for part in decoded.split("/")):
        raise ValueError(f"path must have no parts '.' or '..', encoded or not; got {path!r}")
    return path


def _written(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"params[{name!r}] must be a str or an int, got {value!r}")
    return encodable(str(value), f"params[{name!r}]")


def _encoded(body: object) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, RecursionError) as error:
        raise ValueError(f"body cannot be written as JSON: {type(error).__name__}") from None
