"""Builds the site and checks what came out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Lines of the build that say nothing is wrong.
_QUIET = re.compile(r"^(Build started|No issues found|Build finished in .*|)$")
#: Attributes by which a page loads something. A link to another site is only followed by a click.
_LOADS = {
    ("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("video", "src"),
    ("audio", "src"), ("object", "data"), ("embed", "src"), ("use", "href"), ("image", "href"),
}  # fmt: skip
_CSS_URL = re.compile(r"url\(\s*['\"]?(https?:)?//|@import\s+['\"]?(https?:)?//")


def built(root: Path) -> list[str]:
    """Build the site, and return what the build complained about."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not _QUIET.match(line.strip())]
    return lines or ([f"the build exited with {done.returncode}"] if done.returncode else [])


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.names.add(value)
            elif value and (tag, name) in _LOADS and dict(attrs).get("rel") not in ("canonical", "prev", "next"):
                self.loads.append(value)
            elif value and tag == "a" and name == "href":
                self.links.append(value)
            elif value and name == "style":
                self.styles.append(value)


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong with a built site: things loaded from other hosts, and links that lead nowhere."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(site)
        yield from (f"{where} loads {load}" for load in page.loads if _is_foreign(load))
        yield from (f"{where} loads by a style: {style}" for style in page.styles if _CSS_URL.search(style))
        for verb, links in (("loads", page.loads), ("links to", page.links)):
            lost = (link for link in links if not _leads(link, path, pages, site))
            yield from (f"{where} {verb} {link}, which is not there" for link in lost)
    for path in sorted(site.rglob("*.css")):
        if _CSS_URL.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)} loads from another host"


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _is_foreign(address: str) -> bool:
    return bool(urlsplit(address).netloc)


def _leads(link: str, page: Path, pages: dict[Path, _Page], site: Path) -> bool:
    """Return whether a link leads somewhere. Those to other sites are not followed."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    start = site if parts.path.startswith("/") else page.parent
    target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.exists():
        return False
    is_named = not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].names
    return is_named or parts.fragment.startswith("__")
