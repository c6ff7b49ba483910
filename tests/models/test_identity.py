"""The identifiers of a user in a body."""

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import Identity


@pytest.mark.parametrize("fields", [{}, {"email": ""}, {"document": "NULL"}, {"service_uid": "  "}])
def test_it_needs_an_identifier_with_a_value(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidRecord, match="needs at least one of service_uid, email, document, telephone"):
        Identity(**fields)


def test_only_given_identifiers_are_sent() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Identity(email="ana@b.co"))) == {"email": "ana@b.co"}
