"""The options of the commands, in groups, each with one line of help.

Room: cli. A command takes a group as one parameter, see `groups`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec
import typer

from woowup_async.cli.completion import preset_names
from woowup_async.cli.places import JournalPlace, parsed
from woowup_async.cli.settings import load
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit

if TYPE_CHECKING:  # the help needs neither the network nor the sources
    from woowup_async.cli.connection import Connection
    from woowup_async.sources.stream import Records

#: The port of a dashboard.
PORT = 8_600


def _option(*names: str, **more: Any) -> Any:
    return typer.Option(*names, show_default=False, show_choices=False, **more)


# Options that several commands or groups have

Paths = Annotated[list[str] | None, _option(metavar="FILE", help="File, glob, - (stdin), sql:M.toml; repeatable.")]
_of_journal: dict[str, Any] = {"rich_help_panel": "Journal"}
Journal = Annotated[
    JournalPlace | None,
    _option(metavar="FILE", help="Journal: resumes a run, skips unchanged records.", parser=parsed, **_of_journal),
]
JournalArgument = Annotated[JournalPlace, typer.Argument(metavar="JOURNAL", parser=parsed)]
NewKey = Annotated[bool, _option("--new-key", help="The key was renewed since this journal.", **_of_journal)]
Url = Annotated[str | None, _option(metavar="URL", help="Use another host. Default: WoowUp's.")]
Limit = Annotated[int, _option(metavar="N", min=1, help="Requests per segment. Default: 70.")]
Segment = Annotated[float, _option(metavar="S", help="Seconds per segment. Default: 30.")]
Letters = Annotated[Path | None, _option(metavar="FILE", help="Write rejected records to this file.")]
Json = Annotated[bool, _option("--json", help="Print JSON.")]
Config = Annotated[
    Path | None,
    _option(
        metavar="FILE",
        is_eager=True,
        callback=load,
        help="Settings. Default: woowup.toml, if it exists.",
        rich_help_panel="Options",
    ),
]


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """The files with records."""

    panel: ClassVar[str] = "Input"

    users: Paths = None
    purchases: Paths = None

    def __bool__(self) -> bool:
        return bool(self.users or self.purchases)


@dataclass(frozen=True, slots=True)
class SentOptions(RecordOptions):
    """The files with records, or several accounts with theirs."""

    accounts: Annotated[Path | None, _option(metavar="FILE", help="TOML: many accounts (docs/running.md).")] = None
    workers: Annotated[
        int | None, _option(metavar="N", min=1, help="Processes for --accounts. Default: one a core.")
    ] = None


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How files are read and cleaned."""

    panel: ClassVar[str] = "Mapping"

    mapping: Annotated[Path | None, _option(metavar="FILE", help="TOML: what the columns of a table mean.")] = None
    layout: Annotated[
        Literal["woowup"] | None, _option(metavar="woowup", help="CSV columns have the API's field names.")
    ] = None
    preset: Annotated[
        str | None,
        _option(metavar="NAME", help="Exports of shopify, …: see `woowup mapping show`.", autocompletion=preset_names),
    ] = None
    timezone: Annotated[str | None, _option(metavar="ZONE", help="Of times, with --layout and --preset.")] = None
    decimal: Annotated[
        Literal[".", ","] | None, _option(metavar="MARK", help="Of numbers, with --layout and --preset.")
    ] = None
    clean: Annotated[str | None, _option(metavar="RULES", help="email,document,… (see docs/files.md)")] = None
    region: Annotated[str | None, _option(metavar="CC", help="Country of telephone numbers: AR, MX, …")] = None

    def open(self, records: RecordOptions, dead_letters: Sequence[Path] = ()) -> tuple[Records | None, Records | None]:
        """Open the sources of users and of purchases. Both include the dead letters to send again.

        Raises:
            ValueError: both are standard input, or an option is wrong.
            SourceError: a file cannot be read.

        """
        from woowup_async._flow import Entity
        from woowup_async.cli.files import Written, check_mapping, files_of, sources

        users, purchases = records.users or [], records.purchases or []
        if [*users, *purchases].count("-") > 1:
            raise ValueError("standard input (-) can be read only once: use a file for users or for purchases")
        written = Written(self.timezone, self.decimal)
        files = files_of(self.mapping, self.layout, self.clean, self.region, dead_letters, self.preset, written)
        check_mapping(files, [*users, *purchases])
        return sources(files, Entity.USER, users), sources(files, Entity.PURCHASE, purchases)


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """The files that a backfill reads again or writes, and its reports to the vendor."""

    panel: ClassVar[str] = "Output"

    from_dead_letters: Annotated[
        list[Path] | None, _option(metavar="FILE", help="Dead letters to send again.", rich_help_panel="Input")
    ] = None
    changes: Annotated[Path | None, _option(metavar="FILE", help="Write what --clean changed to this file.")] = None
    journal: Journal = None
    new_key: NewKey = False
    dead_letters: Letters = None
    report: Annotated[
        list[Path] | None, _option(metavar="FILE", help="Write a report: .html or .json; repeatable.")
    ] = None
    integration_stats: Annotated[
        Literal["full", "redacted"] | None,
        _option(metavar="HOW", help="Post stats; rejected records full or redacted."),
    ] = None
    connectors_log: Annotated[bool, _option("--connectors-log", help="Post the data-processing record.")] = False


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The files of a plan."""

    journal: Journal = None
    dead_letters: Letters = None


@dataclass(frozen=True, slots=True)
class HostOptions:
    """The host of the API, and the way to it."""

    panel: ClassVar[str] = "Connection"

    base_url: Url = None
    proxy: Annotated[str | None, _option(metavar="URL", help="Go through this proxy: http://host:port.")] = None
    trust_env: Annotated[bool, _option("--trust-env", help="Use the proxy in HTTPS_PROXY.")] = False
    ca_file: Annotated[Path | None, _option(metavar="FILE", help="Trust these certificates (PEM), too.")] = None
    budget: Annotated[
        str | None,
        _option(metavar="WHERE", help="Share the budget: host (default), redis://…, none.", rich_help_panel="Limits"),
    ] = None

    def connection(self, rate_limit: RateLimit, connectors_url: str | None = None) -> Connection:
        """Return a connection to the account with the key in the environment.

        Raises:
            ValueError: the budget is wrong, has a password, or needs an extra.

        """
        from woowup_async.cli.budgets import chosen
        from woowup_async.cli.connection import Connection

        return Connection(
            self.base_url, connectors_url, rate_limit, self.trust_env, proxy=self.proxy, ca_file=self.ca_file,
            budget=chosen(self.budget),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BudgetOptions:
    """The account's budget, and the part of it that a run uses."""

    panel: ClassVar[str] = "Limits"

    rate_limit: Limit = 70
    segment: Segment = 30.0
    share: Annotated[float, _option(metavar="0-1", help="Part of the limit to use. Default: 1.")] = 1.0

    def policy(self) -> RateLimit:
        """Return the budget for the library."""
        return RateLimit(limit=self.rate_limit, segment=self.segment, share=self.share)


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """How records are checked and sent."""

    panel: ClassVar[str] = "Rules"

    strict: Annotated[bool, _option("--strict", help="Reject unknown fields.")] = False
    unknown_users: Annotated[
        Literal["auto", "ask", "trust"] | None, _option(metavar="HOW", help="Unknown customers: auto, ask or trust.")
    ] = None
    policy: Annotated[list[str] | None, _option(metavar="K=V", help="salvage=true, doubt=report, …; repeatable.")] = (
        None
    )
    strict_exit: Annotated[bool, _option("--strict-exit", help="Exit 4 if a rule left records out.")] = False
    batch_up_to: Annotated[
        int | None,
        _option(metavar="N", help="Grow bulk requests up to N purchases.", rich_help_panel="Limits"),
    ] = None

    recent_first: Annotated[bool, _option("--recent-first", help="Customers with the newest purchases first.")] = False
    only_buyers: Annotated[bool, _option("--only-buyers", help="Like --recent-first, only users with purchases.")] = (
        False
    )

    @property
    def order(self) -> Literal["given", "recent"]:
        """The order of the records, for the library."""
        return "recent" if self.recent_first or self.only_buyers else "given"

    def batch(self) -> BatchPolicy:
        """Return the sizes of bulk requests for the library.

        Raises:
            ValueError: `--batch-up-to` is less than what a request has without it.

        """
        least = BatchPolicy().max_items
        if self.batch_up_to is not None and self.batch_up_to < least:
            raise ValueError(f"--batch-up-to takes {least} or more, got {self.batch_up_to}")
        return BatchPolicy(grow_to=self.batch_up_to)

    def ingest(self, *, live: bool = False) -> IngestPolicy:
        """Return the rules for the library. Orders that are not `live` do not start campaigns.

        Raises:
            ValueError: a name or a value of `--policy` is wrong.

        """
        rules: dict[str, object] = {"strict": self.strict, "approvedtime": None if live else "createtime"}
        for word in self.policy or ():
            name, _, value = word.partition("=")
            if name not in IngestPolicy.__dataclass_fields__:
                raise ValueError(f"--policy takes {', '.join(IngestPolicy.__dataclass_fields__)}; got {word!r}")
            rules[name] = value
        if self.unknown_users is not None:
            rules["unknown_users"] = self.unknown_users
        try:
            return msgspec.convert(rules, IngestPolicy, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(f"--policy: {error}") from error


@dataclass(frozen=True, slots=True)
class RunOptions:
    """When a backfill stops, and what it prints."""

    panel: ClassVar[str] = "Output"

    max_requests: Annotated[
        int | None,
        _option(metavar="N", min=1, help="At most N requests, besides stats and log.", rich_help_panel="Limits"),
    ] = None
    stop_at: Annotated[
        str | None, _option(metavar="HH:MM", help="Stop at this time of day.", rich_help_panel="Limits")
    ] = None
    live: Annotated[
        bool, _option("--live", help="New orders, not history: may start campaigns.", rich_help_panel="Rules")
    ] = False
    dashboard: Annotated[bool, _option("--dashboard", help="Show the journal as a live page while it runs.")] = False
    dry_run: Annotated[bool, _option("--dry-run", help="Only plan; send nothing.", rich_help_panel="Rules")] = False
    log_format: Annotated[
        Literal["text", "json"], _option(metavar="HOW", help="If not a terminal: text or json. Default: text.")
    ] = "text"
    as_json: Json = False
    config: Config = None


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How many purchases to look up, and what to do with missing ones."""

    sample: Annotated[int, typer.Option(min=0, metavar="N", help="Purchases to look up, one request each.")] = 50
    delay: Annotated[float, typer.Option(metavar="S", help="Seconds that a purchase is pending.")] = 300.0
    resubmit: Annotated[bool, typer.Option("--resubmit", help="Let the next backfill send missing ones.")] = False
    max_requests: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N requests.")] = None
    new_key: NewKey = False
