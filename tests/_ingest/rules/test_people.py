"""Which identifiers belong together, compared with a simple model of sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.people import People, aliases_of, linked_by, links_of
from woowup_async._ingest.rules.seen_purchases import Recent
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released

NAMES = ["email:ana@b.co", "email:Ana@b.co", "document:1", "document:2", "service_uid:9", "telephone:5"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accept", "doubt", "link", "confirm"]),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
        st.integers(0, 9),
    ),
    max_size=25,
)


class Model:
    """Groups of names, a version for each group, and the names that are known."""

    def __init__(self) -> None:
        self.groups: list[set[str]] = []
        self.versions: list[bytes] = []
        self.known = set[str]()

    def join(self, names: list[str], version: bytes | None) -> None:
        links = set(links_of(names))
        touched = [index for index, group in enumerate(self.groups) if group & links]
        merged = links.union(*(self.groups[index] for index in touched))
        before = [self.versions[index] for index in touched]
        for index in reversed(touched):
            del self.groups[index], self.versions[index]
        self.groups.append(merged)
        self.versions.append(version if version is not None else before[0] if len(before) == 1 else b"")

    def version(self, name: str) -> bytes | None:
        if name not in self.known:
            return None
        found = [
            version for group, version in zip(self.groups, self.versions, strict=True) if group & set(links_of([name]))
        ]
        return found[0] if found else b""


@given(STEPS)
def test_it_agrees_with_a_model_of_sets(steps: list[tuple[str, list[str], int]]) -> None:
    people, model = People(Recent()), Model()
    for kind, names, number in steps:
        version = bytes([number]) * 16
        if kind == "accept":
            people.accept(names, version)
            model.join(names, version)
            model.known |= set(names)
        elif kind == "doubt":
            is_linked = len(names) > 1 or any(set(links_of(names)) & group for group in model.groups)
            people.doubt(names)
            if is_linked:
                model.join(names, b"")
        elif kind == "link":
            people.link(names)
            if len(names) > 1:
                model.join(names, None)
        else:
            people.confirm(names)
            model.known |= set(names)
        assert people.versions(NAMES) == [model.version(name) for name in NAMES]


def test_two_records_with_one_identifier_in_common_are_one_person() -> None:
    people = People(Recent())
    people.accept(["email:ana@b.co", "document:1"], b"x" * 16)
    people.accept(["document:1", "telephone:5"], b"y" * 16)
    assert people.versions(["email:ana@b.co", "document:1", "telephone:5"]) == [b"y" * 16] * 3
    assert len(people.people(["email:ana@b.co"])) == 1
    assert people.people(["email:ana@b.co"]) == people.people(["telephone:5"])
    assert people.version_of_any(["document:404", "telephone:5"]) == b"y" * 16
    assert people.version_of_any(["document:404"]) is None


def test_another_letter_case_of_an_address_is_linked_but_not_known() -> None:
    assert aliases_of(("email:Ana@b.co", "document:A")) == ("email:ana@b.co",)
    people = People(Recent())
    people.accept(["email:Ana@b.co"], b"x" * 16)
    assert people.versions(["email:Ana@b.co", "email:ana@b.co"]) == [b"x" * 16, None]
    assert people.people(["email:ana@b.co"]) == people.people(["email:Ana@b.co"])


def test_names_of_people_are_not_identifiers() -> None:
    people = People(Recent())
    people.accept(["document:1"], b"x" * 16)
    assert all(name.startswith("person:") for name in people.people(["document:1"]))


@pytest.mark.parametrize(
    ("outcome", "linked"),
    [
        (Accepted("created"), ("email:none", "document:1")),
        (InDoubt("lost"), ("email:none", "document:1")),
        (Released("later"), ("email:none", "document:1")),
        (Rejected("client", "invalid", (Reason("birthdate", "no such day"),)), ("email:none", "document:1")),
        (Rejected("client", "invalid", (Reason("email", "not an address"),)), ("document:1",)),
    ],
)
def test_a_refused_identifier_links_no_records(outcome: Outcome, linked: tuple[str, ...]) -> None:
    assert linked_by(("email:none", "document:1"), outcome) == linked


def test_nobody_is_known_under_names_that_the_server_did_not_find() -> None:
    people = People(Recent())
    people.accept(["email:ana@b.co", "document:1"], b"x" * 16)
    people.accept(["telephone:5"], b"z" * 16)
    people.confirm(["service_uid:9"])
    people.forget(["document:1", "service_uid:9", "document:404"])
    assert people.versions(NAMES[:1] + NAMES[2:]) == [None, None, None, None, b"z" * 16]
    assert people.people(["email:ana@b.co"]) == people.people(["document:1"])
    people.accept(["document:1"], b"y" * 16)
    assert people.versions(["document:1"]) == [b"y" * 16]
