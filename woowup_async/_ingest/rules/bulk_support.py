"""Whether an account answers bulk requests, and when to ask again.

Room: _ingest. Pure. An account without the endpoint answers a page, a bare 404 or a 405. A gateway may answer the same
for a while, and a run may last for weeks: so it is asked again, now and then, by a batch that is to be sent anyway.
"""

from __future__ import annotations

#: Purchases that go one by one before a bulk request is tried again (guessed). A try costs at most three requests
#: (decision 30), so an account without bulk requests spends less than 1 % on them; at 140 requests a minute it is
#: tried about every two minutes.
RETRY_AFTER = 300


class BulkSupport:
    """What is known of the bulk endpoint.

    Attributes:
        has_worked: a bulk request was answered in the API's own words.

    """

    def __init__(self) -> None:
        self.has_worked = False
        #: Purchases that went one by one since the last try; None while bulk is believed in.
        self._apart: int | None = None

    def may_send(self, count: int) -> bool:
        """Return whether so many purchases may go in one request now. If not, they count as sent one by one."""
        if self._apart is None:
            return True
        if self._apart >= RETRY_AFTER:
            self._apart = 0  # for the next try, whatever becomes of this one
            return True
        self._apart += count
        return False

    def worked(self) -> bool:
        """Note an answer in the API's own words; return whether the endpoint was missing before."""
        was_missing, self._apart, self.has_worked = self._apart is not None, None, True
        return was_missing

    def missed(self) -> bool:
        """Note an answer that an unknown path gives; return whether that is news."""
        is_news = self._apart is None
        if is_news:
            self._apart = 0
        return is_news
