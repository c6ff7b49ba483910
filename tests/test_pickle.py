"""Public values pass through `pickle` and `copy.deepcopy` unchanged, since workers may be other processes.

The classes are found in the modules and built from their types, so that new classes are tested too.
"""

import copy
import dataclasses
import importlib
import multiprocessing
import pickle
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from ssl import SSLContext
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

import woowup_async
from woowup_async import _flow, errors, events, models, outcomes, policies, ports, statistics
from woowup_async.errors import Reason, WoowUpError
from woowup_async.models._base import Identified, Model
from woowup_async.models._examine import Examination
from woowup_async.outcomes import Report, Tally

REASONS = (Reason("purchase_detail[3].sku", "is required"), Reason("", "needs an email"))
REPORT = Report(purchases=Tally(submitted=2, rejected=1, codes={"invalid": 1}), requests=1)

API = {"endpoint": "users.find", "status": 404, "code": "c", "message": "m", "reasons": REASONS, "retry_after": 3.0}
#: Arguments by class. Those of a base class are used for its subclasses.
ARGUMENTS: dict[type[WoowUpError], tuple[Any, ...]] = {
    WoowUpError: ("text",),
    errors.InvalidRecord: (REASONS,),
    errors.SourceError: ("text",),
    errors.JournalError: ("text",),
    errors.RecordsRejected: ("text", REPORT),
    errors.AdmissionTimeout: (1.5, 2.5),
    errors.ClientClosed: (),
    errors.TransportError: ("users.find", "the connection broke"),
    errors.ApiError: tuple(API.values()),
}


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Yield a package and the modules in it that can be imported here."""
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            try:
                yield importlib.import_module(found.name)
            except ImportError:  # an extra that is not installed
                continue


def classes(*packages: ModuleType) -> list[type[Any]]:
    """Return the classes that a module defines."""
    found = [
        each
        for package in packages
        for module in modules(package)
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
    ]
    return sorted(set(found), key=lambda each: (each.__module__, each.__qualname__))


ERRORS = [each for each in classes(woowup_async) if issubclass(each, Exception)]
#: Private classes never leave the library.
OWN = {"Exposed", "BodyError", "_Stopped", "BadQuery", "NewerSchema", "Unreadable", "Damaged"}
VALUES = [
    each
    for each in classes(_flow, models, outcomes, events, policies, ports, statistics)
    if (dataclasses.is_dataclass(each) or issubclass(each, msgspec.Struct)) and not each.__name__.startswith("_")
    and each not in (Model, Identified, Examination, ports.Request)
]  # fmt: skip
COPIES: list[Callable[[Any], Any]] = [
    copy.deepcopy, copy.copy, *(lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
]  # fmt: skip


def error_of(kind: type[Any]) -> Any:
    arguments = next(ARGUMENTS[base] for base in kind.__mro__ if base in ARGUMENTS)
    return kind(*arguments)


def test_every_error_is_found() -> None:
    assert {each.__name__ for each in ERRORS if not issubclass(each, WoowUpError)} == OWN
    assert set(classes(errors)) - {Reason} <= set(ERRORS)


def test_values_are_found_in_each_module() -> None:
    assert {Report, Tally, models.User, models.StoredUser, policies.RateLimit, events.RequestSent} <= set(VALUES)
    assert {statistics.LimiterStatistics, statistics.PoolStatistics, _flow.Item} <= set(VALUES)


@pytest.mark.parametrize("kind", [each for each in ERRORS if issubclass(each, WoowUpError)])
def test_errors(kind: type[WoowUpError]) -> None:
    error = error_of(kind)
    error.add_note("a note")
    error.of_the_caller = {"a": 1}
    if error.report is None:
        error.report = REPORT
    for copied in (make(error) for make in COPIES):
        assert type(copied) is kind
        assert (str(copied), copied.args, vars(copied)) == (str(error), error.args, vars(error))


def test_an_error_of_a_caller_that_derives_from_ours() -> None:
    error = OfCaller("users.find", shop=7)
    for copied in (make(error) for make in COPIES):
        assert (type(copied), str(copied), copied.shop) == (OfCaller, str(error), 7)


class OfCaller(errors.NotSent):
    def __init__(self, endpoint: str, *, shop: int) -> None:
        super().__init__(endpoint, "cannot connect")
        self.shop = shop


@pytest.mark.parametrize("kind", VALUES)
def test_values(kind: type[Any]) -> None:
    value = filled(kind)
    for copied in (make(value) for make in COPIES):
        assert type(copied) is kind
        assert copied == value
        assert repr(copied) == repr(value)


@pytest.mark.parametrize("kind", VALUES)
def test_values_with_required_fields_only(kind: type[Any]) -> None:
    value = filled(kind, required=True)
    assert all(make(value) == value for make in COPIES)


#: Texts that match the patterns and the rules of the models.
TEXTS = [
    "text", "ana@example.com", "AB-1", "123456", "2024-01-02 03:04:05", "2024-01-02", "ARG", "F",
]  # fmt: skip
SCALARS: dict[Any, Any] = {
    int: 2, float: 1.5, bool: True, bytes: b"ab", Decimal: Decimal("1.10"), object: "any", Any: {"a": [1, None]},
    datetime: datetime(2024, 1, 2, tzinfo=UTC), date: date(2024, 1, 2), NoneType: None,
    SSLContext: None,  # has a handle of this process
}  # fmt: skip
#: Values for fields whose type alone is not enough.
FIELDS: dict[str, Any] = {"margin": 1, "limit": 70, "reserve": 5, "share": 0.5, "segment": 30.0, "user_agent": "shop/1"}


def filled(kind: type[Any], *, required: bool = False) -> Any:
    """Return an instance with a value in each field."""
    hints = get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        needed = {
            each.name: each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            for each in dataclasses.fields(kind) if each.init
        }  # fmt: skip
    else:
        needed = {each.name: each.required for each in msgspec.structs.fields(kind)}
    if issubclass(kind, Identified) or "email" in needed:
        needed["email"] = True
    names = [name for name, is_needed in needed.items() if is_needed or not required]
    return kind(**{name: FIELDS.get(name, _of_type(hints[name])) for name in names})


def _of_type(hint: Any) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):
        return _annotated(hint)
    if origin in (Union, UnionType):
        return _of_type(next(each for each in parts if each is not NoneType))
    if origin is Literal:
        return parts[0]
    if origin in (list, tuple):
        return origin([_of_type(parts[0])])
    if origin in (dict, Mapping):
        return {"a": _of_type(parts[1])}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if isinstance(hint, type) and issubclass(hint, tuple):
        return hint(*map(_of_type, get_type_hints(hint).values()))
    if hint in SCALARS:
        return SCALARS[hint]
    return "text" if hint is str else filled(hint)


def _annotated(hint: Any) -> Any:
    pattern = next((meta.pattern for meta in hint.__metadata__ if getattr(meta, "pattern", None)), None)
    if pattern is None:
        return _of_type(get_args(hint)[0])
    return next(text for text in TEXTS if re.search(pattern, text))


def fails(number: int) -> int:
    if number == 0:
        raise errors.NotFound("users.find", 404, "user_not_found", "user not found", REASONS)
    return number


@pytest.mark.slow
def test_an_error_in_a_worker_does_not_break_its_pool() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with pytest.raises(errors.NotFound) as caught:
            pool.apply(fails, (0,))
        assert (caught.value.status, caught.value.reasons) == (404, REASONS)
        assert pool.apply(fails, (1,)) == 1
