"""Paths of operations: an argument stays one part of the path."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._wire.endpoint import Endpoint, Replay, encoded_id


class TestPaths:
    ENDPOINT: Endpoint[Any] = Endpoint("attributes.update", "PUT", "/account/custom-attributes/{}", Replay.KEYED)

    @pytest.mark.parametrize("part", ["", ".", "..", "a\x00", "a\r\nX: y", "\ud800", "\u202e", "\x85"])
    def test_a_text_that_is_not_a_part_of_a_path_is_refused(self, part: str) -> None:
        with pytest.raises(ValueError, match="printable text"):
            self.ENDPOINT.path_of((part,))
        with pytest.raises(ValueError, match=r"printable text|not empty"):
            encoded_id(part)

    @given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(lambda text: text.strip(".")))
    def test_other_texts_stay_one_part(self, part: str) -> None:
        path = self.ENDPOINT.path_of((part,))
        assert path.count("/") == 3
        assert unquote(path.rpartition("/")[2]) == part
