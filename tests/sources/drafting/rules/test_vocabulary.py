"""The vocabulary only has words and contents that exist."""

from woowup_async.sources.drafting.rules.scores import CONTENTS
from woowup_async.sources.drafting.rules.vocabulary import LINES, ORDER, PERSON
from woowup_async.sources.drafting.rules.words import words_of


def test_contents_and_levels() -> None:
    for table, level in ((ORDER, "order"), (PERSON, "person"), (LINES, "line")):
        for field, meaning in table.items():
            assert meaning.content in CONTENTS, field
            assert meaning.level == level
            assert all(1 <= worth <= 11 for worth in meaning.phrases.values()), field


def test_no_phrase_excludes_itself() -> None:
    wrong = [
        (field, phrase)
        for field, meaning in (ORDER | PERSON | LINES).items()
        for phrase in meaning.phrases
        if phrase & meaning.never
    ]
    assert wrong == []


def test_each_word_is_one_that_names_of_columns_become() -> None:
    wrong = {
        (field, word)
        for field, meaning in (ORDER | PERSON | LINES).items()
        for words in (*meaning.phrases, meaning.never)
        for word in words
        if words_of(word) not in ((word,), ())
    }
    assert wrong == set()
