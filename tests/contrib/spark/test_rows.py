"""A mapping is given as its text, as a path or as an address."""

from pathlib import Path

import pytest

from woowup_async.contrib.spark.rows import text_of
from woowup_async.errors import SourceError


def test_the_text_of_a_mapping(tmp_path: Path) -> None:
    text = '[purchase]\nkey = ["Pedido"]\n'
    path = tmp_path / "day=3.toml"
    path.write_text(text)

    assert text_of(None) is None
    assert text_of(text) == text
    assert text_of(str(path)) == text
    assert text_of(path.as_uri()) == text


@pytest.mark.parametrize("place", ["/no/such.toml", "file:///no/such.toml", "nothing://bucket/m.toml"])
def test_a_mapping_that_cannot_be_read(place: str) -> None:
    with pytest.raises(SourceError, match="cannot read the mapping"):
        text_of(place)
