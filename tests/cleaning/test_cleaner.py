"""The rules that a cleaner applies, and the fields that they change."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.cleaning import RULES, Cleaner
from woowup_async.errors import InvalidRecord
from woowup_async.models import User

TODAY = date(2026, 3, 1)


class TestCleaner:
    def cleaner(self, *rules: str, region: str | None = "AR") -> Cleaner:
        return Cleaner(rules, region=region, today=TODAY)

    def test_only_named_rules_are_applied(self) -> None:
        fields = {"email": " Ana@X.com", "telephone": "11 4123-4567", "first_name": "ANA", "gender": "Femenino"}

        cleaned, changes = self.cleaner("gender", "names").clean(fields)

        assert cleaned == fields | {"first_name": "Ana", "gender": "f"}
        assert [(change.field, change.old, change.new) for change in changes] == [
            ("gender", "Femenino", "f"), ("first_name", "ANA", "Ana"),
        ]  # fmt: skip

    def test_a_place_is_not_written_as_a_person(self) -> None:
        fields = {"first_name": "JUAN", "last_name": "PAZ II", "state": "SP", "city": "CABA", "department": "LIMA"}

        assert self.cleaner("names").clean(fields)[0] == {
            "first_name": "Juan", "last_name": "Paz II", "state": "SP", "city": "CABA", "department": "Lima",
        }  # fmt: skip

    def test_email_strict_is_applied_instead_of_email(self) -> None:
        fields = {"email": "user@x.com", "document": "1"}

        assert self.cleaner("email").clean(fields)[0] == fields
        for rules in (("email:strict",), ("email:strict", "email")):
            assert self.cleaner(*rules).clean(fields)[0] == {"document": "1"}

    def test_the_last_identifier_is_kept_for_the_check(self) -> None:
        cleaner = self.cleaner("email", "telephone")

        assert cleaner.clean({"email": "nobody", "document": "1"})[0] == {"document": "1"}
        assert cleaner.clean({"email": "nobody", "document": ""})[0] == {"email": "nobody", "document": ""}
        assert cleaner.clean({"email": "nobody", "telephone": "nobody"})[0] == {"telephone": "nobody"}

    def test_values_of_the_wrong_type_are_left_to_the_check(self) -> None:
        fields: dict[str, Any] = {"email": 7, "tags": ["a"], "custom_attributes": "x", "birthdate": None}

        assert self.cleaner(*RULES).clean(fields) == (fields, ())

    def test_cleaned_values_pass_the_check(self) -> None:
        fields: dict[str, Any] = {
            "document": "1", "email": "a@b", "gender": "mujer", "birthdate": "1/2/90", "telephone": "1+1",
            "street": "x" * 200, "tags": ",", "custom_attributes": {"Á": 1},
        }  # fmt: skip
        with pytest.raises(InvalidRecord):
            User(**fields)

        assert User(**self.cleaner(*RULES).clean(fields)[0])

    def test_unknown_names_and_regions_are_refused(self) -> None:
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

    def test_a_document_has_one_form_in_users_and_purchases(self) -> None:
        cleaner = self.cleaner("document")
        user = {"email": "ana@x.com", "document": "DNI 30.111.222", "document_type": "DNI", "country": "CHL"}

        for document in ("30.111.222", "30111222", 30111222, "30111222\u200b"):
            purchase: dict[str, Any] = {"invoice_number": "1", "document": document}
            cleaned = cleaner.clean(purchase)[0]
            assert str(cleaned["document"]) == cleaner.clean(user)[0]["document"] == "30111222"
        assert cleaner.clean({"document": 0, "email": "ana@x.com"})[0] == {"email": "ana@x.com"}
        assert cleaner.clean({"document": True}) == ({"document": True}, ())

    def test_an_identifier_of_nobody_that_is_alone_is_a_fault(self) -> None:
        cleaner = self.cleaner("email", "document", "telephone")

        for fields, faults in (
            ({"document": "99999999"}, ["document: is a placeholder, and there is no other identifier"]),
            ({"email": "noemail@noemail.com"}, ["email: is a placeholder, and there is no other identifier"]),
            ({"email": "ana maria@gmail.com", "document": "0"},
             ["document: is a placeholder, and there is no other identifier"]),
            ({"telephone": "nobody"}, []),
            ({"document": "99999999", "service_uid": "7"}, []),
            ({"document": "30111222"}, []),
        ):  # fmt: skip
            assert [str(fault) for fault in cleaner.judged(fields).faults] == faults


_PARTS = {
    "email": ["ana@x.com", " ANA@x.com", "ana maria@gmail.com", "ana.maria@gmial.com", "noemail@noemail.com", ""],
    "document": ["30.111.222", "30111222", "99999999", "20-12345678-7", "DNI 30111222", "12.531.909-2", ""],
    "telephone": ["11 4123-4567", "+54 11 4123 4567", "1", ""],
    "service_uid": ["7", ""],
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in _PARTS.items()}))
def test_a_purchase_keeps_the_identifiers_of_its_customer(identifiers: dict[str, str]) -> None:
    cleaner = Cleaner(("email", "document", "telephone", "names"), region="AR", today=TODAY)
    user = cleaner.judged(identifiers | {"first_name": "ANA", "document_type": "CUIT", "country": "BRA"})
    purchase = cleaner.judged({"invoice_number": "1"} | identifiers)

    for name in _PARTS:
        assert user.fields.get(name) == purchase.fields.get(name)
    assert user.faults == purchase.faults
