"""Guards of spreadsheets and words for missing values."""

from tests.support.drafts import column
from woowup_async.sources.drafting.rules.sample import cleaned


def test_guards_and_nulls_are_taken_off() -> None:
    (first, second), nulls, guarded = cleaned(
        [column("a", "'0123", '="7"', "NULL"), column("b", "-", "0000-00-00", "x")]
    )
    assert (first.cells, second.cells) == (["0123", "7", ""], ["", "", "x"])
    assert (nulls, guarded) == (("-", "0000-00-00", "NULL"), 2)


def test_a_clean_sample_stays_as_it_is() -> None:
    columns = [column("a", "x", "")]
    assert cleaned(columns) == (columns, (), 0)
