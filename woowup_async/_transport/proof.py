"""Remembers whether a host has shown that it is the API.

Room: _transport. Pure. Both of the vendor's clients accept a write without an envelope if its status is a success. But
a wrong host, a captive portal or a load balancer without a server may also answer with an empty 200. So such an answer
counts only if the API itself has answered before.
"""

from __future__ import annotations

from woowup_async._wire.endpoint import Form
from woowup_async._wire.reply import Reply, has_rate_headers, unproven


class HostProof:
    """Remembers whether an answer had the API's envelope or its rate-limit headers."""

    is_given: bool

    __slots__ = ("is_given",)

    def __init__(self) -> None:
        self.is_given = False

    def weighed(self, reply: Reply, form: Form) -> Reply:
        """Learn from a reply and return it. A mute success from a host without proof becomes a failure."""
        if not self.is_given:
            has_envelope = bool(reply.code) and form in (Form.ENVELOPE, Form.STATUS)
            self.is_given = has_envelope or has_rate_headers(reply.headers)
            if reply.is_mute and not self.is_given:
                return unproven(reply)
        return reply
