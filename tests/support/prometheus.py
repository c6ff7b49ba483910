"""Names of metrics in Prometheus, expressions in its language, and files of its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Of the specification "Prometheus and OpenMetrics Compatibility"; units in braces are left out.
_UNITS = {"s": "seconds", "By": "bytes"}
_WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "offset", "bool"}
_FUNCTIONS = {"sum", "max", "rate", "increase", "histogram_quantile", "min_over_time", "deriv"}
_TOKEN = re.compile(
    r'\s+|(?P<text>"[^"]*")|(?P<range>\[[^\]]*\])|(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-zA-Z_:][\w:]*)'
    r"|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>={}(),])"
)
_DURATION = re.compile(r"\[(\d+[smhd]|\$__rate_interval)\]")


def series_of(name: str, unit: str, kind: str) -> set[str]:
    """Return the names that a metric of OpenTelemetry has in Prometheus. `kind`: counter, gauge or histogram."""
    plain = re.sub(r"\W", "_", name) + (f"_{_UNITS[unit]}" if unit in _UNITS else "")
    if kind == "histogram":
        return {f"{plain}_{part}" for part in ("bucket", "sum", "count")}
    return {f"{plain}_total" if kind == "counter" else plain}


def label_of(attribute: str) -> str:
    """Return the name that an attribute has in Prometheus."""
    return re.sub(r"\W", "_", attribute)


@dataclass
class Expression:
    """The names in an expression.

    Attributes:
        metrics: the metrics, each with the labels and values that it is matched by.
        grouped: the labels after `by`.

    """

    metrics: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    grouped: set[str] = field(default_factory=set)


def parsed(text: str) -> Expression:
    """Parse an expression as far as its names and brackets go.

    Raises:
        ValueError: it has an unknown character, a wrong range, an unknown function, or brackets that do not match.

    """
    tokens, found, open_brackets = [*_tokens(text)], Expression(), list[str]()
    for number, (kind, token) in enumerate(tokens):
        after = tokens[number + 1][1] if number + 1 < len(tokens) else ""
        if token in "({":
            open_brackets.append(token)
        elif token in (")", "}"):
            if not open_brackets or open_brackets.pop() != {")": "(", "}": "{"}[token]:
                raise ValueError(f"{token} does not match: {text}")
        elif kind == "range" and not _DURATION.fullmatch(token):
            raise ValueError(f"{token} is not a range: {text}")
        elif kind == "name" and open_brackets[-1:] == ["{"]:
            found.metrics[-1][1][token] = tokens[number + 2][1].strip('"')
        elif kind == "name" and _is_after_by(tokens, number):
            found.grouped.add(token)
        elif kind == "name" and token not in _WORDS and after in ("(", "by", "without"):
            if token not in _FUNCTIONS:
                raise ValueError(f"no function {token} is known here: {text}")
        elif kind == "name" and token not in _WORDS:
            found.metrics.append((token, {}))
    if open_brackets:
        raise ValueError(f"a bracket is not closed: {text}")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"unknown character {text[at]!r}: {text}")
        at = match.end()
        if match.lastgroup:
            yield match.lastgroup, match[0]


def _is_after_by(tokens: list[tuple[str, str]], number: int) -> bool:
    """Return whether a name is in the list of labels after `by`."""
    before = [token for _, token in tokens[:number]]
    while before and (before[-1] == "," or re.fullmatch(r"[a-zA-Z_]\w*", before[-1])) and before[-1] not in _WORDS:
        before.pop()
    return before[-2:] == ["by", "("]


def read_rules(text: str) -> list[dict[str, Any]]:
    """Return the rules of a file: a part of YAML that is enough for lists of mappings with texts on one line."""
    rules: list[dict[str, Any]] = []
    inner: dict[str, str] | None = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = re.fullmatch(r"( *)(- )?(\w+):(?: (.+))?", line)
        if found is None:
            raise ValueError(f"not understood: {line}")
        depth, key, value = len(found[1]) + len(found[2] or ""), found[3], _plain(found[4])
        if found[2] and depth == 8:
            rules.append({key: value})
        elif depth == 8 and value is None:
            inner = rules[-1].setdefault(key, {})
        elif depth == 8:
            rules[-1][key] = value
        elif depth == 10 and inner is not None and value is not None:
            inner[key] = value
    return rules


def _plain(value: str | None) -> str | None:
    if value is None or not value.startswith("'"):
        return value
    if not value.endswith("'") or "'" in value[1:-1]:
        raise ValueError(f"quotes do not match: {value}")
    return value[1:-1]
