"""Transactions of points."""

import msgspec

from woowup_async.models.transaction import CONCEPTS, POINTS_CONCEPTS, Transaction


def test_sent_concepts_have_other_names_than_returned_ones() -> None:
    assert {"purchase", "gift", "manual"} <= set(POINTS_CONCEPTS) - set(CONCEPTS)
    assert {"sale-invoice", "points-give-away", "manual-load"} <= set(CONCEPTS) - set(POINTS_CONCEPTS)


def test_a_transaction_is_read_leniently() -> None:
    body = b'{"id": 1, "points": -3.5, "concept": "brand-new", "branch": {"name": "Centro"}, "x": 1}'
    found = msgspec.json.decode(body, type=Transaction)
    assert found.branch is not None
    assert (found.points, found.concept, found.branch.name, found.data) == (-3.5, "brand-new", "Centro", {})
