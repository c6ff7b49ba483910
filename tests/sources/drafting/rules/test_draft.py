"""The parts of a draft."""

from woowup_async.sources.drafting.rules.draft import Draft, DraftField, Section


def test_columns_of_a_field() -> None:
    assert DraftField("a", {"first_of": ["A", "B"]}).columns() == ["A", "B"]
    assert DraftField("a", {"column": "A", "as": "id"}).columns() == ["A"]
    assert DraftField("a", {"sum": ["A", "B"], "minus": ["C"]}).columns() == ["A", "B", "C"]
    assert DraftField("a", {"pairs": {"Talle": "A"}}).columns() == ["A"]
    off = DraftField("a", {"column": "A"}).off("why")
    assert (off.is_on, off.why) == (False, "why")


def test_sections() -> None:
    section = Section([], [])
    assert [name for name, _ in Draft({}, section, section).sections()] == ["user", "purchase"]
    assert [name for name, _ in Draft({}).sections()] == []
    assert Draft({}, section, section).is_empty
    assert not Draft({}, Section([], [DraftField("email", {"column": "Mail"})])).is_empty
