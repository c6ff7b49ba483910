"""`Purchase` and `User` as bodies of an app's own routes: checked whole, and described in its OpenAPI document.

Room: contrib, an edge. It needs the extra `fastapi`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import cleandoc
from typing import Annotated, Any

import msgspec
from fastapi import Body
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from woowup_async._wire.checks import encoder
from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models import Purchase, User
from woowup_async.models._base import Model

#: The type of an error of a record, in the list that FastAPI makes of them.
RECORD_ERROR = "woowup_record"
_PART = re.compile(r"[^.\[\]]+")


def location_of(path: str) -> tuple[str | int, ...]:
    """Return the parts of a path such as `purchase_detail[0].sku`."""
    return tuple(int(part) if part.isdigit() else part for part in _PART.findall(path))


class RecordSchema:
    """Lets pydantic check one of our models by the model's own rules.

    Names that the model does not have are refused. A body is built as the model, so None and null mean absent.
    """

    def __init__(self, model: type[Model]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Return the check, and what a response is made of."""
        return core_schema.no_info_plain_validator_function(
            self._checked,
            ref=f"woowup_async.models.{self._model.__name__}:1",
            serialization=core_schema.plain_serializer_function_ser_schema(_as_json),
            metadata={"pydantic_js_functions": [self._described]},
        )

    def _checked(self, value: object) -> Model:
        if isinstance(value, self._model):
            return value
        try:
            if not isinstance(value, Mapping):
                raise InvalidRecord([Reason("", f"expected an object, got {type(value).__name__}")])
            return self._model(**value)
        except InvalidRecord as error:
            reasons: list[InitErrorDetails] = [
                {
                    "type": PydanticCustomError(RECORD_ERROR, reason.message),
                    "loc": location_of(reason.path),
                    "input": None,
                }
                for reason in error.reasons
            ]
            raise ValidationError.from_exception_data(self._model.__name__, reasons) from None

    def _described(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        """Return the model's JSON Schema. Nested models are in it, each with its name as the title."""
        _, models = msgspec.json.schema_components([self._model], ref_template="{name}")
        described: dict[str, Any] = _inlined(models[self._model.__name__], models)
        return described


def _inlined(value: Any, models: Mapping[str, Any]) -> Any:
    """Return a part of a schema with the other models in the places of references to them."""
    match value:
        case {"$ref": str() as name}:
            return _inlined(models[name], models)
        case dict():
            held = {key: _inlined(inner, models) for key, inner in value.items()}
            if isinstance(text := held.get("description"), str):
                # not what a docstring says to users of Python; its indent is already removed in Python 3.13
                held["description"] = cleandoc(text).partition("\n\nRaises:")[0]
            if isinstance(pattern := held.get("pattern"), str):
                held["pattern"] = pattern.replace(r"\Z", "$")  # the dialect of JSON Schema has no \Z
            return held
        case list():
            return [_inlined(inner, models) for inner in value]
    return value


def _as_json(record: object) -> Any:
    return msgspec.json.decode(encoder.encode(record))


#: Bodies of a handler: `async def order(order: PurchaseBody, ingester: IngesterDependency)`.
PurchaseBody = Annotated[Purchase, RecordSchema(Purchase), Body()]
UserBody = Annotated[User, RecordSchema(User), Body()]
