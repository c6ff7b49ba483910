"""Bodies are decoded as PHP does it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.testing._bodies import form_of, parsed


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'{"a": 1.5e300}', {"a": 1.5e300}),
        (b'"E999 and 1e999"', "E999 and 1e999"),
        (b"1" * 309, int("1" * 309)),
        (b'"' + b"1" * 400 + b'"', "1" * 400),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"[[]]", [[]]),
    ],
)
def test_valid_bodies(content: bytes, body: object) -> None:
    assert parsed(content) == body


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"NaN", b"-Infinity", b"1e999", b"-1e999", b"9" * 309, b"9" * 5_000, b'"\\ud800"', b'{"\\udc00": 1}',
        b"\xff", b"\xef\xbb\xbf{}", b"[" * 513 + b"]" * 513, b"[" * 100_000,
    ],
)  # fmt: skip
def test_invalid_bodies(content: bytes) -> None:
    with pytest.raises(ValueError):
        parsed(content)


def test_the_depth_is_limited_as_in_php() -> None:
    assert parsed(b"[" * 512 + b"]" * 512)
    assert len(parsed(b"[" + b",".join([b"{}"] * 600) + b"]")) == 600


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_form_is_read_or_empty(content: bytes, kind: str) -> None:
    for content_type in (kind, "multipart/form-data; boundary=x", f"multipart/form-data; boundary={kind}"):
        assert all(isinstance(value, bytes) for value in form_of(b"--x\r\n" + content, content_type).values())
