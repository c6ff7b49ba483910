"""The results of rules."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, unaccented, visible


@given(st.text(), st.text())
def test_a_value_is_changed_only_if_it_differs(old: str, new: str) -> None:
    found = compared(old, new, "why")
    assert found.value == new
    assert found.changed == (old != new)
    assert found.why == ("why" if old != new else "")


def test_a_dropped_value_has_a_reason() -> None:
    assert dropped("is masked") == Cleaned(None, True, "is masked")


@given(st.text())
def test_accents_are_removed_once(text: str) -> None:
    assert unaccented(unaccented(text)) == unaccented(text)
    assert unaccented("Ñandú Über") == "Nandu Uber"


@given(st.text())
def test_visible_characters_stay(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert [each for each in text if each.isalnum() or each.isspace()] == [
        each for each in visible(text) if each.isalnum() or each.isspace()
    ]


def test_invisible_characters_are_removed() -> None:
    assert visible("\ufeffa\u200bb\u00adc\x00\u2066d\te") == "abcd\te"
    assert visible("\U0001f469\u200d\U0001f373") == "\U0001f469\u200d\U0001f373"
    assert visible("a\u200db", joined=False) == "ab"
