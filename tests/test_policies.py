"""A wrong policy is refused at construction, with the field and the rule."""

from collections.abc import Callable

import pytest

from woowup_async import BatchPolicy, IngestPolicy, RateLimit, RetryPolicy, SessionPool, Timeouts

WRONG: list[tuple[str, Callable[[], object]]] = [
    ("RateLimit.limit", lambda: RateLimit(limit=1, margin=1)),
    ("RateLimit.margin", lambda: RateLimit(margin=-1)),
    ("RateLimit.segment", lambda: RateLimit(segment=0)),
    ("RateLimit.segment", lambda: RateLimit(segment=float("nan"))),
    ("RateLimit.share", lambda: RateLimit(share=0)),
    ("RateLimit.share", lambda: RateLimit(share=1.1)),
    ("RateLimit.reserve", lambda: RateLimit(reserve=71)),
    ("BatchPolicy.max_items", lambda: BatchPolicy(max_items=0)),
    ("BatchPolicy.max_bytes", lambda: BatchPolicy(max_bytes=0)),
    ("BatchPolicy.max_item_bytes", lambda: BatchPolicy(max_item_bytes=0)),
    ("BatchPolicy.linger", lambda: BatchPolicy(linger=-1)),
    ("RetryPolicy.attempts", lambda: RetryPolicy(attempts=0)),
    ("RetryPolicy.base", lambda: RetryPolicy(base=0)),
    ("RetryPolicy.cap", lambda: RetryPolicy(base=2, cap=1)),
    ("IngestPolicy.doubt", lambda: IngestPolicy(doubt="maybe")),  # type: ignore[arg-type]
    ("IngestPolicy.approvedtime", lambda: IngestPolicy(approvedtime="now")),  # type: ignore[arg-type]
    ("Timeouts.connect", lambda: Timeouts(connect=0)),
    ("Timeouts.total", lambda: Timeouts(total=-1)),
    ("Timeouts.admit", lambda: Timeouts(admit=-1)),
    ("SessionPool.max_connections", lambda: SessionPool(max_connections=0)),
    ("SessionPool.in_flight", lambda: SessionPool(in_flight=0)),
    ("SessionPool.requests_per_second", lambda: SessionPool(requests_per_second=0)),
]


@pytest.mark.parametrize(("field", "build"), WRONG)
def test_names_field_and_rule(field: str, build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=rf"^{field} must be .+, got "):
        build()


def test_the_documented_defaults() -> None:
    assert (RateLimit().limit, RateLimit().segment) == (70, 30.0)
    assert BatchPolicy().max_item_bytes == BatchPolicy().max_bytes == 262_144
