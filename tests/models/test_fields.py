"""Types of fields that several models share."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.built import build
from woowup_async.errors import InvalidRecord


class TestTimes:
    def test_aware_datetimes_become_utc(self) -> None:
        moment = datetime(2024, 5, 1, 10, 0, tzinfo=timezone(timedelta(hours=-3)))
        assert build(createtime=moment).createtime == "2024-05-01 13:00:00"

    @pytest.mark.parametrize("text", ["2017-03-23 14:35:22", "2004-02-12T15:19:21+03:00", "2004-02-12T15:19:21.5Z"])
    def test_the_documented_formats_are_accepted(self, text: str) -> None:
        assert build(approvedtime=text).approvedtime == text

    @pytest.mark.parametrize("text", ["23/03/2017", "2017-03-23", "2017-03-23T14:35:22", 1490279722])
    def test_other_formats_are_refused(self, text: object) -> None:
        with pytest.raises(InvalidRecord, match="createtime: expected 'YYYY-MM-DD HH:MM:SS'"):
            build(createtime=text)

    def test_naive_datetimes_are_refused(self) -> None:
        with pytest.raises(InvalidRecord, match="createtime"):
            build(createtime=datetime(2024, 1, 1))  # noqa: DTZ001
        assert build(createtime=datetime(2024, 1, 1, tzinfo=UTC))
