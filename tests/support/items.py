"""What several tests use."""

from woowup_async._flow import Item, Position, Record


def item(size: int, number: int = 0) -> Item:
    return Item(Record(Position("t", number), None), str(number), b"x" * size)
