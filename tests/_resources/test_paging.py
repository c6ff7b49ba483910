"""Listings: the pages that are requested, and the last page."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.support.fakes import listed
from tests.support.recorder import Recorder

#: Every listing, with the arguments that it needs.
LISTINGS: dict[str, Callable[..., AsyncIterator[Any]]] = {
    "integration_stats.list": lambda w, **paging: w.integration_stats.list(**paging),
    "connectors.logs": lambda w, **paging: w.connectors.logs(**paging),
    "purchases.search": lambda w, **paging: w.purchases.search(service_uid="C-1", **paging),
    "users.search": lambda w, **paging: w.users.search("ana", **paging),
    "users.transactions": lambda w, **paging: w.users.transactions(email="a@b.co", **paging),
    "products.list": lambda w, **paging: w.products.list(**paging),
    "branches.list": lambda w, **paging: w.branches.list(**paging),
    "events.list": lambda w, **paging: w.events.list(**paging),
    "custom_attributes.list": lambda w, **paging: w.custom_attributes.list(**paging),
}


def pages(*sizes: int) -> Callable[[int], list[dict[str, int]]]:
    """Return pages of these sizes, with different items."""
    return lambda number: [{"id": 1000 * number + n} for n in range(sizes[number])]


def asked(recorder: Recorder) -> list[tuple[str, str]]:
    return [(dict(call.params)["page"], dict(call.params)["limit"]) for call in recorder.calls]


@pytest.mark.parametrize("name", LISTINGS)
async def test_every_listing_takes_a_page_and_its_size(name: str) -> None:
    recorder = Recorder(pages(20, 20, 3))
    assert len(await listed(LISTINGS[name](recorder, page=4, page_size=20))) == 43
    assert asked(recorder) == [("4", "20"), ("5", "20"), ("6", "20")]


@pytest.mark.parametrize("name", LISTINGS)
async def test_no_listing_requests_more_than_the_limit(name: str) -> None:
    recorder = Recorder(pages(5))
    assert len(await listed(LISTINGS[name](recorder, limit=5))) == 5
    assert asked(recorder) == [("0", "5")]


async def test_a_limit_above_a_page_requests_whole_pages() -> None:
    recorder = Recorder(pages(100, 100))
    assert len(await listed(recorder.users.search("ana", limit=150))) == 150
    assert asked(recorder) == [("0", "100"), ("1", "100")]


async def test_a_listing_ends_if_the_server_has_no_pages() -> None:
    """The server sends the same page again, or more items than requested."""
    same = [{"id": n} for n in range(100)]
    assert len(await listed(Recorder(same).purchases.search(service_uid="C-1"))) == 100
    assert len(await listed(Recorder(pages(130)).purchases.search(service_uid="C-1"))) == 130


async def test_flags_are_numbers() -> None:
    """PHP reads the text "false" as true."""
    recorder = Recorder([])
    await listed(recorder.products.list(available=True, with_stock=False))
    assert recorder.sent == [("GET /products?available=1&with_stock=0&page=0&limit=100", None)]
