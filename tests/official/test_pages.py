"""Nothing on the vendor's pages is missing, and each refused sample has a number."""

import re
from pathlib import Path

import pytest

from tests.official import measures
from tests.official.__main__ import show
from tests.official.documented import ENUMS, EXCEPTIONS, OPERATIONS, Operation, paths
from tests.official.measures import Row
from tests.official.samples import PAGES, SAMPLES, Sample, of_kind, read_again
from woowup_async._resources.endpoints import ENDPOINTS

UNKNOWNS = (Path(__file__).parent.parent.parent / "docs" / "vendor-unknowns.md").read_text(encoding="utf-8")
#: The types on the pages. JSON Schema does not have two of them (Q23, Q24).
KINDS = "string|number|integer|boolean|object|array|date|float"
needs_pages = pytest.mark.skipif(not PAGES.is_dir(), reason="the vendor's pages are not next to the checkout")


def assert_whole(row: Row) -> None:
    assert not row.missing
    assert row.is_whole


async def test_each_operation_has_a_call_with_the_method_and_path_of_its_page() -> None:
    row = await measures.operations()
    assert_whole(row)
    assert row.documented == 38


async def test_each_field_of_a_request_is_accepted_checked_and_sent() -> None:
    assert_whole(await measures.request_fields())


def test_each_key_of_an_answer_is_a_field_and_is_encoded_unchanged() -> None:
    assert_whole(measures.answer_keys())


async def test_only_the_values_of_an_enumeration_are_sent() -> None:
    assert_whole(await measures.enums())


def test_each_code_is_known() -> None:
    assert_whole(measures.codes())


async def test_each_sample_of_a_request_is_accepted_or_refused_with_a_number() -> None:
    row = await measures.request_samples()
    assert_whole(row)
    numbers = {number for exception in row.exceptions for number in re.findall(r"\(([UQN]\d+)\)", exception)}
    assert numbers == {"Q49", "Q82", "Q86", "Q97"}
    assert all(f'id="{number.lower()}"' in UNKNOWNS for number in numbers)


def test_each_sample_of_an_answer_is_read() -> None:
    assert_whole(measures.answer_samples())


def test_missing_parts_are_shown() -> None:
    row = Row("operations")
    row.note("1 integration_stats.create", exposed=True, validated=False, kept=False)
    assert not row.is_whole
    assert "MISSING operations: 1 integration_stats.create: not validated, kept" in show([row])


def test_all_operations_are_listed_once_and_in_order() -> None:
    assert [operation.number for operation in OPERATIONS] == list(range(1, 39))
    assert {operation.number for operation in OPERATIONS} == {int(endpoint.source) for endpoint in ENDPOINTS}
    deprecated = {operation.number for operation in OPERATIONS if operation.is_deprecated}
    assert deprecated == {int(each.source) for each in ENDPOINTS if each.name.startswith("legacy.")}


@needs_pages
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.source)
def test_a_sample_equals_the_page(sample: Sample) -> None:
    assert read_again(sample) == sample.body


@needs_pages
def test_no_sample_of_the_pages_is_left_out() -> None:
    """Each line that begins a JSON value belongs to a sample or to a schema."""
    taken = {sample.source for sample in SAMPLES}
    schemas = {
        "users.md:179", "users.md:2209", "users.md:2417", "purchases.md:8", "integration-stats.md:45",
        "woowup-connectors.md:164",
    }  # fmt: skip
    opening = re.compile(r"""^( *-d '[{\[]| ?\{$|\[$|    \{$|payload = \{$|\{  $)""")
    for page in PAGES.glob("*.md"):
        end = 0
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            source = f"{page.name}:{number}"
            if source in taken | schemas:
                end = number + _length(page, number)
            elif opening.match(line) and number > end:
                pytest.fail(f"{source} begins a value that is not a sample: {line}")


def _length(page: Path, number: int) -> int:
    """Return the number of lines until the brackets are closed or prose begins: one sample is not closed (Q91)."""
    depth = 0
    for length, line in enumerate(page.read_text(encoding="utf-8").splitlines()[number - 1 :]):
        depth += sum(line.count(opening) for opening in "{[") - sum(line.count(closing) for closing in "}]")
        if depth <= 0 or (length and line[:1].isupper()):
            return length
    return 0


@needs_pages
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: str(operation.number))
def test_no_field_of_a_table_is_left_out(operation: Operation) -> None:
    name, line = operation.heading.split(":")
    lines = (PAGES / name).read_text(encoding="utf-8").splitlines()
    later = [int(each.heading.split(":")[1]) for each in OPERATIONS if each.heading.startswith(f"{name}:")]
    end = min((other for other in later if other > int(line)), default=len(lines))
    section = "\n".join(lines[int(line) - 1 : end - 1])
    documented = set(re.findall(r"^([a-z_]+)\n\n(?:string|integer|number|array|object)$", section, re.MULTILINE))
    documented |= set(re.findall(r"^\| ([a-z_\\]+) +\| (?:string|number|array|object)", section, re.MULTILINE))
    documented |= set(re.findall(rf'"([a-z_]+)":\s*\{{\s*"type":\s*\[?"(?:{KINDS})"', section, re.MULTILINE))
    known = {path.rpartition(".")[2] for path, _ in paths(operation.fields)}
    left_out = {field.replace("\\", "") for field in documented} - known - {"items"}  # a keyword of JSON Schema
    assert left_out <= {field for number, field in EXCEPTIONS if number == operation.number}


@needs_pages
def test_no_value_of_an_enumeration_is_left_out() -> None:
    known = {value for _, _, values, _ in ENUMS for value in values}
    for name in ("users.md", "purchases.md"):
        text = (PAGES / name).read_text(encoding="utf-8")
        for listed in re.findall(r'"enum": ?\[([^\]]+)\]', text):
            assert {value.strip(" '\"") for value in listed.split(",")} <= known
    (concepts, _) = re.findall(r"Concept valid values: (.+)\.", (PAGES / "users.md").read_text(encoding="utf-8"))
    assert set(re.findall(r"'([^']+)'", concepts)) <= known


def test_each_kind_of_sample_is_there() -> None:
    counts = {kind: len(of_kind(kind)) for kind in ("answer", "request", "error", "format", "query")}
    assert counts == {"answer": 36, "request": 20, "error": 12, "format": 2, "query": 8}
