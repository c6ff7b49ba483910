"""Adds the fields of a struct and an example to the entry of a class: an extension of griffe, named in `zensical.toml`.

They become a part of the docstring, so that they come before the methods of the class.
"""

from __future__ import annotations

from typing import Any

from griffe import Class, Docstring, Extension, Module

from docs.site.examples import shown
from docs.site.reference import fields_table


class Entries(Extension):
    """Adds them to the classes of a package."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Add them to the docstrings."""
        for path, example in shown().items():
            if path.startswith(f"{pkg.path}."):
                _add(pkg[path.removeprefix(f"{pkg.path}.")], [fields_table(path), example])


def _add(found: Class, parts: list[str]) -> None:
    written = found.docstring.value if found.docstring else ""
    found.docstring = Docstring("\n\n".join(filter(None, [written, *parts])), parent=found)
