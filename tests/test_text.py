"""Foreign text, made safe to print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile_values import Nameless, Silent
from woowup_async._text import class_name, counted, likely_encoding, printable


def test_plain_text_stays() -> None:
    assert printable("Ñandú 25 €", 20) == "Ñandú 25 €"
    assert printable("abc", 3) == "abc"


def test_longer_text_is_cut() -> None:
    assert printable("abcd", 3) == "abc…"


def test_unprintable_characters_become_escapes() -> None:
    assert printable("a\x1b[2Jb", 99) == "a\\x1b[2Jb"
    assert printable("a\x9bb\u202ec\ud800", 99) == "a\\x9bb\\u202ec\\ud800"
    assert printable("a\r\nb\tc\u2028d", 99) == "a  b c d"


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 30))
def test_it_prints_and_is_bounded(text: str, most: int) -> None:
    shown = printable(text, most)
    assert shown.isprintable()
    assert len(shown) <= most + 1
    assert printable(shown, most + 1) == shown


def test_a_class_has_a_name_even_if_it_hides_it() -> None:
    assert [class_name(each) for each in (1, Silent(), Nameless())] == ["int", "Silent", "Nameless"]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize("text", ["Número", "José Peña", "São João", "Córdoba 3º piso"])
def test_the_encoding_of_a_text_is_found_by_its_letters(text: str, encoding: str) -> None:
    assert likely_encoding(text.encode(encoding).decode("utf-8", "surrogateescape")) == encoding


@pytest.mark.parametrize("text", ["“Ana” – 10 €", "O’Higgins", "Peña “Tito”"])
def test_the_quotes_of_windows_are_known(text: str) -> None:
    assert likely_encoding(text.encode("cp1252").decode("utf-8", "surrogateescape")) == "cp1252"


def test_counts_with_their_nouns() -> None:
    assert (counted(1, "row"), counted(2_000, "row")) == ("1 row", "2,000 rows")
