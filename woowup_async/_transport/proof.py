"""Whether a host has shown that it is the API.

Room: _transport. Pure. Both of the vendor's clients take a write without an envelope for done where its status is a
success. An empty 200 is also what a wrong host, a captive portal or a load balancer without a server answers. So it
counts only where the API itself answered before.
"""

from __future__ import annotations

from woowup_async._wire.endpoint import Form
from woowup_async._wire.reply import Reply, has_rate_headers, unproven


class HostProof:
    """Whether an answer came in the API's own envelope, or with its rate headers."""

    is_given: bool

    __slots__ = ("is_given",)

    def __init__(self) -> None:
        self.is_given = False

    def weighed(self, reply: Reply, form: Form) -> Reply:
        """Learn from a reply, and return it; a mute success of a host without proof is not an answer."""
        if not self.is_given:
            has_envelope = bool(reply.code) and form in (Form.ENVELOPE, Form.STATUS)
            self.is_given = has_envelope or has_rate_headers(reply.headers)
            if reply.is_mute and not self.is_given:
                return unproven(reply)
        return reply
