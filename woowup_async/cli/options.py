"""The options that several commands share, each in one line of help, and the groups that they make.

Room: cli.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from woowup_async import IngestPolicy, RateLimit
from woowup_async._flow import Entity
from woowup_async.cli.files import Files, check_mapping, files_of, sources
from woowup_async.cli.job import policy_of
from woowup_async.cli.settings import load
from woowup_async.sources.stream import Records


def _option(*names: str, **more: Any) -> Any:
    return typer.Option(*names, show_default=False, show_choices=False, **more)


Paths = Annotated[list[str] | None, _option(metavar="FILE", help="File, quoted glob, or - for stdin; repeatable.")]
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
SegmentSeconds = Annotated[float, _option(metavar="S", help="Seconds per segment. Default: 30.")]
Share = Annotated[float, _option(metavar="0-1", help="Part of the limit to take. Default: 1.")]
Most = Annotated[int | None, _option(metavar="N", min=1, help="Stop after so many requests.")]
Until = Annotated[str | None, _option(metavar="HH:MM", help="Stop at this time of day.")]
StrictOption = Annotated[bool, _option("--strict", help="Refuse unknown fields.")]
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
Logged = Annotated[Literal["text", "json"], _option(metavar="HOW", help="Off a terminal: text or json. Default: text.")]
DryRun = Annotated[bool, _option("--dry-run", help="Only plan; send nothing.")]
Json = Annotated[bool, _option("--json", help="For machines.")]
Config = Annotated[
    Path | None,
    _option(metavar="FILE", is_eager=True, callback=load, help="Settings. Default: woowup.toml if there is one."),
]


@dataclass(frozen=True, slots=True)
class Given:
    """What is sent."""

    users: Paths = None
    purchases: Paths = None

    def __bool__(self) -> bool:
        return bool(self.users or self.purchases)


@dataclass(frozen=True, slots=True)
class Tables:
    """How tables are read."""

    mapping: Mapped = None
    layout: Laid = None
    clean: Clean = None
    region: Region = None

    def sources(self, given: Given, again: Sequence[Path] = ()) -> tuple[Records | None, Records | None]:
        """Open users and purchases, and dead letters that are sent again.

        Raises:
            ValueError: both are standard input.
            SourceError: one cannot be read.

        """
        users, purchases = given.users or [], given.purchases or []
        if [*users, *purchases].count("-") > 1:
            raise ValueError("standard input (-) can be read once: give one of the two as a file")
        files: Files = files_of(self.mapping, self.layout, self.clean, self.region, again)
        check_mapping(files, [*users, *purchases])
        return sources(files, Entity.USER, users), sources(files, Entity.PURCHASE, purchases)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backfill keeps and writes."""

    from_dead_letters: Again = None
    changes: Changed = None
    journal: Journal = None
    new_key: NewKey = False
    dead_letters: Letters = None
    report: Reports = None
    integration_stats: Stats = None
    connectors_log: Log = False


@dataclass(frozen=True, slots=True)
class Host:
    """Which host is asked, and through which proxy."""

    base_url: Url = None
    trust_env: TrustEnv = False


@dataclass(frozen=True, slots=True)
class Budget:
    """The account's budget, and the part of it to take."""

    rate_limit: Limit = 70
    segment: SegmentSeconds = 30.0
    share: Share = 1.0

    def policy(self) -> RateLimit:
        """Return it as the library's policy."""
        return RateLimit(limit=self.rate_limit, segment=self.segment, share=self.share)


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of records where more than one answer is defensible."""

    strict: StrictOption = False
    unknown_users: Unknown = None
    policy: Policy = None

    def ingest(self, *, live: bool = False) -> IngestPolicy:
        """Return them as the library's policy.

        Raises:
            ValueError: a word of `--policy` is wrong.

        """
        return policy_of(self.policy or [], strict=self.strict, live=live, unknown_users=self.unknown_users)


@dataclass(frozen=True, slots=True)
class Control:
    """When a backfill ends, and what it shows."""

    max_requests: Most = None
    stop_at: Until = None
    live: Live = False
    dry_run: DryRun = False
    log_format: Logged = "text"
    as_json: Json = False
    config: Config = None
