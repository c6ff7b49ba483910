"""The results of rules."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, unaccented


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
