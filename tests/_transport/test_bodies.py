"""A reply's body in pieces: its decompressed size is limited while it is read."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._transport.bodies import Body, BodyError


def packed(body: bytes, window: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(body) + packer.flush()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, "identity": bytes, "gzip": gzip.compress, " X-GZip ": gzip.compress, "deflate": zlib.compress,
}  # fmt: skip


@given(st.sampled_from(list(FORMS)), st.binary(max_size=300), st.integers(1, 50), st.integers(0, 400))
def test_pieces_are_joined_or_refused_for_their_size(form: str, body: bytes, step: int, most: int) -> None:
    sent, reader = FORMS[form](body), Body(form, most)
    pieces = [sent[at : at + step] for at in range(0, len(sent), step)]
    if len(body) <= most:
        for piece in pieces:
            reader.feed(piece)
        assert reader.whole() == body
    else:
        with pytest.raises(BodyError, match=f"is larger than {most} bytes"):
            _ = [reader.feed(piece) for piece in pieces]  # type: ignore[func-returns-value]


@pytest.mark.slow
@pytest.mark.parametrize(("form", "window"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_a_compression_bomb_never_takes_more_memory_than_the_limit(form: str, window: int) -> None:
    bomb = packed(b"a" * 50_000_000, window)
    assert len(bomb) < 60_000
    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="larger"):
            Body(form, 1_000_000).feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["gzip", "deflate", "br", "gzip, gzip", "\x00"]))
def test_any_bytes_give_a_body_or_one_kind_of_error(piece: bytes, form: str) -> None:
    reader = Body(form, 100)
    with suppress(BodyError):
        reader.feed(piece)
        reader.feed(piece)
        reader.whole()


def test_no_body_in_any_encoding_is_an_empty_body() -> None:
    assert [Body(form, 5).whole() for form in ("", "gzip", "deflate", "br")] == [b""] * 4
