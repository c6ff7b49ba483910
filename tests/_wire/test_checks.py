"""JSON with a repeated name. It is not known which value the server keeps, so only the last one is sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded, Shape
from woowup_async._wire.user_shape import UserShape

PURCHASE = (
    '{"invoice_number":"1","email":"a@b.co","createtime":"2024-01-02 03:04:05","branch_name":"B:1",%s'
    '"prices":{%s"total":1.50},"metadata":{"a":{"b":{%s"c":1}}},"purchase_detail":[{%s"sku":"AB-1","quantity":1,'
    '"unit_price":1.50}]}'
)
USER = '{"email":"a@b.co",%s"custom_attributes":{%s"a":1}}'
#: The places in which a name can be repeated.
PLACES = ["top", "prices", "metadata", "line"]
SHAPE, USERS = PurchaseShape(262_144), UserShape(262_144)

TWICE = [
    '"%s": %s, "%s": %s,',
    '"%s" : %s , "%s"\t:\n%s ,',
    '"%s":%s,"\\u0022":1,"%s":%s,',
    '"%s":%s,"x\\u003ay":2,"%s":%s,',
    '"%s":%s,"x\\u003Ay":"a\\u003a","%s":%s,',
    '"%s":%s,"x:y":":","%s":%s,',
]
NAMES = {"top": "points", "prices": "gross", "metadata": "d", "line": "cost"}


def sent(raw: str, shape: Shape = SHAPE) -> Encoded:
    result = shape.encode(raw.encode())
    assert isinstance(result, Encoded), result
    return result


def purchase(place: str, text: str) -> str:
    return PURCHASE % tuple(text if each == place else "" for each in PLACES)


@pytest.mark.parametrize("twice", TWICE)
@pytest.mark.parametrize("place", PLACES)
def test_the_last_value_is_sent_alone(place: str, twice: str) -> None:
    name = NAMES[place]
    raw = purchase(place, twice % (name, 1, name, 2))
    result = sent(raw)
    assert result.rewritten
    assert result.body.count(b'"%b":' % name.encode()) == 1
    assert json.loads(result.body) == json.loads(raw)


@pytest.mark.parametrize("place", PLACES)
def test_a_name_is_the_same_with_escapes(place: str) -> None:
    raw = purchase(place, '"qq":1,"\\u0071q":2,')
    result = sent(raw)
    assert (result.rewritten, result.body.count(b'"qq":')) == (True, 1)
    assert json.loads(result.body) == json.loads(raw)


@pytest.mark.parametrize("twice", TWICE)
@pytest.mark.parametrize("place", range(2))
def test_users(place: int, twice: str) -> None:
    text = twice % ("first_name", '"A"', "first_name", '"B"')
    raw = USER % tuple(text if each == place else "" for each in range(2))
    result = sent(raw, USERS)
    assert (result.rewritten, result.body.count(b'"first_name":')) == (True, 1)
    assert json.loads(result.body) == json.loads(raw)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "text", ["", '"x": 1.50,', '"x\\u003ay":"a\\u003A",', '"\\u0022" : ":",', '"a:b":1,', '"x":{"y":1},"z":{"y":1},']
)
def test_names_that_differ_pass_byte_for_byte(place: str, text: str) -> None:
    raw = purchase(place, text)
    assert (sent(raw).body.decode(), sent(raw).rewritten) == (raw, False)


NAME = st.sampled_from(["a", "b", "a:b", "\\u0061", "a\\u003ab", "a\\u003Ab", '\\"', "\\u0022", "é", "\\u00e9"])
JSON = st.recursive(
    st.sampled_from(["1", "1.50", '"t"', '":"', '"\\u003a"', "true", "[]"]),
    lambda inner: st.one_of(
        st.lists(st.tuples(NAME, st.sampled_from([":", " :", ": "]), inner), max_size=4).map(
            lambda members: "{" + ",".join(f'"{name}"{colon}{value}' for name, colon, value in members) + "}"
        ),
        st.lists(inner, max_size=3).map(lambda each: "[" + ",".join(each) + "]"),
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_passes_unchanged_unless_a_name_is_repeated(text: str) -> None:
    raw = f'{{"email":"a@b.co","custom_attributes":{{"n":{text}}}}}'
    twice: list[object] = []

    def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            twice.append(pairs)
        return dict(pairs)

    meant = json.loads(raw, object_pairs_hook=distinct)
    result = sent(raw, USERS)
    assert result.rewritten == bool(twice)
    assert json.loads(result.body) == meant
    assert twice or result.body.decode() == raw
