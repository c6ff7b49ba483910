"""Reports the result of one attempt to its permit and its trail, exactly once each.

Room: _transport. Pure. The permit gets its result before the answer is read, so that an error in a header, a body or a
listener cannot prevent it.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from woowup_async._limiting.permit import Permit
from woowup_async._transport.retry import Verdict
from woowup_async._transport.trail import Trail
from woowup_async.errors import ApiError, ClientClosed, NotSent, is_from_gateway
from woowup_async.ports import Response


class Attempt:
    """One attempt, from its permit to the verdict on its answer.

    If the `with` block ends without a verdict, the attempt was unused if it was not sent, and is in doubt if it may
    have been sent.
    """

    __slots__ = ("_has_answer", "_has_left", "_is_reported", "_permit", "_trail")

    def __init__(self, permit: Permit, trail: Trail) -> None:
        self._permit, self._trail = permit, trail
        self._has_left = self._has_answer = self._is_reported = False

    def leaves(self) -> None:
        """Note that its bytes are about to be sent. If this raises, they are not sent."""
        self._trail.leaves()
        self._has_left = True

    def answered(self, response: Response) -> None:
        """Note that a complete answer came. Its verdict follows."""
        self._has_answer = True
        self._permit.answered(response.status, response.headers)

    def failed(self, error: BaseException | None) -> bool:
        """Note that it ended without a verdict. Return whether its bytes may have been sent."""
        # an error after the answer does not come from the network, but from a listener, for example
        is_unsent = isinstance(error, NotSent | ClientClosed) and not self._has_answer
        may_have_left = self._has_left and not is_unsent
        self._is_reported = True
        if may_have_left:  # also if it was cancelled
            self._permit.lost()
            self._trail.lost()
        else:
            self._permit.unused()
            self._trail.returned()
        return may_have_left

    def judged(self, verdict: Verdict, refusal: ApiError | None) -> None:
        """Note the verdict on its answer."""
        self._is_reported = True
        if verdict is Verdict.COOL:
            self._trail.answered()
        elif refusal is not None and (verdict is Verdict.AGAIN or is_from_gateway(refusal)):
            self._trail.lost()  # a gateway does not know what the server did
        else:
            self._trail.settled()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_reported:
            self.failed(error)
