"""The table `[sql]` of a mapping: which query of which database gives the rows.

Room: sources.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from woowup_async.errors import SourceError

_Named = Annotated[str, Meta(min_length=1)]
#: A query begins with one of these words, perhaps after a comment or a bracket. A file name does not.
_QUERY = re.compile(r"(?is)(--[^\n]*\n|/\*.*?\*/|[\s(])*(select|with|values|table|exec|execute|call)\s")


class SqlRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A query.

    Attributes:
        query: its text, or a file with it, relative to the mapping.
        url_env: the environment variable that has the URL of the database, with its password.
        watermark: a column that grows when a row changes. The next run with the same journal reads only from its
            highest value on.
        timezone: the time zone of times without one.

    """

    query: _Named
    url_env: _Named
    watermark: _Named | None = None
    timezone: _Named | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown time zone, and a URL in the place of a variable."""
        if "://" in self.url_env:  # it may have a password, so it is not shown
            raise ValueError("url_env is the name of an environment variable, not the URL itself")
        if self.timezone is not None:
            try:
                ZoneInfo(self.timezone)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"sql.timezone: unknown time zone {self.timezone!r}") from None


def is_query(text: str) -> bool:
    """Return whether a text is a query, and not the name of a file."""
    return _QUERY.match(text) is not None


def text_of_query(query: str | Path, folder: Path) -> str:
    """Return the text of a query, from a file if it is not the text itself.

    Raises:
        SourceError: the file cannot be read.

    """
    if isinstance(query, str) and is_query(query):
        return query
    path = folder / query
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot read the query {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise SourceError(f"the query {path} is not UTF-8: save it as UTF-8") from None
