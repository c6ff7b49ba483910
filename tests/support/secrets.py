"""Searches for a secret in everything that an object refers to: `repr`, `str`, `vars`, slots, causes, contexts."""

from __future__ import annotations

import types
from base64 import b64encode
from collections.abc import Iterator, Mapping, Set
from typing import Any

from woowup_async._transport.credentials import ApiKey
from woowup_async.budget.dsn import Dsn
from woowup_async.ports import Request

#: Not searched: the wrappers that hide the key and the address of a store, and code.
_CLOSED = (
    ApiKey, Dsn, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.TracebackType,
    type, types.FrameType, types.CodeType,
)  # fmt: skip
_OURS = ("woowup_async", "aiohttp", "multidict", "yarl")


def places_of(secret: str, root: object) -> list[str]:
    """Return each place that shows a secret, in clear text or in base64."""
    forms = (secret, b64encode(secret.encode()).decode(), b64encode(f":{secret}".encode()).decode())
    found, seen, waiting = list[str](), set[int](), [("", root)]
    kept: list[object] = []  # keeps ids unique
    while waiting:
        path, one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept.append(one)
        shown = repr(one) + (str(one) if isinstance(one, BaseException | str) else "")
        if any(form in shown for form in forms):
            found.append(f"{path}: {type(one).__name__}")
        if not isinstance(one, _CLOSED):
            waiting.extend((f"{path}.{name}", part) for name, part in _parts(one))
    return found


def _parts(one: Any) -> Iterator[tuple[str, object]]:
    if isinstance(one, BaseException):
        yield from (("__cause__", one.__cause__), ("__context__", one.__context__), ("args", one.args))
    if isinstance(one, Mapping):
        yield from (("key", key) for key in list(one))
        yield from ((str(key), value) for key, value in list(one.items()))
    elif isinstance(one, list | tuple | Set):
        yield from ((str(number), part) for number, part in enumerate(list(one)))
    elif isinstance(one, BaseException) or type(one).__module__.startswith(_OURS):
        yield from getattr(one, "__dict__", {}).items()
        if isinstance(one, Request):
            return  # its headers must contain the key: only its repr must not show it
        for kind in type(one).__mro__:
            for name in getattr(kind, "__slots__", ()):
                if hasattr(one, name):
                    yield name, getattr(one, name)
