"""Errors as problems (RFC 9457), with an error for each field of a record, and their description for OpenAPI.

Room: contrib, an edge. It needs the extra `fastapi`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import anyio
from fastapi import Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from woowup_async.contrib.fastapi_bodies import RECORD_ERROR, location_of
from woowup_async.errors import (
    AdmissionTimeout,
    ApiError,
    ClientClosed,
    InvalidRecord,
    JournalError,
    Reason,
    Throttled,
    TransportError,
)

#: The media type of a problem.
PROBLEM_JSON = "application/problem+json"
TITLE = "the record breaks rules of the schema"
#: Seconds that a caller is asked to wait if nothing better is known (guessed: a batch's linger).
_RETRY_AFTER = 1.0


class FieldError(BaseModel):
    """What is wrong with one field.

    `pointer` is the place in the body as a JSON Pointer (RFC 6901) in a fragment, such as `#/purchase_detail/0/sku`;
    `path` is the same as `purchase_detail[0].sku`, in the record. `detail` and `message` are equal.
    """

    pointer: str
    detail: str
    path: str
    message: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it. `errors` is there if a record was refused, `code` if WoowUp gave one."""

    type: str = "about:blank"
    title: str
    status: int
    code: str | None = None
    errors: list[FieldError] | None = None


def _documented(status: HTTPStatus, description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"model": Problem, "description": description, "content": {PROBLEM_JSON: {"schema": schema}}}


#: For the OpenAPI document of a route that takes records: `@app.post("/orders", status_code=202, responses=PROBLEMS)`.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: _documented(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The record breaks rules of the schema. Each field has its error."
    ),
    503: _documented(HTTPStatus.SERVICE_UNAVAILABLE, "There is no room now: try again after `Retry-After` seconds."),
}


def field_errors(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Return the errors of a record's fields."""
    return [_field_error(location_of(reason.path), reason.path, reason.message) for reason in reasons]


async def record_problem(request: Request, error: Exception) -> Response:
    """Answer errors of a `PurchaseBody` or `UserBody` as a problem. Other errors get FastAPI's own answer."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(each["type"] != RECORD_ERROR for each in found):
        return await request_validation_exception_handler(request, error)
    errors = [_field_error(each["loc"][1:], _path_of(each["loc"][1:]), each["msg"]) for each in found]
    body = {"type": "about:blank", "title": TITLE, "status": 422, "errors": errors}
    return JSONResponse(body, 422, media_type=PROBLEM_JSON)


def _field_error(location: Iterable[str | int], path: str, message: str) -> dict[str, str]:
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    pointer = "".join(f"/{part}" for part in escaped)
    return {"pointer": f"#{pointer}", "detail": message, "path": path, "message": message}


def _path_of(location: Iterable[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


async def problem(request: Request, error: Exception) -> JSONResponse:
    """Return the response to an error of this library: a problem (RFC 9457), without the key and without records."""
    status, title, retry_after = _described(error)
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if isinstance(error, InvalidRecord):
        body["errors"] = field_errors(error.reasons)
    elif isinstance(error, ApiError):
        body["code"] = error.code
    headers = {"Retry-After": str(max(1, math.ceil(retry_after)))} if retry_after is not None else None
    return JSONResponse(body, status, headers, media_type=PROBLEM_JSON)


def _described(error: Exception) -> tuple[int, str, float | None]:
    match error:
        case InvalidRecord():
            return 422, TITLE, None
        case anyio.WouldBlock():
            return 503, "no room: too many records are not settled", _RETRY_AFTER
        case AdmissionTimeout():
            return 503, "the account's request budget is spent", error.retry_after
        case Throttled():
            return 503, "the account's request budget is spent", error.retry_after or _RETRY_AFTER
        case ClientClosed():
            return 503, "the app is closing", _RETRY_AFTER
        case JournalError():
            return 503, "the record cannot be kept now", _RETRY_AFTER
        case TransportError():
            return 502, "WoowUp does not answer", _RETRY_AFTER
        case ApiError() if error.status < 500 and error.status not in (401, 403, 410):
            return 502 if error.status < 400 else error.status, "WoowUp refused the request", None
    return 502, "WoowUp cannot be used", None
