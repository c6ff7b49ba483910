"""Who is meant, where a body names a user."""

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import Identity


@pytest.mark.parametrize("fields", [{}, {"email": ""}, {"document": "NULL"}, {"service_uid": "  "}])
def test_it_needs_an_identifier_that_says_something(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidRecord, match="needs at least one of service_uid, email, document, telephone"):
        Identity(**fields)


def test_only_what_is_given_is_sent() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Identity(email="ana@b.co"))) == {"email": "ana@b.co"}
