"""Small replies of the API."""

import msgspec
import pytest

from woowup_async.models.replies import Credited, Existence, Membership, Scheduled


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        (Existence, b'{"exist": true}', True),
        (Scheduled, b'{"request_id": "a7"}', "a7"),
        (Scheduled, b'{"request_id": 7}', 7),
        (Credited, b'{"transaction_id": 7, "new": 1}', 7),
        (Membership, b'{"belongsToSegment": false}', False),
    ],
)
def test_the_vendors_names_are_read(kind: type[msgspec.Struct], body: bytes, value: object) -> None:
    (found,) = msgspec.structs.astuple(msgspec.json.decode(body, type=kind))
    assert found == value


@pytest.mark.parametrize("body", [b"{}", b'{"exist": "yes"}', b"[]"])
def test_an_answer_without_its_field_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Existence)
