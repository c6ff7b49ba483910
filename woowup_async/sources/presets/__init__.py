"""Mappings for the exports of common shop systems. docs/presets.md says what each of them sends.

Room: sources. A preset is one TOML file for each kind of file of its system: `shopify` for the CSV of orders,
`shopify-json` for the orders of its API, `shopify-customers` and `shopify-customers-json` for customers. If a system
has several exports of one kind, each has a file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.tables import is_json, table_file

SYSTEMS = (
    "shopify", "woocommerce", "tiendanube", "nuvemshop", "vtex", "mercadolibre", "magento", "prestashop",
)  # fmt: skip
#: The usual mappings of a system. Others of the same system are more special, so they are tried before them.
_PARTS = ("", "-customers", "-json", "-customers-json")


def names(system: str | None = None) -> list[str]:
    """Return the names of all mappings, or of those of one system, in the order in which they are tried."""
    found = [each.name.removesuffix(".toml") for each in files(__name__).iterdir() if each.name.endswith(".toml")]
    return sorted((each for each in found if system in (None, _system_of(each))), key=_place)


def _system_of(name: str) -> str:
    return name.partition("-")[0]


def _place(name: str) -> tuple[int, int, str]:
    system = _system_of(name)
    part = name.removeprefix(system)
    return SYSTEMS.index(system), _PARTS.index(part) if part in _PARTS else -1, name


def text_of(name: str) -> str:
    """Return the text of a mapping. The name of a system is that of the mapping of its orders in a table.

    Raises:
        SourceError: there is no such mapping.

    """
    found = [each for each in names() if each == name]
    if not found:
        close = get_close_matches(name, names(), 1)
        others = f"there are presets for {', '.join(SYSTEMS)}; `woowup mapping show` lists all"
        raise SourceError(f"there is no preset {name!r}; {f'did you mean {close[0]}?' if close else others}")
    return files(__name__).joinpath(f"{found[0]}.toml").read_text(encoding="utf-8")


@cache
def mapping_of(name: str) -> Mapping:
    """Return a mapping by its name.

    Raises:
        SourceError: there is no such mapping, or it needs an extra that is not installed.

    """
    return Mapping.parse(text_of(name), f"preset {name}")


def mapping_for(preset: str, path: str | os.PathLike[str], entity: Entity) -> Mapping:
    """Return the mapping of a preset that fits a file: by its kind, the entity, and its columns.

    Args:
        preset: a system, or the name of one of its mappings.
        path: the file.
        entity: what its records are about.

    Raises:
        SourceError: none fits. The message says what the most usual one lacks.

    """
    known = names(preset) if preset in SYSTEMS else [preset]
    mappings = [(name, mapping_of(name)) for name in known]
    fitting = [
        (name, each)
        for name, each in mappings
        if (each.json is not None) == is_json(path) and each.rule_of(entity) is not None
    ]
    if not fitting:
        kind = "JSON" if is_json(path) else "tables"
        raise SourceError(
            f"{path}: the preset {preset} has no mapping of {entity}s for {kind}; it has {', '.join(known)}"
        )
    return _first_fitting(fitting, Path(path), entity)


def _first_fitting(mappings: Sequence[tuple[str, Mapping]], path: Path, entity: Entity) -> Mapping:
    failures: dict[str, SourceError] = {}
    for name, mapping in mappings:
        try:
            table_file(path, mapping, entity).check()
        except SourceError as error:
            failures[name] = SourceError(f"{error} (preset {name})")
        else:
            return mapping
    usual = (name for name in failures if name.removeprefix(_system_of(name)) in _PARTS)
    raise failures[next(usual, mappings[0][0])]
