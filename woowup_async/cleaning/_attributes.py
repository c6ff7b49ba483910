"""Tags and the names of custom attributes.

Room: cleaning. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, unaccented, visible


def tags(value: str) -> Cleaned:
    """Trim tags, and remove empty and repeated ones. Keep their order."""
    kept = dict.fromkeys(tag for part in visible(value).split(",") if (tag := part.strip()))
    return compared(value, ",".join(kept), "has each tag once") if kept else dropped("has no tag")


def custom_attributes(value: Mapping[str, Any]) -> Cleaned:
    """Write names as the server does: in lower case without accents, with _ for spaces and dashes.

    If two names would become the same, both stay unchanged: the server decides, and no value is lost here.
    """
    slugs = {name: _slug(name) for name in value}
    taken = Counter(slugs.values())
    renamed = {slugs[name] if slugs[name] and taken[slugs[name]] == 1 else name: inner for name, inner in value.items()}
    return compared(dict(value), renamed, "has its names as the server writes them")


def _slug(name: str) -> str:
    return unaccented(name.strip()).lower().replace(" ", "_").replace("-", "_")
