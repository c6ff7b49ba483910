"""Each rule: what it changes, what it drops, what it leaves alone; and the vendor's bugs that it does not have."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.cleaning import (
    RULES,
    Cleaned,
    Cleaner,
    birthdate,
    custom_attributes,
    email,
    gender,
    name,
    postcode,
    street,
    tags,
    telephone,
)
from woowup_async.errors import InvalidRecord
from woowup_async.models import User

TODAY = date(2026, 3, 1)


def born(value: str) -> Cleaned:
    return birthdate(value, TODAY)


def phone(value: str) -> Cleaned:
    return telephone(value, "AR")


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (email, " Ana@Example.org ", "ana@example.org"),
        (email, "mailto:ana@x.com", "ana@x.com"),
        (email, "ana.maria@gamil.con", "ana.maria@gmail.com"),
        (email, "ana.maria@gmail", "ana.maria@gmail.com"),
        (email, "josé..perez_@gmail.com", "jose.perez@gmail.com"),
        (email, "anamaria+shop@gmail.com", "anamaria+shop@gmail.com"),
        (email, "ana-maria@x.com-123456b.ct.vtex.com.br", "ana-maria@x.com"),
        (email, "12345678-ana@x.com-123456b.ct.vtex.com.br", "ana@x.com"),
        (email, "nombre.apellido@x.com", "nombre.apellido@x.com"),
        (email, "ana@abigail.com", "ana@abigail.com"),
        (email, "ana@amigomail.com", "ana@amigomail.com"),
        (email, "ana@gail.com", "ana@gail.com"),
        (email, "notieneprisa@x.com", "notieneprisa@x.com"),
        (email, "a0123456789abcdef0123@ct.vtex.com.br", None),
        (email, "noemail@noemail.com", None),
        (email, "no-reply@x.com", "no-reply@x.com"),
        (email, "tienda.noreply@x.com", None),
        (email, "test12@x.com", None),
        (email, "ana@x.com, eva@x.com", None),
        (email, "ana", None),
        (email, "muñoz.ana@gmail.com", None),
        (email, "ana@gmail.com", None),
        (email, "anaaaaaaa@gmail.com", None),
        (phone, "11 4123-4567", "+541141234567"),
        (phone, "011 15 4123-4567", "+5491141234567"),
        (phone, "+54 9 11 4123 4567", "+5491141234567"),
        (phone, "0054 11 4123 4567", "+541141234567"),
        (phone, "11 4123-4567 / 11 4999-9999", "+541141234567"),
        (phone, "+573104567890", "+573104567890"),
        (phone, "51 4123 4567", None),
        (phone, "114123+4567", None),
        (phone, "1111111111", None),
        (phone, "no tiene", None),
        (phone, "12345678", None),
        (born, "1990-02-01", "1990-02-01"),
        (born, "01/02/1990", "1990-02-01"),
        (born, "1-2-1990", "1990-02-01"),
        (born, "1990-02-01T03:00:00.000Z", "1990-02-01"),
        (born, "19900201", "1990-02-01"),
        (born, "31/02/1990", None),
        (born, "02/28/1990", None),
        (born, "0000-00-00", None),
        (born, "1899-12-31", None),
        (born, "1970-01-01", None),
        (born, "2026-03-02", None),
        (born, "2026-03-01", "2026-03-01"),
        (gender, " Femenino", "f"),
        (gender, "M", "m"),
        (gender, "otro", None),
        (gender, "", None),
        (name, "MARÍA  DE LOS ÁNGELES", "María de los Ángeles"),
        (name, "o'higgins-álvarez", "O'Higgins-Álvarez"),
        (name, "McDonald", "McDonald"),
        (name, "  ", None),
        (street, " Calle 1 ", "Calle 1"),
        (street, "ñ" * 20, "ñ" * 16),
        (street, "/" * 60, "/" * 50),
        (street, "a" * 100, "a" * 100),
        (postcode, "C1425ABC   9999999", "C1425ABC   99999"),
        (tags, " vip , new,vip,,", "vip,new"),
        (tags, "vip2,vip", "vip2,vip"),
        (tags, " , ", None),
        (custom_attributes, {"Talle Único": 1, "b-c": 2}, {"talle_unico": 1, "b_c": 2}),
        (custom_attributes, {"a b": 1, "a-b": 2, "C": 3}, {"a b": 1, "a-b": 2, "c": 3}),
    ],
)
def test_a_rule(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    found = rule(value)

    assert found.value == expected
    assert found.changed == (found.value != value)
    assert bool(found.why) == found.changed


def told(rule: Callable[[Any], Cleaned], value: Any) -> Any:
    """What is left after a second time."""
    once = rule(value).value
    return once if once is None else rule(once)


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", [email, phone, born, gender, name, street, postcode, tags])
def test_a_rule_takes_any_text_and_its_own_result_unchanged(rule: Callable[[Any], Cleaned], value: str) -> None:
    again = told(rule, value)

    assert again is None or not again.changed


@given(st.text(max_size=300))
def test_a_street_fits_and_is_never_shorter_than_needed(value: str) -> None:
    def measure(text: str) -> int:
        return len(json.dumps(text).replace("/", "\\/")) - 2

    cut = street(value).value

    if cut is None:
        assert not value.strip()
        return
    assert measure(cut) <= 100
    rest = value.strip()[len(cut) :]
    assert not rest or measure(value.strip()[: len(cut) + len(rest) - len(rest.lstrip()) + 1]) > 100


class TestCleaner:
    def cleaner(self, *rules: str, region: str | None = "AR") -> Cleaner:
        return Cleaner(rules, region=region, today=TODAY)

    def test_only_what_is_named_is_touched(self) -> None:
        fields = {"email": " Ana@X.com", "telephone": "11 4123-4567", "first_name": "ANA", "gender": "Femenino"}

        cleaned, changes = self.cleaner("gender", "names").clean(fields)

        assert cleaned == fields | {"first_name": "Ana", "gender": "f"}
        assert [(change.field, change.old, change.new) for change in changes] == [
            ("gender", "Femenino", "f"), ("first_name", "ANA", "Ana"),
        ]  # fmt: skip

    def test_the_last_identifier_stays_to_be_refused_where_it_is_checked(self) -> None:
        cleaner = self.cleaner("email", "telephone")

        assert cleaner.clean({"email": "nobody", "document": "1"})[0] == {"document": "1"}
        assert cleaner.clean({"email": "nobody", "document": ""})[0] == {"email": "nobody", "document": ""}
        assert cleaner.clean({"email": "nobody", "telephone": "nobody"})[0] == {"telephone": "nobody"}

    def test_values_of_the_wrong_type_are_left_to_the_check(self) -> None:
        fields: dict[str, Any] = {"email": 7, "tags": ["a"], "custom_attributes": "x", "birthdate": None}

        assert self.cleaner(*RULES).clean(fields) == (fields, ())

    def test_what_is_cleaned_passes_the_check(self) -> None:
        fields: dict[str, Any] = {
            "document": "1", "email": "a@b", "gender": "mujer", "birthdate": "1/2/90", "telephone": "1+1",
            "street": "x" * 200, "tags": ",", "custom_attributes": {"Á": 1},
        }  # fmt: skip
        with pytest.raises(InvalidRecord):
            User(**fields)

        assert User(**self.cleaner(*RULES).clean(fields)[0])

    def test_names_and_regions_that_are_none_are_told(self) -> None:
        with pytest.raises(ValueError, match=r"phone: the rules are email, telephone"):
            self.cleaner("phone")
        with pytest.raises(ValueError, match="unknown region 'Argentina': give two letters"):
            self.cleaner("telephone", region="Argentina")
        assert (
            self.cleaner("telephone", region="ar").clean({"telephone": "11 4123-4567"})[0]["telephone"]
            == "+541141234567"
        )

    def test_without_a_region_numbers_need_a_country_code(self) -> None:
        cleaner = self.cleaner("telephone", region=None)

        assert cleaner.clean({"document": "1", "telephone": "11 4123-4567"})[0] == {"document": "1"}
        assert cleaner.clean({"telephone": "+54 11 4123-4567"})[0] == {"telephone": "+541141234567"}
