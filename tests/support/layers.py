"""The rooms of the package, for the tests of its structure."""

import ast
from functools import cache
from itertools import chain
from pathlib import Path

#: Lowest first, by level. A room may import itself and the rooms before it.
LEVELS = {
    "nouns": [
        "_version", "_text", "policies", "errors", "outcomes", "_flow", "events", "ports", "statistics", "_clock",
        "_cancellation", "_platform",
    ],
    "shapes": ["models", "_wire", "cleaning"],
    "abilities": ["budget", "_limiting", "_transport", "_journal", "_ledger"],
    "journeys": ["_resources", "sources", "sinks", "_ingest", "_planning"],
    "surface": ["_session", "_loading", "client", "pool", "retention"],
    "testing": ["testing"],
    "edges": ["_samples", "cli", "contrib"],
}  # fmt: skip
ROOMS = [*chain.from_iterable(LEVELS.values())]

PACKAGE = Path(__file__).parents[2] / "woowup_async"

PURE = {
    "_text", "policies", "errors", "outcomes", "_flow", "events", "ports", "statistics", "models", "_wire", "cleaning",
}  # fmt: skip
PURE_MODULES = {
    "_limiting.window", "_limiting.phase", "_limiting.blind", "_limiting.foreign_traffic", "_limiting.reading",
    "_limiting.own_traffic", "_limiting.gate", "_limiting.headers", "_limiting.waits", "_limiting.spending",
    "_limiting.bounded", "_limiting.paces", "_limiting.window_state", "_limiting.shared_state",
    "_limiting.shared_window", "_limiting.store_clock", "_limiting.own_log", "_limiting.own_part", "budget.store",
    "_transport.retry", "_transport.credentials", "_transport.breaker", "_transport.trail", "_transport.attempt",
    "_transport.proof", "_transport.call", "_transport.bodies", "_transport.urls",
    "budget.account", "budget.dsn", "budget._blob_file", "budget._mounts",
    "_journal.days", "_journal.outcomes", "_journal.pseudonyms", "_journal.quoted", "_journal.seen_keys",
    "sources._watermark", "sources.cells", "sources.headers", "sources.order_rows", "sources.noticing",
    "sources.dates", "sources.hints",
    "sources.json_paths", "sources.numbers", "sources.own_values", "sources.row_tests", "sources.steps",
    "sources.templates", "sources.texts",
    "_ledger.lives",
    "cli.dashboard.access", "cli.dashboard.assets", "cli.dashboard.charts", "cli.dashboard.panels",
    "cli.dashboard.render", "cli.dashboard.view",
    "cli.spend", "cli.display.causes", "cli.display.forecast", "cli.display.page", "cli.display.side_by_side",
    "cli.display.summary", "cli.display.tallies", "cli.display.unknown_customers", "cli.display.words",
}  # fmt: skip
#: Packages of pure modules inside a room.
PURE_PACKAGES = ("_ingest.rules", "sources.drafting.rules")


@cache
def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_pure(name: str) -> bool:
    return name.split(".")[0] in PURE or name in PURE_MODULES or name.startswith(PURE_PACKAGES)
