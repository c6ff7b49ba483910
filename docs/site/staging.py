"""Copies the pages into one folder, with links that lead nowhere else than to the site.

The pages in `docs/` link to files of the repository. The site has such a file as a page of its own, so that no link
leads to another host. Pages are copied as they are, apart from their links and the drawing of the path of a record.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from docs.site.drawing import drawn
from docs.site.examples import EXAMPLES
from docs.site.reference import with_reference

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"

#: Where files outside `docs/` are on the site.
OUTSIDE = "repository"

_LINK = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LANGUAGES = {
    ".py": "python", ".sh": "sh", ".toml": "toml", ".json": "json", ".yml": "yaml", ".yaml": "yaml",
}  # fmt: skip


class Staging:
    """A folder that gets the pages, and what they link to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[Path] = []
        self._done: set[Path] = set()

    def stage(self) -> int:
        """Copy all pages and what they link to, and return the number of files."""
        shutil.rmtree(self._folder, ignore_errors=True)
        kept = (path for path in sorted(DOCS.rglob("*")) if path.suffix in (".md", ".svg", ".png", ".css"))
        self._waiting = [path for path in kept if path.parent != EXAMPLES]  # docs/site/entries.py has placed these
        while self._waiting:
            path = self._waiting.pop()
            if path not in self._done:
                self._done.add(path)
                self._copy(path)
        return len(self._done)

    def place_of(self, path: Path) -> Path:
        """Return where a file of the repository is in the folder. The first page stands for the README."""
        if path == ROOT / "README.md":
            return self._folder / "index.md"
        is_page = path.is_relative_to(DOCS) and path.suffix != ".py"
        place = self._folder / (path.relative_to(DOCS) if is_page else Path(OUTSIDE) / path.relative_to(ROOT))
        if path.is_dir():
            return place / "index.md"
        if path.name == "README.md":
            return place.with_name("index.md")
        return place if is_page or path.suffix in (".md", ".svg", ".png") else place.with_name(f"{place.name}.md")

    def _copy(self, path: Path) -> None:
        place = self.place_of(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            page = with_reference(drawn(path.read_text(encoding="utf-8")))
            place.write_text(self._linked(page, path), encoding="utf-8")
        elif path.is_dir():
            place.write_text(self._listed(path), encoding="utf-8")
        elif place.suffix == ".md":
            place.write_text(_shown(path), encoding="utf-8")
        else:
            shutil.copyfile(path, place)

    def _linked(self, text: str, page: Path) -> str:
        """Return a page with links to the places of its files. Code is left as it is."""
        parts, last = [], 0
        for fence in _FENCE.finditer(text):
            parts += [self._relinked(text[last : fence.start()], page), fence.group()]
            last = fence.end()
        return "".join([*parts, self._relinked(text[last:], page)])

    def _relinked(self, text: str, page: Path) -> str:
        def link(match: re.Match[str]) -> str:
            target = (page.parent / match[2]).resolve()
            if not target.is_relative_to(ROOT) or not target.exists():
                return match.group()  # a generated page, or wrong: the build says which
            if target != ROOT / "README.md":
                self._waiting.append(target)
            place = os.path.relpath(self.place_of(target), self.place_of(page).parent)
            return f"{match[1]}{place}{match[3] or ''})"

        return _LINK.sub(link, text)

    def _listed(self, folder: Path) -> str:
        names = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in (*_LANGUAGES, ".md"))
        self._waiting += names
        here = self.place_of(folder).parent
        links = [f"- [{name.name}]({os.path.relpath(self.place_of(name), here)})" for name in names]
        return "\n".join([f"# {folder.relative_to(ROOT)}/", "", *links, ""])


def _shown(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    language = _LANGUAGES.get(path.suffix, "text")
    return f"# {path.relative_to(ROOT)}\n\n````{language}\n{text}\n````\n"
