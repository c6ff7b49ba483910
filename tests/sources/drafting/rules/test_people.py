"""Identifiers, names and addresses of customers."""

from typing import Any

import pytest

from tests.support.drafts import look
from woowup_async.sources.drafting.rules.people import identity, person


def _person(*lines: str) -> dict[str, dict[str, Any]]:
    return {field.name: field.rule for field in person(look(*lines, contents="customers"), {}) if field.is_on}


@pytest.mark.parametrize(
    ("lines", "field", "rule"),
    [
        (("E-mail", "Ana@x.co"), "email", {"column": "E-mail", "case": "lower"}),
        (("DNI", "27.345.678", "30111222"), "document", {"column": "DNI", "case": "digits"}),
        (("DNI", "30111222"), "document", {"column": "DNI", "as": "id"}),
        (("RUT", "11111111-K", "11.111.112-3"), "document",
         {"column": "RUT", "replace": {"[^0-9A-Za-z]": ""}, "case": "upper"}),
        (("Customer ID,Email", "0,a@x.co", "7,b@x.co"), "service_uid",
         {"column": "Customer ID", "null": ["0"], "as": "id"}),
        (("Celular,Teléfono", "+5491100000000,", ",+5491100000001"), "telephone",
         {"first_of": ["Celular", "Teléfono"]}),
    ],
)  # fmt: skip
def test_identifiers(lines: tuple[str, ...], field: str, rule: dict[str, Any]) -> None:
    found = identity(look(*lines, contents="customers"), field)
    assert found is not None
    assert found.rule == rule


def test_what_is_no_address_is_not_sent() -> None:
    found = identity(look("Mail", "a@x.co", "b@x.co", "no tiene", contents="customers"), "email")
    assert found is not None
    assert list(found.rule) == ["column", "replace", "case"]
    assert identity(look("Mail", "a@x.co", contents="customers"), "document") is None


@pytest.mark.parametrize(
    ("header", "cell", "first", "last"),
    [
        ("Apellido y nombre", '"Paz, Ana"', {"split_name": "first"}, {"split_name": "last"}),
        ("Nombre completo", "Ana Paz", {"split_name": "first"}, {"split_name": "last"}),
        ("Nombre y apellido", "Ana Paz", {"split_name": "first"}, {"split_name": "last"}),
    ],
)
def test_full_names(header: str, cell: str, first: dict[str, str], last: dict[str, str]) -> None:
    found = _person(f"{header},Mail", f"{cell},a@x.co")
    assert found["first_name"] == {"column": header} | first
    assert found["last_name"] == {"column": header} | last


def test_two_names() -> None:
    found = _person("Nombre,Apellido,Mail", "Ana,Paz,a@x.co")
    assert (found["first_name"], found["last_name"]) == ({"column": "Nombre"}, {"column": "Apellido"})


def test_addresses() -> None:
    found = _person("Mail,Dirección,Número,Piso,Ciudad,Provincia,Código postal,País",
                    "a@x.co,Calle Sur,9,2 B,Rosario,Santa Fe,2000,Argentina")  # fmt: skip
    assert found["street"] == {"template": "{Dirección}[ {Número}][, {Piso}]"}
    assert found["postcode"] == {"column": "Código postal", "as": "id"}
    assert found["country"] == {"column": "País", "as": "country"}


def test_countries_that_are_not_known() -> None:
    found = _person("Mail,País", "a@x.co,Argentina", "b@x.co,Narnia")
    assert found["country"] == {"column": "País", "as": "country", "null": ["Narnia"]}
    (country,) = (field for field in person(look("Mail,País", "a@x.co,Narnia", contents="customers"), {}))
    assert not country.is_on


def test_a_status_is_no_state() -> None:
    assert "state" not in _person("Mail,Estado", "a@x.co,Activo")
    assert _person("Mail,Estado", "a@x.co,Santa Fe")["state"] == {"column": "Estado"}


def test_birthday_gender_and_consent() -> None:
    lookups: dict[str, dict[str, Any]] = {}
    lines = ("Mail,Fecha de nacimiento,Sexo,Acepta marketing", "a@x.co,25/01/1990,Femenino,Sí", "b@x.co,,?,No")
    found = {field.name: field for field in person(look(*lines, contents="customers"), lookups)}
    assert found["birthdate"].rule == {"column": "Fecha de nacimiento", "as": "date", "format": ["%d/%m/%Y"]}
    assert found["gender"].why.endswith("1 values are not known and left out")
    assert lookups["genders"] == {"Femenino": "f", "*": ""}
    assert lookups["consents"] == {"Sí": "enabled", "No": "disabled", "*": ""}


def test_a_telephone_number_of_several_customers_is_nobodys() -> None:
    lines = ("Mail,Celular", "a@x.co,+5491100000000", "b@x.co,+5491100000000", "c@x.co,+5491100000001")
    found = identity(look(*lines, contents="customers"), "telephone")
    assert found is not None
    assert found.rule["null"] == ["+5491100000000"]
    rows = [f"{owner}{n}@x.co,+54911000000{n:02}" for n in range(20) for owner in "ab"]
    many = identity(look("Mail,Celular", *rows, contents="customers"), "telephone")
    assert many is not None
    assert not many.is_on
    assert many.why == "20 of its values belong to several customers, who would become one"


def test_a_document_of_three_customers_is_nobodys() -> None:
    lines = ("Mail,DNI", *(f"{owner}@x.co,22333444" for owner in "abc"), "d@x.co,30111222", "e@x.co,30111222")
    found = identity(look(*lines, contents="customers"), "document")
    assert found is not None
    assert found.rule["null"] == ["22333444"]
