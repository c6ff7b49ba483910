"""`encoded_id`, and the form in which ids are sent."""

import asyncio
import json

import pytest

from tests.support.http import raw_server
from woowup_async import RetryPolicy, WoowUp, encoded_id

#: The address in the example of the getting-started page. Its base64 ends in "=".
PAGE = ("example@email.com", "ZXhhbXBsZUBlbWFpbC5jb20%3D")
ANSWER = json.dumps({"payload": {"exist": True, "belongsToSegment": True}, "message": "ok", "code": "ok"}).encode()


@pytest.mark.parametrize(
    ("identifier", "written"),
    [PAGE, (12345, "12345"), ("???~~~", "Pz8%2Ffn5%2B"), ("a", "YQ%3D%3D"), ("12345", "MTIzNDU%3D")],
)
def test_it_is_base64_of_the_standard_alphabet_percent_encoded(identifier: int | str, written: str) -> None:
    assert encoded_id(identifier) == written


@pytest.mark.parametrize("identifier", [0, -1, "", True, ".", "..", " ", "a\n"])
def test_invalid_ids(identifier: int | str) -> None:
    with pytest.raises(ValueError, match="an id is|a service_uid must be"):
        encoded_id(identifier)


@pytest.mark.parametrize("identifier", [1.5, None, ["a"], b"a"])
def test_ids_of_other_types(identifier: object) -> None:
    with pytest.raises(TypeError, match="an id is an int, or a service_uid"):
        encoded_id(identifier)  # type: ignore[arg-type]


async def test_it_is_sent_unchanged() -> None:
    """Neither a typed call nor `woowup.request` changes it, and no library in between does."""
    lines: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + ANSWER)
        await writer.drain()

    uid, written = PAGE
    async with raw_server(handle) as url, WoowUp("key", base_url=url, retry=RetryPolicy(attempts=1)) as woowup:
        assert await woowup.users.belongs_to_segment(uid, 7)
        await woowup.request("GET", f"/users/{encoded_id(uid)}/exist")
    assert lines == [
        f"GET /users/{written}/belongsToSegment?segment_id=7 HTTP/1.1", f"GET /users/{written}/exist HTTP/1.1",
    ]  # fmt: skip
