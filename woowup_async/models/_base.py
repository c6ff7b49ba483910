"""The base of every request model: frozen, absent where unset, and checked at construction as at decode.

Room: models. Pure. msgspec's decoder checks types and builds instances without calling the class, so clean JSON pays
for the struct's own rules only; `Model(...)` is examined whole and reports all its reasons at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from woowup_async.errors import InvalidRecord, Reason, UnknownFields
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._build import as_sent, built, misnamed
from woowup_async.models._examine import examine
from woowup_async.models._fields import Attributes

#: In the order in which a key is taken from them.
IDENTIFIERS = ("service_uid", "email", "document", "telephone")


def without_absent(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out identifiers that say nothing: blanks, and words for a missing value such as "NULL"."""
    return {
        name: value
        for name, value in fields.items()
        if not (name in IDENTIFIERS and isinstance(value, str) and is_absent_identifier(value))
    }


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _CheckedMeta(msgspec.StructMeta):
    if not TYPE_CHECKING:

        def __call__(cls, /, **fields: object) -> object:
            if "service_uid" in cls.__struct_fields__:
                fields = without_absent(fields)
            found = examine(cls, fields, built=True)
            if found.unknown:
                raise UnknownFields([*(misnamed(*pair) for pair in found.unknown.items()), *found.reasons])
            if found.reasons:
                raise InvalidRecord(found.reasons)
            if found.whole or found.days or found.has_mappings:
                return super().__call__(**built(cls, fields))
            return super().__call__(**{name: as_sent(value) for name, value in fields.items()})


class Model(
    msgspec.Struct,
    metaclass=_CheckedMeta,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A request model.

    A mapping may stand for a nested model, a date or an aware datetime for its text. An aware datetime is written in
    UTC; midnight without a zone may stand for a day.

    Raises:
        InvalidRecord: with every broken rule and its path.
        UnknownFields: the model, or a mapping in it, has no field of this name. It names the field that was probably
            meant.

    """

    #: Fields that take `CLEAR`.
    clearable: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def rules(cls, fields: Mapping[str, Any]) -> Iterator[Reason]:
        """Yield what is wrong between fields; what is wrong with one field is in its type."""
        return iter(())

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy by name: msgspec's own way passes arguments by position, which `Model` does not take."""
        return _copied, (type(self), msgspec.structs.asdict(self))


def _copied(model: type[Model], fields: dict[str, Any]) -> Model:
    """Build what has held its rules before without an examination."""
    return msgspec.StructMeta.__call__(model, **fields)  # type: ignore[no-any-return]


def identifier_rule(fields: Mapping[str, Any]) -> Iterator[Reason]:
    """At least one of the four identifiers, and not an empty one."""
    if not any(fields.get(name) for name in IDENTIFIERS):
        yield Reason("", f"needs at least one of {', '.join(IDENTIFIERS)}")


class Identified(Model, kw_only=True):
    """A model that names a user, by at least one of four identifiers."""

    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    telephone: str | None = None

    @classmethod
    def rules(cls, fields: Mapping[str, Any]) -> Iterator[Reason]:
        """Require an identifier."""
        return identifier_rule(fields)

    def __post_init__(self) -> None:
        """Hold the rule between fields when decoded."""
        if not (self.service_uid or self.email or self.document or self.telephone):
            raise InvalidRecord(tuple(identifier_rule({})))


_Scalar = str | bool | int | float
_PlainAttributes = dict[str, _Scalar | list[_Scalar]]


@cache
def bare(model: type[Model], *, patterned: bool = True, plain: bool = False) -> type[msgspec.Struct]:
    """The fields of a model as a struct that only decodes: nothing of Python runs for each record.

    What may be absent is `UNSET` there, not None, so that a `null` in the JSON is not a match.

    `patterned`: whether texts are checked against their patterns; if not, the caller must check them.
    `plain`: whether free attributes are but scalars and lists of them, so that no null hides in them.
    """
    types = get_type_hints(model, include_extras=True)
    fields: list[Any] = []
    for spec in msgspec.structs.fields(model):
        hint = _bared(types[spec.name], patterned, plain)
        fields.append((spec.name, hint) if spec.required else (spec.name, hint | msgspec.UnsetType, msgspec.UNSET))
    options: dict[str, Any] = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True, "gc": False}
    return msgspec.defstruct(f"Bare{model.__name__}", fields, **options)


def _bared(hint: Any, patterned: bool, plain: bool) -> Any:
    """A type without None, at every depth that a model has."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kept = [meta for meta in hint.__metadata__ if patterned or not meta.pattern]
        inner = _bared(parts[0], patterned, plain)
        return Annotated[(inner, *kept)] if kept else inner
    if origin in (Union, UnionType):
        return reduce(or_, [_bared(part, patterned, plain) for part in parts if part is not NoneType])
    if origin is list:
        return list[_bared(parts[0], patterned, plain)]  # type: ignore[misc]
    if hint == Attributes:
        return _PlainAttributes if plain else hint
    return bare(hint, patterned=patterned, plain=plain) if isinstance(hint, type) and issubclass(hint, Model) else hint
