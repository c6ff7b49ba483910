"""The purchases that a run without a journal stores."""

from collections.abc import Sequence

import pytest

from tests.support.items import DIGEST as X
from tests.support.items import purchase
from woowup_async._ingest.rules.seen_purchases import Recent, SeenPurchases
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released


def test_the_last_content_of_each_purchase_is_stored() -> None:
    seen, one = SeenPurchases(Recent()), purchase(1)
    assert seen.find("1") is None
    seen.note([one], [Rejected("client", "invalid")])
    assert seen.find("1") is None
    seen.note([one], [Accepted("unconfirmed")])
    entry = seen.find("1")
    assert entry is not None
    assert (entry.digest, entry.accepted, entry.outcome) == (X, X, Accepted("unconfirmed"))
    for digest, doubt in ((X, X), (X, X), (b"y" * 16, b""), (X, b"")):
        seen.note([purchase(1, digest=digest)], [InDoubt("lost")])
        entry = seen.find("1")
        assert entry is not None
        assert entry.doubt == doubt


def test_a_store_of_a_run_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recent, "_MOST", 3)
    store = Recent()
    names: Sequence[str] = "abcad"
    for name in names:
        store.put(name, name.encode())
    assert [store.get(name) for name in "abcd"] == [b"a", None, b"c", b"d"]
    assert len(store) == 3


def test_a_mark_is_recognized_with_digests_of_any_length() -> None:
    """A run without a journal uses digests of eight or sixteen bytes."""
    for digest in (b"8" * 8, b"?" * 8, b"?" * 16):
        for effect in ("queued", "unconfirmed"):
            seen, one = SeenPurchases(Recent()), purchase(1, digest=digest)
            seen.note([one], [Accepted(effect)])
            entry = seen.find("1")
            assert entry is not None
            assert (entry.accepted, entry.outcome) == (digest, Accepted(effect))


def test_a_released_purchase_changes_nothing() -> None:
    seen, one = SeenPurchases(Recent()), purchase(1)
    seen.note([one], [Accepted("created")])
    seen.note([purchase(1, digest=b"y" * 16)], [Released("x")])
    entry = seen.find("1")
    assert entry is not None
    assert entry.accepted == X
