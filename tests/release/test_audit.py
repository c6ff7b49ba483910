"""What `make audit` says about the answer of the service for vulnerabilities."""

import json

from tests.release.audit import findings_in, said

Package = dict[str, object]


def answer(*packages: Package) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND: Package = {"name": "anyio", "version": "4.6", "vulns": []}
SKIPPED: Package = {"name": "msgspec", "skip_reason": "Dependency not found on PyPI and could not be audited"}
OWN: Package = {"name": "woowup-async", "skip_reason": "Dependency not found on PyPI and could not be audited"}
BAD: Package = {"name": "aiohttp", "version": "3.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.14"]}]}
WORSE: Package = {"name": "rich", "version": "1", "vulns": [{"id": "CVE-2", "fix_versions": []}]}


def test_a_vulnerability_fails() -> None:
    assert said(findings_in(answer(SOUND, BAD, WORSE, OWN))) == (
        1,
        [
            "pip-audit: 3 packages, 2 known vulnerabilities",
            "aiohttp 3.0: CVE-1, fixed in 3.14",
            "rich 1: CVE-2, fixed in no version",
        ],
    )


def test_packages_that_the_service_does_not_know_are_named() -> None:
    assert said(findings_in(answer(SOUND, SKIPPED, OWN))) == (
        0,
        ["pip-audit: 1 packages, 0 known vulnerabilities", "pip-audit: not known to the service: msgspec"],
    )


def test_a_service_that_knows_nothing_is_not_a_clean_result() -> None:
    """Some mirrors answer for no package, and then pip-audit itself says that it found nothing."""
    code, lines = said(findings_in(answer(SKIPPED, OWN)))
    assert code == 0
    assert "NOT checked" in lines[0]


def test_a_service_that_does_not_answer() -> None:
    for text in ("", "[]", "{}", "null"):
        assert said(findings_in(text)) == (
            0, ["pip-audit: the service did not answer, so vulnerabilities are NOT checked"]
        )  # fmt: skip
