"""Writes the generated parts of the pages in `docs/reference/`."""

from __future__ import annotations

import re
from importlib import import_module

_NAMES = re.compile(r"^<!-- names: ([\w.]+) -->$", re.MULTILINE)


def with_reference(page: str) -> str:
    return _NAMES.sub(lambda match: _names(match[1]), page)


def _names(module: str) -> str:
    names = import_module(module).__all__
    return "\n\n".join(f"::: {module}.{name}" for name in names)
