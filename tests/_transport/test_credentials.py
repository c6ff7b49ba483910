"""The API key is hidden."""

import pytest

from woowup_async._transport.credentials import ApiKey


class TestApiKey:
    @pytest.mark.parametrize("secret", ["", " s3cret", "s3cret\n", "ñ3cret", "s3\x00cret"])
    def test_a_key_that_no_header_can_have_is_refused_and_not_shown(self, secret: str) -> None:
        with pytest.raises(ValueError, match="printable ASCII") as excinfo:
            ApiKey(secret)
        assert "3cret" not in str(excinfo.value)

    def test_the_key_is_hidden(self) -> None:
        key = ApiKey("s3cret")
        assert "s3cret" not in f"{key} {key!r}"
        assert not hasattr(key, "__dict__")
        assert key == ApiKey("s3cret") != "s3cret"
        assert len({key, ApiKey("s3cret")}) == 1
