"""Changes of texts."""

from __future__ import annotations

import pytest

from woowup_async.sources.texts import digits, first_name, last_name, sku, slug, trim, unguarded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("'0123", "0123"), ("'+5491155551234", "+5491155551234"), ('="0123"', "0123"), ('="a""b"', 'a"b'),
        ("'tis", "'tis"), ("=A1", "=A1"), ("0123", "0123"), ('=""', ""), ("''7", "''7"),
    ],
)  # fmt: skip
def test_guards_of_spreadsheets(text: str, shown: str) -> None:
    assert unguarded(text) == shown


def test_slug_digits_and_trim() -> None:
    assert slug("  Café con Leche, 2 ") == "cafe-con-leche-2"
    assert digits("27.345.678-٣") == "27345678"
    assert trim(" a \t b\n") == "a b"


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [("Ana Paz", "Ana", "Paz"), ("Rafael da Silva", "Rafael", "da Silva"), ("Paz, Ana Luz", "Ana Luz", "Paz"),
     ("Ana", "Ana", "")],
)  # fmt: skip
def test_a_full_name_is_split(full: str, first: str, last: str) -> None:
    assert (first_name(full), last_name(full)) == (first, last)


@pytest.mark.parametrize(
    ("text", "code"),
    [("TEE-BLK_S%", "TEE-BLK_S%"), ("zap 38/Ñ", "zap-38-N"), ("-A1", "A1"), ('Remera "Sol", M', "Remera-Sol-M"),
     ("7", "7-"), ("/Ñ", "N-"), ("7-", "7-"), ('="0123"', "0123"), ("'0123", "0123"), ("7790001.0", "7790001"),
     ("AB.0", "AB-0"), ("1.5", "1-5")],
)  # fmt: skip
def test_a_code_keeps_the_characters_that_the_api_allows(text: str, code: str) -> None:
    assert sku(text) == code


@pytest.mark.parametrize("text", ["-", "/", "日本"])
def test_a_text_without_a_character_is_not_a_code(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        sku(text)
