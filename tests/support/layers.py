"""The rooms of the package, for the tests of its structure."""

#: Lowest first. A room may import itself and the rooms before it.
ROOMS = [
    "_version", "_text", "policies", "errors", "outcomes", "_flow", "events", "ports", "statistics", "_clock",
    "_cancellation", "_platform",
    "models", "_wire", "cleaning",
    "budget", "_limiting", "_transport", "_journal", "_ledger",
    "_resources", "sources", "sinks", "_ingest", "_planning",
    "_session", "_loading", "client", "pool", "retention",
    "testing",
    "_samples", "cli", "contrib",
]  # fmt: skip
