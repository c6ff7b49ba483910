"""The style and the script: contrast, no motion, and nothing from outside."""

from __future__ import annotations

import re

import pytest

from woowup_async.cli.dashboard.assets import SCRIPT, STYLE

BLOCKS = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
LIGHT, DARK = (dict(re.findall(r"--(\w+): (#\w+)", block)) for block in BLOCKS)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "link", "bad", "warn"])
@pytest.mark.parametrize("ground", ["back", "card"])
def test_text_can_be_read(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["one", "bad"])
def test_bars_can_be_seen(scheme: dict[str, str], mark: str) -> None:
    assert contrast(scheme[mark], scheme["back"]) >= 3


def test_nothing_moves_and_nothing_comes_from_outside() -> None:
    assert not re.search(r"transition|animation|@import|url\(|http", STYLE)
    assert not re.search(r"https?:|eval|localStorage|fetch", SCRIPT)
    assert STYLE.count("{") == STYLE.count("}")
