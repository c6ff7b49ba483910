"""Records with any values are encoded or refused with a path. Nothing is raised."""

import copy
import json
from functools import reduce
from random import Random
from typing import Any

import pytest

from tests.support.poison import MAKERS, MEANINGS, REFUSED, made, meaning, places, put
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded, Shape
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import InvalidRecord
from woowup_async.models import Prices, Purchase, PurchaseItem, User
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS
from woowup_async.outcomes import Rejected

PURCHASE: dict[str, Any] = {
    "invoice_number": "F-1", "service_uid": "u-1", "email": "ana@example.com", "branch_name": "Centro",
    "createtime": "2024-01-02 03:04:05", "approvedtime": "2024-01-02 03:04:05",
    "prices": {"gross": 1.5, "total": 1.5}, "payment": [{"type": "cash", "total": 1.5}],
    "seller": {"email": "s@example.com", "name": "S"}, "metadata": {"a": {"b": [1]}}, "custom_attributes": {"a": 1},
    "purchase_detail": [
        {
            "sku": "AB-1", "quantity": 1, "unit_price": 1.5, "custom_attributes": {"x": "y"},
            "category": [{"id": "1", "name": "c"}],
        }
    ],
}  # fmt: skip
USER: dict[str, Any] = {
    "service_uid": "u-1", "email": "ana@example.com", "document": "123", "telephone": "+5491155550000",
    "first_name": "Ana", "birthdate": "1990-01-01", "club_inscription_date": "2020-01-01", "tags": "a,b",
    "custom_attributes": {"a": 1, "l": [1]},
}  # fmt: skip
SHAPES: list[tuple[Shape, dict[str, Any]]] = [(PurchaseShape(262_144), PURCHASE), (UserShape(262_144), USER)]
ABSENT = object()
#: Places of any JSON value.
FREE = [("custom_attributes", "a"), ("metadata", "a", "b"), ("unheard_of",)]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """Return the value at a place, or `ABSENT`."""
    try:
        return reduce(lambda inside, name: inside[name], path, value)
    except (KeyError, IndexError):
        return ABSENT


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy without the value at one place."""
    rest = copy.deepcopy(value)
    if at(rest, path) is not ABSENT:
        del reduce(lambda inside, name: inside[name], path[:-1], rest)[path[-1]]
    return rest


def written(path: tuple[Any, ...]) -> str:
    """Return a place in the form of the reasons."""
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in path).removeprefix(".")


def held(shape: Shape, base: dict[str, Any], path: tuple[Any, ...], value: Any, said: Any) -> None:
    """Compare the result for one record with the expected one."""
    record = copy.deepcopy(base)
    put(record, path, value)
    result = shape.encode(record)
    identifiers_of(record)
    if isinstance(shape, UserShape) and (less := shape.salvaged(record)) is not None:
        assert isinstance(json.loads(less.body), dict)
    if isinstance(result, Rejected):
        assert (result.by, bool(result.reasons)) == ("client", True)
        place = written(path)
        paths = [reason.path for reason in result.reasons if reason.path]
        assert any(each.startswith(place) or place.startswith(each) for each in paths), result.reasons
        is_free = path in FREE and said != MEANINGS["400 digits"]
        assert not is_free or said is REFUSED, result.reasons
        return
    assert isinstance(result, Encoded)
    body = json.loads(result.body)
    assert without(body, path) == without(base, path)
    assert said is not REFUSED
    if path == ("invoice_number",) and type(said) is int:
        said = str(said)
    says_nothing = path[0] in IDENTIFIERS and isinstance(said, str) and is_absent_identifier(said)
    expected = ABSENT if said is None or says_nothing else said
    found = at(body, path)
    assert (found, repr(found)) == (expected, repr(expected))


def test_the_records_are_valid() -> None:
    for shape, base in SHAPES:
        assert isinstance(shape.encode(base), Encoded), shape.encode(base)


@pytest.mark.untraced
@pytest.mark.parametrize("name", MAKERS)
def test_each_value_at_each_place(name: str) -> None:
    for shape, base in SHAPES:
        for path in (*places(base), ("unheard_of",)):
            held(shape, base, path, MAKERS[name](), meaning(name))


def fuzz(seed: int, rounds: int) -> None:
    random = Random(seed)
    for _ in range(rounds):
        shape, base = random.choice(SHAPES)
        path = random.choice([*places(base), ("unheard_of",)])
        held(shape, base, path, *made(random))


def test_random_values_at_random_places() -> None:
    fuzz(7, 500)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_many_random_values_at_random_places() -> None:
    fuzz(8, 20_000)


@pytest.mark.parametrize("name", MAKERS)
def test_each_value_in_place_of_a_record(name: str) -> None:
    for shape, _ in SHAPES:
        result = shape.encode(MAKERS[name]())
        assert isinstance(result, Rejected) or name == "model"
        if isinstance(shape, UserShape):
            assert shape.salvaged(MAKERS[name]()) is None
    assert isinstance(identifiers_of(MAKERS[name]()), tuple)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        *(
            ("createtime", name)
            for name in ("last time", "first time east", "zone fails", "no offset", "naive", "cycle")
        ),
        *(("metadata", name) for name in ("family", "cycle", "5,000 digits", "snan", "surrogate", "900 levels", "set")),
        *(("invoice_number", name) for name in ("5,000 digits", "surrogate", "family")),
    ],
)
def test_a_model_is_built_or_says_what_is_wrong(field: str, name: str) -> None:
    value = {"n": MAKERS[name]()} if field == "metadata" else MAKERS[name]()
    line = PurchaseItem(sku="AB-1", quantity=1, unit_price=1)
    fields: dict[str, Any] = {
        "invoice_number": "1",
        "email": "a@b.co",
        "prices": Prices(total=1),
        "purchase_detail": [line],
    }
    with pytest.raises(InvalidRecord) as caught:
        Purchase(**fields | {field: value})
    assert [reason.path[: len(field)] for reason in caught.value.reasons] == [field]


def test_a_bad_change_in_a_dict_of_a_model_is_refused_with_its_path() -> None:
    free: dict[str, Any] = {"a": 1}
    user = User(email="a@b.co", custom_attributes=free)
    for name in ("nan", "silent", "cycle", "zone fails"):
        free["a"] = MAKERS[name]()
        result = SHAPES[1][0].encode(user)
        assert isinstance(result, Rejected)
        assert result.reasons[0].path.startswith("custom_attributes.a")


def test_nulls_inside_models_inside_a_mapping_are_left_out() -> None:
    line = PurchaseItem(sku="AB-1", quantity=1, unit_price=1.5, custom_attributes={"a": None, "b": [None, 1]})
    result = SHAPES[0][0].encode(PURCHASE | {"purchase_detail": [line]})
    assert isinstance(result, Encoded)
    assert json.loads(result.body)["purchase_detail"][0]["custom_attributes"] == {"b": [1]}


@pytest.mark.parametrize("levels", [62, 63, 900, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_raw_json_of_many_levels(levels: int, opened: str, closed: str) -> None:
    free = opened * levels + "1" + closed * levels
    for shape, base in SHAPES:
        record = base | {"custom_attributes": {"a": "MARK"}}
        result = shape.encode(json.dumps(record).replace('"MARK"', free).encode())
        if levels <= 62:
            assert isinstance(result, Encoded)
            assert json.loads(result.body) == base | {"custom_attributes": {"a": json.loads(free)}}
        else:
            assert isinstance(result, Rejected)


@pytest.mark.parametrize(
    "text", ["9" * 5_000, "NaN", "Infinity", "-Infinity", "1e999", '"\\ud800"', '"\ud800"', "-0", "-0.0", "1E-9999"]
)
def test_raw_json_with_values_that_no_double_or_text_holds(text: str) -> None:
    for shape, base in SHAPES:
        for path in (*places(base), ("unheard_of",)):
            record = copy.deepcopy(base)
            put(record, path, "MARK")
            raw = json.dumps(record).replace('"MARK"', text).encode(errors="surrogatepass")
            result = shape.encode(raw)
            assert isinstance(identifiers_of(raw), tuple)
            if isinstance(result, Rejected):
                assert result.reasons
                continue
            assert text in ("-0", "-0.0", "1E-9999") or path == ("invoice_number",)
            said = json.loads(raw)
            if path == ("invoice_number",):
                said["invoice_number"] = str(said["invoice_number"])
            assert json.loads(result.body) == said
