"""List what the package installs, as a bill of materials, and ask for known vulnerabilities.

`python -m tests.release.audit PYTHON TOOLS FILE`: the Python of an environment with the package, the folder of the
tools, and the file for the bill of materials (CycloneDX, JSON). `make audit` runs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Findings:
    """What pip-audit found.

    Attributes:
        known: packages that the service knows.
        unknown: packages that the service does not know, so that nothing is said about them.
        vulnerable: one line for each vulnerability.

    """

    known: int
    unknown: tuple[str, ...]
    vulnerable: tuple[str, ...]


def findings_in(text: str) -> Findings | None:
    """Read the JSON of pip-audit; None if there is none, because the service did not answer."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    unknown = tuple(one["name"] for one in packages if "skip_reason" in one and one["name"] != "woowup-async")
    vulnerable = tuple(
        f"{one['name']} {one['version']}: {each['id']}, fixed in {', '.join(each['fix_versions']) or 'no version'}"
        for one in packages
        for each in one.get("vulns", ())
    )
    return Findings(sum("skip_reason" not in one for one in packages), unknown, vulnerable)


def said(findings: Findings | None) -> tuple[int, list[str]]:
    """Return the exit code and the lines to print. A service that does not answer, or knows nothing, is no failure."""
    if findings is None:
        return 0, ["pip-audit: the service did not answer, so vulnerabilities are NOT checked"]
    if not findings.known:
        return 0, [
            f"pip-audit: the service knows none of {len(findings.unknown)} packages, so vulnerabilities are NOT checked"
        ]
    lines = [f"pip-audit: {findings.known} packages, {len(findings.vulnerable)} known vulnerabilities"]
    if findings.unknown:
        lines.append(f"pip-audit: not known to the service: {', '.join(findings.unknown)}")
    return int(bool(findings.vulnerable)), lines + list(findings.vulnerable)


def main(python: str, tools: str, file: str) -> int:
    """Write the bill of materials, then ask for vulnerabilities."""
    Path(file).parent.mkdir(exist_ok=True)
    subprocess.run(
        (Path(tools) / "cyclonedx-py", "environment", python, "--pyproject", "pyproject.toml", "--mc-type", "library",
         "--output-reproducible", "-o", file), check=True,
    )  # fmt: skip
    components = json.loads(Path(file).read_text(encoding="utf-8"))["components"]
    print(f"{file}: {len(components)} packages")
    where = subprocess.run(
        (python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"),
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    asked = subprocess.run(
        (Path(tools) / "pip-audit", "--path", where, "--format", "json", "--progress-spinner", "off"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    code, lines = said(findings_in(asked.stdout))
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
