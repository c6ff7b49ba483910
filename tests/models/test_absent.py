"""Words for a missing value are not identifiers, in records of every source."""

from __future__ import annotations

import json

import pytest

from tests.support.every_form import LINE, PURCHASES, faces
from woowup_async._wire.shape import Encoded
from woowup_async.outcomes import Rejected

WORDS = ["", " ", "\u200b", "\xa0\ufeff", "NULL", "null", "\\N", "None", "nan", " NaN\u200b"]


NAMES = ["service_uid", "email", "document", "telephone"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_user", [True, False])
class TestIdentifiers:
    def test_a_record_with_no_other_identifier_is_refused(self, name: str, word: str, is_user: bool) -> None:
        fields = ({} if is_user else {key: value for key, value in LINE.items() if key != "email"}) | {name: word}
        mapping, raw, model = faces(fields, is_user=is_user)
        for result in (mapping, raw, model):
            assert isinstance(result, Rejected)
        for result in (mapping, raw):
            assert isinstance(result, Rejected)
            assert name in [reason.path for reason in result.reasons]

    def test_it_is_left_out_beside_a_real_identifier(self, name: str, word: str, is_user: bool) -> None:
        real = "document" if name == "email" else "email"
        rest = {} if is_user else {key: value for key, value in LINE.items() if key != "email"}
        results = faces(rest | {real: "ana@b.co", name: word}, is_user=is_user)
        for result in results:
            assert isinstance(result, Encoded), result
            assert name not in json.loads(result.body)
        assert results[1].rewritten  # type: ignore[union-attr]


@pytest.mark.parametrize("word", WORDS)
def test_an_invoice_number_that_is_such_a_word_is_refused(word: str) -> None:
    for result in (PURCHASES.encode(LINE | {"invoice_number": word}),
                   PURCHASES.encode(json.dumps(LINE | {"invoice_number": word}).encode())):  # fmt: skip
        assert isinstance(result, Rejected)
        assert [reason.path for reason in result.reasons] == ["invoice_number"]
