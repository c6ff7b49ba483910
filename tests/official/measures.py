"""Counts what the library exposes, validates and keeps of the pages: one row for each kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tests.official.calls import CALLS, answered, endpoint_of, recorded, refused, sent
from tests.official.documented import CODES, ENUMS, EXCEPTIONS, OPERATIONS, Operation, paths, put
from tests.official.requests import REQUESTS, Refusal
from tests.official.samples import Sample, of_kind
from woowup_async import WoowUp
from woowup_async._resources.base import decoded, found
from woowup_async._transport.retry import CODES as KNOWN
from woowup_async._transport.retry import Verdict, judge
from woowup_async._wire.endpoint import Host
from woowup_async.models._answer import is_answer
from woowup_async.models.replies import Queued


class Row(msgspec.Struct):
    """Counts of one kind of thing. `missing` names what is missing, `exceptions` what is missing for a reason."""

    name: str
    documented: int = 0
    exposed: int = 0
    validated: int = 0
    kept: int = 0
    missing: list[str] = msgspec.field(default_factory=list)
    exceptions: list[str] = msgspec.field(default_factory=list)

    def note(self, what: str, *, exposed: bool, validated: bool, kept: bool) -> None:
        """Count one thing."""
        self.documented += 1
        self.exposed += exposed
        self.validated += validated
        self.kept += kept
        if not (exposed and validated and kept):
            marks = zip(("exposed", "validated", "kept"), (exposed, validated, kept), strict=True)
            self.missing.append(f"{what}: not {', '.join(name for name, mark in marks if not mark)}")

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is missing."""
        return self.documented == self.exposed == self.validated == self.kept > 0


async def all_rows() -> list[Row]:
    """Measure everything."""
    return [
        await operations(),
        await request_fields(),
        answer_keys(),
        await enums(),
        codes(),
        await request_samples(),
        answer_samples(),
    ]


async def operations() -> Row:
    """Exposed: there is a call. Validated: it refuses another type. Kept: it has the page's method and path."""
    row = Row("operations")
    for operation in OPERATIONS:
        endpoint = endpoint_of(operation.number)
        target: Any = WoowUp("key")
        for name in endpoint.name.split("."):
            target = getattr(target, name, None)
        (call, *_) = await recorded(operation.number, operation.fields)
        path = operation.path.format(*(operation.fields[name] for name in PATH if name in operation.fields))
        is_connectors = endpoint.host is Host.CONNECTORS
        row.note(
            f"{operation.number} {endpoint.name}",
            exposed=callable(target) and operation.number in CALLS,
            validated=all([await _is_refused(operation, path, _wrong(value)) for path, value in _fields(operation)]),
            kept=(call.endpoint.method, call.endpoint.path_of(call.path)) == (operation.method, path)
            and is_connectors == (operation.number in (4, 5)),
        )
        if operation.shown is not None:
            row.exceptions.append(f"{endpoint.name}: the page prints {operation.shown[0]} ({operation.shown[1]})")
    return row


#: The documented names of the parts of a path.
PATH = ("id", "memberid", "firstSixDigits")


def _fields(operation: Operation) -> list[tuple[str, Any]]:
    """Yield every documented field. Fields inside free objects belong to the caller."""
    free = ("custom_attributes.", "metadata.", "element.", "additional_details.")
    return [
        (path, value)
        for path, value in paths(operation.fields)
        if path != "of" and not any(name in path for name in free)
    ]


def _wrong(value: object) -> object:
    """Return a value of another type, which no field with this value allows."""
    return 5 if isinstance(value, dict | list) else {"of": ["another type"]}


async def _is_refused(operation: Operation, path: str, value: object) -> bool:
    return await _error_of(operation.number, put(operation.fields, path, value)) is not None


async def _error_of(number: int, fields: dict[str, Any]) -> Exception | None:
    return await refused(lambda: recorded(number, fields))


async def request_fields() -> Row:
    """Exposed: the typed call takes it. Validated: a value of another type is refused. Kept: it is sent unchanged."""
    row = Row("request fields")
    for operation in OPERATIONS:
        arrived = dict(paths(sent(await recorded(operation.number, operation.fields))))
        for path, value in _fields(operation):
            row.note(
                f"{operation.number} {path}",
                exposed=path in arrived,
                validated=await _is_refused(operation, path, _wrong(value)),
                kept=isinstance(value, dict | list) or str(arrived.get(path)) == str(value),
            )
    row.exceptions += [f"{number} {name}: not sent ({why})" for (number, name), why in EXCEPTIONS.items()]
    return row


def answer_keys() -> Row:
    """Exposed: the answer has the field. Validated: it is read as the field's type. Kept: it is encoded unchanged."""
    row = Row("answer keys")
    for sample in of_kind("answer"):
        if sample.operation is None:
            continue
        endpoint = endpoint_of(sample.operation)
        reply = answered(sample.operation, sample.body)
        read: Any = found(endpoint, reply) if _finds(sample.operation) else decoded(endpoint, reply)
        if endpoint.payload is None or read is None or isinstance(read, Queued):
            continue
        payload = sample.body["payload"] if isinstance(sample.body, dict) and "payload" in sample.body else sample.body
        back = dict(each_path(msgspec.to_builtins(read)))
        for path, value in each_path(payload):
            is_there, here = path in back, back.get(path)
            row.note(
                f"{sample.source} {path}",
                exposed=is_there,
                validated=is_there and (here is not None) == (value is not None),
                kept=is_there and (isinstance(value, dict | list) or here == value),
            )
    row.exceptions.append("an empty list in place of an object is read as an object (Q63)")
    return row


def each_path(value: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each key of an answer with its value, at every depth and in each element of its lists."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{prefix}.{name}", inner
            yield from each_path(inner, f"{prefix}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from each_path(inner, f"{prefix}[{index}]")


def _finds(operation: int) -> bool:
    return operation in (14, 15)


async def enums() -> Row:
    """Exposed and kept: each value is sent unchanged. Validated: another value is refused."""
    row = Row("enum values")
    for number, name, values, other in ENUMS:
        operation = OPERATIONS[number - 1]
        is_checked = await _is_refused(operation, name, other)
        for value in values:
            fields = put(operation.fields, name, value)
            error = await _error_of(number, fields)
            arrived = {} if error else dict(paths(sent(await recorded(number, fields))))
            row.note(
                f"{number} {name}={value}", exposed=error is None, validated=is_checked, kept=arrived.get(name) == value
            )
    return row


def codes() -> Row:
    """Exposed: the code is known. Validated: it is not read as a success. Kept: the error has the code."""
    row = Row("error codes")
    for status, code in CODES:
        reply = answered(13, {"payload": [], "message": "m", "code": code}, status)
        if code == "ok":
            row.note(code, exposed=reply.is_success, validated=reply.is_success, kept=reply.code == code)
            continue
        verdict, error = judge(reply)
        row.note(
            code,
            exposed=code in KNOWN,
            validated=verdict is not Verdict.DONE and not reply.is_success,
            kept=reply.code == code and error is KNOWN[code][1],
        )
    return row


async def request_samples() -> Row:
    """Exposed: it is accepted unchanged, or refused with a number. Validated: a refused sample was not sent.

    Kept: the sent body equals the sample.
    """
    row = Row("samples of requests")
    for sample in of_kind("request", "format", "query"):
        outcome = await REQUESTS[sample.source](sample)
        if isinstance(outcome, Refusal):
            row.exceptions.append(f"{sample.source}: refused, {outcome.reason} ({outcome.number})")
            row.note(sample.source, exposed=outcome.number in sample.note, validated=outcome.is_refused, kept=True)
        else:
            row.note(sample.source, exposed=True, validated=True, kept=outcome)
    return row


def answer_samples() -> Row:
    """Exposed: it is read. Validated: it is read as an answer or as an error. Kept: it has its message and reasons."""
    row = Row("samples of answers and errors")
    for sample in of_kind("answer", "error"):
        reply = answered(sample.operation or 0, sample.body, sample.status or 200)
        is_error = sample.kind == "error"
        row.note(
            sample.source,
            exposed=is_error or _reads(sample),
            validated=reply.is_success != is_error,
            kept=not is_error or _tells(sample, [reason.message for reason in reply.reasons] + [reply.message]),
        )
    return row


def _reads(sample: Sample) -> bool:
    endpoint, reply = endpoint_of(sample.operation or 0), answered(sample.operation or 0, sample.body)
    read: Callable[..., Any] = found if _finds(sample.operation or 0) else decoded
    result = read(endpoint, reply)
    return result is not None or sample.note.startswith("the user is left out") or not is_answer(endpoint.payload)


def _tells(sample: Sample, told: list[str]) -> bool:
    payload = sample.body["payload"]
    texts = [sample.body["message"], *(payload["errors"] if isinstance(payload, dict) else [])]
    return all(text in told for text in texts)
