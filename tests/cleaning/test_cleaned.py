"""What a rule returns."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, unaccented


@given(st.text(), st.text())
def test_a_value_is_changed_only_if_it_differs(old: str, new: str) -> None:
    found = compared(old, new, "why")
    assert found.value == new
    assert found.changed == (old != new)
    assert found.why == ("why" if old != new else "")


def test_what_is_dropped_says_why() -> None:
    assert dropped("is masked") == Cleaned(None, True, "is masked")


@given(st.text())
def test_marks_are_taken_off_once(text: str) -> None:
    assert unaccented(unaccented(text)) == unaccented(text)
    assert unaccented("Ñandú Über") == "Nandu Uber"
