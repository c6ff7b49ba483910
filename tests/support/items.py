"""Items, without a source."""

from woowup_async._flow import Item, Position, Record

DIGEST = b"x" * 16


def item(size: int, number: int = 0) -> Item:
    """Return an item with this many bytes."""
    return Item(Record(Position("t", number), None), str(number), b"x" * size)


def purchase(number: int, *identifiers: str, digest: bytes = DIGEST) -> Item:
    """Return a purchase of the customer with these identifiers."""
    return Item(Record(Position("p", number), b""), str(number), b"{}", digest, (), identifiers)
