"""Decides whether an account has the bulk endpoint, and when to try it again.

Room: _ingest. Pure. Without the endpoint the answer is a page, a bare 404 or a 405. A gateway may answer the same for a
while, and a run may last for weeks. So the endpoint is tried again from time to time, with a batch of the run.
"""

from __future__ import annotations

#: Purchases that are sent one by one before a bulk request is tried again (guessed). A try costs at most three requests
#: (decision 30), so an account without the endpoint spends less than 1 % on it. At 140 requests a minute there is a try
#: about every two minutes.
RETRY_AFTER = 300


class BulkSupport:
    """What is known about the bulk endpoint.

    Attributes:
        has_worked: whether a bulk request got a proper answer of the API.

    """

    def __init__(self) -> None:
        self.has_worked = False
        #: Purchases sent one by one since the last try; None while the endpoint is believed to work.
        self._apart: int | None = None

    def may_send(self, count: int) -> bool:
        """Return whether `count` purchases may be sent in one request now. If not, they count as sent one by one."""
        if self._apart is None:
            return True
        if self._apart >= RETRY_AFTER:
            self._apart = 0  # counts again for the next try
            return True
        self._apart += count
        return False

    def worked(self) -> bool:
        """Note a proper answer of the API. Return whether the endpoint was missing before."""
        was_missing, self._apart, self.has_worked = self._apart is not None, None, True
        return was_missing

    def missed(self) -> bool:
        """Note an answer as for an unknown path. Return whether the endpoint was believed to work before."""
        is_news = self._apart is None
        if is_news:
            self._apart = 0
        return is_news
