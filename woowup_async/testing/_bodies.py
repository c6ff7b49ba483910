"""Decodes the bodies of requests as PHP does: it refuses what PHP refuses, and nothing else.

Room: testing. Pure.
"""

from __future__ import annotations

import json
import math
import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

#: How deep arrays and objects may be nested (PHP's default).
_DEEPEST = 512
#: Finds numbers that may be too large for a double. Only then is each number checked.
_HUGE = re.compile(rb"\d{300}|[eE]\+?\d{3}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parsed(content: bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: PHP would refuse it: it is not JSON, has a NaN, half of a surrogate pair or a number too large
            for a double, or is nested too deep.

    """
    try:
        text = content.decode()
        if _HUGE.search(content):
            body = json.loads(text, parse_constant=_refused, parse_int=_whole, parse_float=_decimal)
        else:
            body = json.loads(text, parse_constant=_refused)
        if _SURROGATE.search(content):
            json.dumps(body, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("Maximum stack depth exceeded") from None
    if content.count(b"[") + content.count(b"{") > _DEEPEST and _depth(body) > _DEEPEST:
        raise ValueError("Maximum stack depth exceeded")
    return body


def form_of(content: bytes, content_type: str) -> dict[str, bytes]:
    """Return the fields of a multipart form. Return an empty dict if the content is not a form."""
    if not content_type.lower().startswith("multipart/form-data") or not content_type.isascii():
        return {}
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + content)
    fields: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        inner = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(inner, bytes):
            fields[name] = inner
    return fields


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def _whole(digits: str) -> int:
    number = int(digits)
    try:
        float(number)
    except OverflowError:
        _check(math.inf)
    return number


def _decimal(digits: str) -> float:
    return _check(float(digits))


def _check(number: float) -> float:
    if math.isinf(number):
        raise ValueError("number too large for a double")
    return number


def _depth(body: Any) -> int:
    depth, level = 0, [body]
    while inner := [each for each in level if isinstance(each, (dict, list))]:
        depth += 1
        level = [part for each in inner for part in (each.values() if isinstance(each, dict) else each)]
    return depth
