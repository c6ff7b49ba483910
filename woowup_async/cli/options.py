"""The options that several commands share, each in one line of help.

Room: cli. Used by `app`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from woowup_async.cli.settings import load


def _option(*names: str, **more: Any) -> Any:
    return typer.Option(*names, show_default=False, show_choices=False, **more)


Files = Annotated[list[str] | None, _option(metavar="FILE", help="File, quoted glob, or - for stdin; repeatable.")]
Mapped = Annotated[Path | None, _option(metavar="FILE", help="TOML: what the columns of a table mean.")]
Laid = Annotated[
    Literal["woowup"] | None, _option(metavar="woowup", help="CSV columns are named like the API's fields.")
]
Clean = Annotated[str | None, _option(metavar="RULES", help="email,telephone,… (see docs/files.md)")]
Region = Annotated[str | None, _option(metavar="CC", help="Country of telephone numbers: AR, MX, …")]
Journal = Annotated[Path | None, _option(metavar="FILE", help="Resume here; skip what is known.")]
Letters = Annotated[Path | None, _option(metavar="FILE", help="Keep rejected records.")]
Again = Annotated[list[Path] | None, _option(metavar="FILE", help="Dead letters to send again.")]
Changed = Annotated[Path | None, _option(metavar="FILE", help="Keep what --clean changed.")]
Reports = Annotated[list[Path] | None, _option(metavar="FILE", help="Write a report: .html, .json; repeatable.")]
Url = Annotated[str | None, _option(metavar="URL", help="Default: the vendor's.")]
TrustEnv = Annotated[bool, _option("--trust-env", help="Use the proxy of HTTPS_PROXY.")]
Limit = Annotated[int, _option(metavar="N", min=1, help="Requests per segment. Default: 70.")]
Segment = Annotated[float, _option(metavar="S", help="Seconds per segment. Default: 30.")]
Share = Annotated[float, _option(metavar="0-1", help="Part of the limit to take. Default: 1.")]
Most = Annotated[int | None, _option(metavar="N", min=1, help="Stop after so many requests.")]
Until = Annotated[str | None, _option(metavar="HH:MM", help="Stop at this time of day.")]
Strict = Annotated[bool, _option("--strict", help="Refuse unknown fields.")]
Live = Annotated[bool, _option("--live", help="Not history: orders may start campaigns.")]
Unknown = Annotated[
    Literal["auto", "ask", "trust"] | None, _option(metavar="HOW", help="Unknown customers: auto, ask or trust.")
]
Policy = Annotated[list[str] | None, _option(metavar="K=V", help="salvage=true, doubt=report, …; repeatable.")]
NewKey = Annotated[bool, _option("--new-key", help="The journal is of this account's old key.")]
Stats = Annotated[
    Literal["full", "redacted"] | None, _option(metavar="HOW", help="Post it: full or redacted rejected records.")
]
Log = Annotated[bool, _option("--connectors-log", help="Post the data-processing record.")]
LogFormat = Annotated[
    Literal["text", "json"], _option(metavar="HOW", help="Off a terminal: text or json. Default: text.")
]
DryRun = Annotated[bool, _option("--dry-run", help="Only plan; send nothing.")]
Json = Annotated[bool, _option("--json", help="For machines.")]
Config = Annotated[
    Path | None,
    _option(metavar="FILE", is_eager=True, callback=load, help="Settings. Default: woowup.toml if there is one."),
]
