"""A form with a file, as a parser of the standard library reads it."""

from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._wire.multipart import multipart


def read(content_type: str, body: bytes) -> dict[str, bytes]:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    found = {}
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        found[name] = content
    return found


@pytest.mark.parametrize("file", [b"", b"a@b.co", "ana@\u00f1and\u00fa.com\nb@b.co".encode(), b"--\r\n--"])
def test_fields_and_file_arrive(file: bytes) -> None:
    fields = {"blacklist": "email", "type": "delete-create"}
    arrived = read(*multipart(fields, file))
    assert {name: content.decode() for name, content in arrived.items() if name != "file"} == fields
    assert arrived["file"].replace(b"\r\n", b"\n") == file.replace(b"\r\n", b"\n")


@given(st.binary(max_size=200))
def test_the_boundary_is_not_in_the_file_and_the_same_file_has_the_same_body(file: bytes) -> None:
    content_type, body = multipart({"type": "create"}, file)
    boundary = content_type.partition("boundary=")[2].encode()
    assert boundary not in file
    assert body.count(b"--" + boundary) == 3
    assert multipart({"type": "create"}, file) == (content_type, body)
