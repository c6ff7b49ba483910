"""`docs/endpoints.md` is made from the constants: `python -m tests.test_endpoints_doc` writes it anew."""

from pathlib import Path

from woowup_async._resources.endpoints import ENDPOINTS
from woowup_async._resources.more_endpoints import MORE_ENDPOINTS
from woowup_async._transport.retry import CODES, STATUSES, Verdict
from woowup_async._wire.endpoint import Endpoint, Host, Replay

HEAD = ["| call | method | path | when its answer is lost | source |", "|---|---|---|---|---|"]
DOC = Path(__file__).parent.parent / "docs" / "endpoints.md"
MEANS = {
    Verdict.DONE: "done",
    Verdict.COOL: "the whole account pauses, then again",
    Verdict.AGAIN: "again, while attempts last",
    Verdict.REFUSED: "refused",
}
REPEATS = {
    Replay.SAFE: "reads: repeated",
    Replay.KEYED: "repeated: a natural key makes it harmless",
    Replay.UNSAFE: "never repeated after bytes were sent",
}


def row(endpoint: Endpoint[object]) -> str:
    host = " (connectors host)" if endpoint.host is Host.CONNECTORS else ""
    path = endpoint.path.replace("{}", "{…}")
    return (
        f"| `{endpoint.name}` | {endpoint.method} | `{path}`{host} | {REPEATS[endpoint.replay]} | {endpoint.source} |"
    )


def render() -> str:
    """The page."""
    lines = [
        "# Endpoints",
        "",
        "Made from the constants in `woowup_async/_resources`, and checked by a test. The source is the operation's",
        "place on the vendor's five pages, counted from the integration stats to the users: all 38 are here. Those in",
        "`legacy` are the seven that the pages call deprecated; each call warns, and names its successor.",
        "`woowup.request` reaches whatever is not wrapped.",
        "",
        *HEAD,
        *map(row, ENDPOINTS),
        "",
        "## Beside the official pages",
        "",
        "Known from the vendor's other pages and PHP clients only: undocumented in the five pages, and apt to change.",
        "",
        *HEAD,
        *map(row, MORE_ENDPOINTS),
        "",
        "## What an answer means",
        "",
        'A success is a 2xx with code `ok`. An existing user is a 500 `internal_error` whose message says "existente".',
        "Otherwise the code decides; then the status; then its class (5xx: again; 4xx: refused).",
        "",
        "| code | then | raises |",
        "|---|---|---|",
        *(f"| `{code}` | {MEANS[verdict]} | `{error.__name__}` |" for code, (verdict, error) in CODES.items()),
        "",
        "| status without a known code | then | raises |",
        "|---|---|---|",
        *(f"| {status} | {MEANS[verdict]} | `{error.__name__}` |" for status, (verdict, error) in STATUSES.items()),
    ]
    return "\n".join(lines) + "\n"


def test_the_page_is_up_to_date() -> None:
    assert DOC.read_text(encoding="utf-8") == render(), "run `python -m tests.test_endpoints_doc`"


def test_every_call_exists() -> None:
    from woowup_async import WoowUp

    woowup = WoowUp("key")
    for endpoint in (*ENDPOINTS, *MORE_ENDPOINTS):
        target: object = woowup
        for name in endpoint.name.split("."):
            target = getattr(target, name)
        assert callable(target)
        assert target.__doc__


if __name__ == "__main__":
    DOC.write_text(render(), encoding="utf-8")
