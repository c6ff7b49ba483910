"""The text of a draft is TOML, whatever the columns are called."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources.drafting.rules.draft import Draft, DraftField, Misfit, Section, Setting, Tally
from woowup_async.sources.drafting.rules.toml_text import counts, text_of, value_of

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS.filter(bool), inner, max_size=3),
    max_leaves=6,
)


@given(value=_VALUES)
def test_every_value_is_read_back(value: Any) -> None:
    assert tomllib.loads(f"x = {value_of(value)}")["x"] == value


@given(name=_TEXTS, why=_TEXTS)
def test_every_draft_is_toml(name: str, why: str) -> None:
    field = DraftField("email", {"column": name}, why)
    section = Section([Setting("key", [name], why), Setting("leave_out", [], suggested=[{"column": name}])], [field])
    draft = Draft(
        {"csv": [Setting("null", [name], why, is_on=False)]}, None, section, {"a": {name: "b"}}, [name], [why]
    )
    tally = Tally("purchase", 2, 1, 0, [Misfit(why, 1, name)])
    read = tomllib.loads(text_of(draft, name, why, [tally]))
    assert read["purchase"]["fields"] == {"email": {"column": name}}
    assert read["purchase"]["key"] == [name]
    assert read["lookups"] == {"a": {name: "b"}}
    assert read["csv"] == {}


def test_a_commented_field_becomes_a_part_of_the_mapping_without_its_mark() -> None:
    field = DraftField("email", {"column": "MAIL"}, "not found", is_on=False)
    text = text_of(Draft({}, None, Section([Setting("key", ["N"])], [field])), "f.csv", "1 row")
    assert '# email = { column = "MAIL" }  # not found' in text
    changed = tomllib.loads(text.replace("# email", "email"))
    assert changed["purchase"]["fields"]["email"] == {"column": "MAIL"}


def test_long_comments_are_above_their_line() -> None:
    text = text_of(Draft({}, Section([], [DraftField("a", {"column": "A"}, "why " * 40)])), "f.csv", "1 row")
    assert max(map(len, text.splitlines())) <= 102
    assert '\na = { column = "A" }\n' in text


@pytest.mark.parametrize(
    ("tally", "lines"),
    [
        (Tally("purchase", 1, 1), ["1 of 1 order of the sample fits"]),
        (Tally("user", 3, 1, 1, [Misfit("x: is empty", 1, "first: f:2")]),
         ["1 of 3 customers of the sample fit, 1 left out:", "  1 does not: x: is empty (first: f:2)"]),
    ],
)  # fmt: skip
def test_what_is_said_of_a_tally(tally: Tally, lines: list[str]) -> None:
    assert [*counts([tally])] == lines
