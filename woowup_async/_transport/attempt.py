"""Reports what became of one attempt to its permit and its trail, once each, whatever happens.

Room: _transport. Pure. The permit is given back before the answer is read, so that no header, body or listener can keep
it.
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

    Leaving the `with` block without a verdict means: unused where it did not leave, and in doubt where it may have.
    """

    __slots__ = ("_has_answer", "_has_left", "_is_told", "_permit", "_trail")

    def __init__(self, permit: Permit, trail: Trail) -> None:
        self._permit, self._trail = permit, trail
        self._has_left = self._has_answer = self._is_told = False

    def leaves(self) -> None:
        """Note that its bytes are about to leave; what this raises keeps them here."""
        self._trail.leaves()
        self._has_left = True

    def answered(self, response: Response) -> None:
        """Note that a complete answer came; its verdict is still to come."""
        self._has_answer = True
        self._permit.answered(response.status, response.headers)

    def failed(self, error: BaseException | None) -> bool:
        """Note that it ended without a verdict; return whether its bytes may have left."""
        # after an answer an error is not of the network, whatever it says: a listener's, for one
        is_unsent = isinstance(error, NotSent | ClientClosed) and not self._has_answer
        may_have_left = self._has_left and not is_unsent
        self._is_told = True
        if may_have_left:  # a cancelled one, too
            self._permit.lost()
            self._trail.lost()
        else:
            self._permit.unused()
            self._trail.returned()
        return may_have_left

    def judged(self, verdict: Verdict, refusal: ApiError | None) -> None:
        """Note what its answer means."""
        self._is_told = True
        if verdict is Verdict.COOL:
            self._trail.answered()
        elif verdict is Verdict.AGAIN or is_from_gateway(refusal):
            self._trail.lost()  # a gateway answers for a server that it does not know of
        else:
            self._trail.settled()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_told:
            self.failed(error)
