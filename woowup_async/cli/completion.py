"""What a shell offers for the value of an option, if it is neither a file nor one of few words.

Room: cli. Typer completes the names of commands and options, and the words of a `Literal`.
"""

from __future__ import annotations


def preset_names(incomplete: str) -> list[str]:
    """Return the presets whose names begin with what was typed."""
    from woowup_async.sources import presets

    known = dict.fromkeys((*presets.SYSTEMS, *presets.names()))
    return [name for name in known if name.startswith(incomplete)]
