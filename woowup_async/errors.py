"""The tree of errors. The class says who can correct the error, and whether the request was processed.

    WoowUpError
    ├── InvalidRecord        a record breaks the schema; nothing was sent          (also a ValueError)
    │   └── UnknownFields    a model was built with a name that the schema does not have  (also a TypeError)
    ├── SourceError          a source cannot be read at all; none of its records was sent
    ├── JournalError         a journal cannot be opened or used any longer; its content is kept
    ├── BudgetUnavailable    the store of a shared budget does not work now         (also an OSError)
    ├── RecordsRejected      raised by Report.raise_for_rejected()
    ├── AdmissionTimeout     no permit within Timeouts.admit; certainly not processed
    ├── ClientClosed         the client or its pool was closed; certainly not processed   (also a RuntimeError)
    ├── TransportError       no reply
    │   ├── NotSent          certainly not processed: no byte of the request was sent
    │   └── ReplyLost        perhaps processed: bytes were sent, no complete answer came
    └── ApiError             a reply that is not a success
        ├── BadRequest       400 and other refusals of what was sent
        │   └── UserExists   the user to be created exists (a 500 on the wire)
        ├── NotFound         404
        ├── Forbidden        403 with code `forbidden`: the key is wrong; ends a run
        ├── AccountGone      410: the account was deleted; ends a run
        ├── Throttled        429, after the last attempt
        ├── ServerError      5xx, after the last attempt
        └── UnexpectedReply  not the API's JSON: HTML, a redirect, a proxy's page

Room: nouns. Pure. No message contains the API key or a whole record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from woowup_async._text import printable

#: Most reasons in the text of an `ApiError`; `reasons` has all of them.
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """One broken rule: its place in the record (`purchase_detail[3].sku`, "" for the record) and what was expected."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class WoowUpError(Exception):
    """Base of all errors that this library raises on purpose.

    If the error ended a run, `report` has that run's `Report`. Otherwise it is None.
    """

    report: object | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy text and attributes unchanged. `Exception` would call the class with the text alone."""
        return _copied, (type(self), self.args), self.__dict__


def _copied(kind: type[WoowUpError], args: tuple[Any, ...]) -> WoowUpError:
    return kind.__new__(kind, *args)


class InvalidRecord(WoowUpError, ValueError):
    """A record breaks rules of the schema. `reasons` has all of them."""

    reasons: tuple[Reason, ...]

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(map(str, self.reasons)))


class UnknownFields(InvalidRecord, TypeError):
    """A model was built with names that it does not have. The first reasons name them, and what was probably meant."""


class SourceError(WoowUpError):
    """A source cannot be read: a missing file, an unreadable mapping, an unknown column."""


class JournalError(WoowUpError):
    """A journal cannot be opened, read or written: locked, read-only, full, damaged, of another account or version.

    It is raised before anything is sent, or ends a run that can be resumed.
    """


class BudgetUnavailable(WoowUpError, OSError):
    """The store of a shared budget does not work now. The process goes on with its own part of the budget.

    The message says where the store is and what is wrong, and shows no password.
    """


class RecordsRejected(WoowUpError):
    """A run had rejected records. `report` has a sample of them."""

    def __init__(self, message: str, report: object) -> None:
        super().__init__(message)
        self.report: object | None = report


class AdmissionTimeout(WoowUpError):
    """No permit came within `Timeouts.admit`. `retry_after`: seconds until one may be available."""

    def __init__(self, waited: float, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(
            f"no permit within {waited:g} s: the account's request budget is spent; try again in {retry_after:.1f} s"
        )


class ClientClosed(WoowUpError, RuntimeError):
    """The client or its pool was closed before this request was sent: certainly not processed. Ends a run."""

    def __init__(self, message: str = "the client or its pool was closed; the request was not sent") -> None:
        super().__init__(message)


class TransportError(WoowUpError):
    """No reply came. `endpoint` is the name of the call, such as `purchases.create`."""

    def __init__(self, endpoint: str, what: str) -> None:
        self.endpoint = endpoint
        super().__init__(f"{endpoint}: {what}")


class NotSent(TransportError):
    """No byte of the request was sent: certainly not processed, safe to repeat."""


class ReplyLost(TransportError):
    """Bytes were sent and no complete answer came: perhaps processed."""


class ApiError(WoowUpError):
    """The server answered, but not with success.

    Attributes:
        endpoint: name of the call, such as `purchases.create_bulk`.
        status: HTTP status. The vendor's statuses mislead (an existing user is a 500): prefer `code`.
        code: the envelope's code; "" if the reply had no envelope.
        message: the envelope's message.
        reasons: the server's own reasons (`payload.errors`), or its message.
        retry_after: seconds that the server asked to wait; None if it did not.

    """

    endpoint: str
    status: int
    code: str
    message: str
    reasons: tuple[Reason, ...]

    def __init__(
        self, endpoint: str, status: int, code: str, message: str, reasons: Sequence[Reason] = (),
        retry_after: float | None = None,
    ) -> None:  # fmt: skip
        self.endpoint, self.status, self.code, self.message = endpoint, status, code, message
        self.reasons = tuple(reasons)
        self.retry_after = retry_after
        shown = [str(reason) for reason in self.reasons[:_MOST_SHOWN]]
        if len(self.reasons) > _MOST_SHOWN:
            shown.append(f"and {len(self.reasons) - _MOST_SHOWN} more")
        detail = "; ".join(shown) or message or "no message"
        super().__init__(f"{endpoint} answered {status} {code or '(no code)'}: {detail}")


class BadRequest(ApiError):
    """The server refused what was sent. Sending it again unchanged does not help."""


class UserExists(BadRequest):
    """The user to create already exists (500, `internal_error`, "usuario existente")."""


class NotFound(ApiError):
    """The thing that the request names does not exist."""


class Forbidden(ApiError):
    """The server does not accept the API key (it answers 403, never 401)."""


class AccountGone(ApiError):
    """The account was deleted. Its key will never work again."""


class Throttled(ApiError):
    """The server refused every attempt because of the rate limit."""


class ServerError(ApiError):
    """The server failed on every attempt."""


class UnexpectedReply(ApiError):
    """The reply is not the API's JSON. Unknown paths answer 200 with HTML, and proxies send their own pages."""


def without_data(error: BaseException) -> str:
    """Return an error for a log that must not contain personal data: without the words of the server or of a record."""
    match error:
        case ApiError():
            return f"{error.endpoint} answered {error.status} {printable(error.code, 60) or '(no code)'}"
        case TransportError() | JournalError() | ClientClosed():
            return str(error)  # these name hosts and files only
    cause = error.__cause__
    if cause is None:
        return type(error).__name__
    reason = cause.strerror if isinstance(cause, OSError) else None
    return f"{type(error).__name__} ({reason or type(cause).__name__})"


def is_from_gateway(failure: object) -> bool:
    """Return whether an answer may come from a gateway: a page, or a 404 or 405 without the API's envelope.

    The server behind it may have processed the request.
    """
    if isinstance(failure, UnexpectedReply):
        return True
    return isinstance(failure, ApiError) and not failure.code and failure.status in (404, 405)


#: Why a request did not succeed: the server refused or failed, or there was no answer.
Failure = ApiError | TransportError
