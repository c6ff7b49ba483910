"""Reads HTML as a browser does, for tests of pages."""

from __future__ import annotations

from html.parser import HTMLParser

#: Elements without an end tag.
_VOID = {"meta", "link", "br"}
#: Elements that do not begin a new line.
_INLINE = {"a", "b", "code", "i", "span"}


class Markup(HTMLParser):
    """The elements of a page or of a part of it. It checks that each one ends where it should."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.text += "" if tag in _INLINE else " "

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        opened = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        self.text += "" if tag in _INLINE else " "

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in ("style", "script"):
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        """Return the attributes of all elements with one of these names."""
        return [attributes for tag, attributes in self.elements if tag in tags]
