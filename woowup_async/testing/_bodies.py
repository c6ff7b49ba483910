"""Bodies of requests, read as PHP reads them: what it refuses is refused here, and nothing else.

Room: testing. Pure.
"""

from __future__ import annotations

import json
import math
import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

#: PHP's default: arrays and objects within each other.
_DEEPEST = 512
#: Where a number that no double holds may be; it is looked at closely only then.
_HUGE = re.compile(rb"\d{300}|[eE]\+?\d{3}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parsed(content: bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: it is not JSON as PHP takes it: NaN, half of a surrogate pair, a number beyond a double, too deep.

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
    """Read the fields of a multipart form; empty for what is not one."""
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
        raise ValueError("a number beyond a double")
    return number


def _depth(body: Any) -> int:
    depth, level = 0, [body]
    while inner := [each for each in level if isinstance(each, (dict, list))]:
        depth += 1
        level = [part for each in inner for part in (each.values() if isinstance(each, dict) else each)]
    return depth
