"""Texts lose the values of identifiers, and rejections their reasons."""

import pytest

from woowup_async._journal.quoted import Quoted, bare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20123456", "forgotten"), ("x20123456", "x20123456"), ("120123456", "120123456"), ("ANA@x.com,", "forgotten,"),
        ("mariana@x.com", "mariana@x.com"), ("1234", "1234"),
    ],
)  # fmt: skip
def test_only_whole_values_are_removed_from_texts(text: str, expected: str) -> None:
    quoted = Quoted(["document:20123456", "email:ana@x.com", "document:1234", "document:~" + "0" * 32])
    assert quoted.removed_from(text) == expected
    assert quoted.is_in(text) is (text != expected)
    assert not quoted.is_in(None)
    assert not Quoted([]).is_in(text)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            '{"by":"server","code":"bad","reasons":[{"path":"email","message":"x"}]}',
            '{"by":"server","code":"bad","reasons":[]}',
        ),
        ('{"effect":"created","left_out":[]}', '{"effect":"created","left_out":[]}'),
        ('{"reasons": ', '{"reasons": '),  # damaged
        (None, None),
    ],
)
def test_a_rejection_loses_its_reasons(outcome: str | None, expected: str | None) -> None:
    assert bare(outcome) == expected
