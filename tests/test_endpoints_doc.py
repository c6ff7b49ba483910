"""`docs/endpoints.md` is generated from the constants. `python -m tests.test_endpoints_doc` writes it again."""

from pathlib import Path

from woowup_async._resources.endpoints import ENDPOINTS
from woowup_async._resources.more_endpoints import MORE_ENDPOINTS
from woowup_async._transport.retry import CODES, STATUSES, Verdict
from woowup_async._wire.endpoint import Endpoint, Host, Replay

HEAD = ["| call | method | path | when its answer is lost | source |", "|---|---|---|---|---|"]
DOC = Path(__file__).parent.parent / "docs" / "endpoints.md"
MEANS = {
    Verdict.DONE: "done",
    Verdict.COOL: "the whole account pauses, then it is repeated",
    Verdict.AGAIN: "repeated, while attempts are left",
    Verdict.REFUSED: "refused",
}
REPEATS = {
    Replay.SAFE: "repeated: it only reads",
    Replay.KEYED: "repeated: a natural key makes it harmless",
    Replay.UNSAFE: "not repeated once bytes were sent",
}


def row(endpoint: Endpoint[object]) -> str:
    host = " (connectors host)" if endpoint.host is Host.CONNECTORS else ""
    path = endpoint.path.replace("{}", "{…}")
    return (
        f"| `{endpoint.name}` | {endpoint.method} | `{path}`{host} | {REPEATS[endpoint.replay]} | {endpoint.source} |"
    )


def render() -> str:
    """Return the page."""
    lines = [
        "# Endpoints",
        "",
        "This page is generated from the constants in `woowup_async/_resources`, and a test checks it. The source is",
        "the operation's place on the vendor's five pages, counted from the integration stats to the users. All 38 are",
        "here. `legacy` has the seven that the pages call deprecated: each call warns, and names the newer operation.",
        "`woowup.request` can call what has no method.",
        "",
        *HEAD,
        *map(row, ENDPOINTS),
        "",
        "## Not on the official pages",
        "",
        "These are known only from the vendor's other pages and PHP clients. They are undocumented and may change.",
        "",
        *HEAD,
        *map(row, MORE_ENDPOINTS),
        "",
        "## What an answer means",
        "",
        'A success is a 2xx with code `ok`. An existing user is a 500 `internal_error` whose message says "existente".',
        "Otherwise the code decides, then the status, then its class: a 5xx is repeated, a 4xx is refused.",
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
