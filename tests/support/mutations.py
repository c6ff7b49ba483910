"""Values that are almost valid, drawn from a seed, for the tests of the simulator's schemas and its fuzz tests."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

#: Values that replace others: of each type, edge cases, and values that some fields accept.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 2.0, 1.5, -0.0, 1e300, 10**300, "", "a", "AB", "-A", "A.1", "ñ\n", "AB\n", "1",
    "2024-01-01", "web", "cash", "enabled", "other", "son", "f", "ff", "a@b.c", "a@b@c", "a b@c", "@", "123456",
    "\ud83d\ude00", "\u2028", "0" * 300, [], {}, [None], [[]], [{}], [""], {"name": "x"}, {"a": {"b": []}}, ["a", 1],
    [{"type": "cash"}], [{"type": "cash", "total": 1}], {"type": "cash"}, {"id": "a", "name": "b"},
)  # fmt: skip
NAMES = ("name", "id", "total", "type", "sku", "email", "document", "x", "", "points", "createtime", "ñ")


def mutated(value: Any, random: Random, most: int = 3) -> Any:
    """Return a copy with one to `most` changes anywhere, or rarely without a change."""
    changed = copy.deepcopy(value)
    for _ in range(random.choice((0, *range(1, most + 1), 1, 1))):
        changed = _changed(changed, random)
    return changed


def mangled(text: bytes, random: Random) -> bytes:
    """Return a copy of bytes in which some are missing, doubled or changed."""
    at, to = sorted(random.choices(range(len(text) + 1), k=2))
    part = random.choice((b"", text[at:to] * 2, random.randbytes(3), b"NaN", b"\\ud800", b"[" * 600, b"1e999", b"\xff"))
    return text[:at] + part + text[to:]


def instance_of(schema: dict[str, Any], random: Random, share: float = 0.7) -> Any:
    """Return a value that a schema allows, with this share of its properties. If the share is 1, no list is empty."""
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema and "properties" not in schema:
            return instance_of(random.choice(schema[keyword]), random, share)
    if "enum" in schema:
        return random.choice(schema["enum"])
    kind = schema.get("type", "string")
    kind = random.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        needed = {*schema.get("required", ()), *random.choice(schema.get("anyOf", [{}])).get("required", ())}
        properties = schema.get("properties", {}).items()
        chosen = {name: inner for name, inner in properties if name in needed or random.random() < share}
        return {name: instance_of(inner, random, share) for name, inner in chosen.items()}
    if kind == "array":
        return [instance_of(schema["items"], random, share) for _ in range(1 if share == 1 else random.randrange(3))]
    return _PLAIN[kind](schema, random)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield all places, each as its container and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places_in(value[key])


def _text(schema: dict[str, Any], random: Random) -> str:
    if schema.get("format") == "email":
        return random.choice(("ana@example.com", "a.b+c@d.e"))
    patterns = {"[fFmM]": ("", "f", "M"), "{6}": ("123456", "000000"), "[^-]": ("AB", "é1", "2907362", "a_%-")}
    found = next((texts for part, texts in patterns.items() if part in schema.get("pattern", "")), ("x", "1", "ñandú"))
    return random.choice(found)


_PLAIN: dict[str, Any] = {
    "string": _text,
    "integer": lambda schema, random: random.choice((0, 1, -3, 12)),
    "number": lambda schema, random: random.choice((0, 2, 2.0) if "multipleOf" in schema else (0, 9.5, -1, 1e6)),
    "boolean": lambda schema, random: random.random() < 0.5,
    "null": lambda schema, random: None,
}


def _changed(value: Any, random: Random) -> Any:
    """Change a value or a part of it. Deeper places are as likely as those at the top."""
    places = list(places_in(value))
    if not places or random.random() < 0.03:
        return copy.deepcopy(random.choice(VALUES))
    holder, key = random.choice(places)
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2 if isinstance(holder, dict):
            holder[random.choice(NAMES)] = copy.deepcopy(random.choice(VALUES))
        case 3:
            text = holder[key] if isinstance(holder[key], str) else json.dumps(holder[key])
            holder[key] = text + random.choice(("", " ", "\n", "x", "@"))
        case _:
            holder[key] = copy.deepcopy(random.choice(VALUES))
    return value
