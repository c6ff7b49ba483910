"""What a source gives to a pipeline, and its outcome if the run ends before the pipeline opens it.

Room: _ingest. Each record that was read gets exactly one outcome: what is in the books gets it there, the rest here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from enum import Enum
from itertools import islice
from math import inf
from typing import Any, Generic, TypeVar

from woowup_async._flow import Entity, Item
from woowup_async._ingest.settler import Settler
from woowup_async._transport.drain import Drain
from woowup_async.errors import WoowUpError
from woowup_async.sources._blocks import Unread


class Flush(Enum):
    """What a source may give between items: send what is open."""

    FLUSH = "flush"


FLUSH = Flush.FLUSH
T = TypeVar("T")
#: What a source gives, in blocks: one block is taken in without waiting, but for the workers.
Blocks = AsyncGenerator[Iterable[T], None]
#: Makes an item of it; None where there is nothing to send.
Admit = Callable[[T], Item | Flush | None]
#: Records that are made ready at a time (guessed: about 0.5 ms), and as many if a server is asked about them (guessed:
#: one question for about a batch).
STRETCH, ASKED_STRETCH = 32, 100
_WHY = "the run ended before it was sent"


class Block(Generic[T]):
    """The part of a block that was not taken in.

    It is taken in by stretches: the items of a stretch are made, and looked up in the ledger, before the first of them
    is opened. An item is made before the next record is read, since its source may change the object then.

    Args:
        given: what the source gave.
        admit: makes items of it.

    """

    def __init__(self, given: Iterable[T], admit: Admit[T]) -> None:
        self._given, self._admit, self._is_read = iter(given), admit, isinstance(given, Sequence)
        self._left = len(given) if isinstance(given, Sequence) else given.most if isinstance(given, Unread) else inf
        self.items: Iterator[Item | Flush] = iter(())

    @property
    def has_more(self) -> bool:
        """Whether a part of it may not be made into items."""
        return self._left > 0

    async def stretch(self, look_up: Callable[[Sequence[Item]], Awaitable[None]] | None, most: int = STRETCH) -> None:
        """Make the next items, at most `most`, and look them up.

        `items` yields them, and must be read to its end before the next stretch.
        """
        made: list[Item | Flush | None] = []
        self.items = filter(None, made)  # before they are made: an error may end this, and then it has those before
        made.extend(map(self._admit, islice(self._given, most)))
        self._left = self._left - most if len(made) == most else 0
        if look_up is not None and (items := [item for item in made if isinstance(item, Item)]):
            await look_up(items)

    def left(self) -> list[Item]:
        """Return the items that were not opened. What was not read is not read any more."""
        left = [item for item in self.items if isinstance(item, Item)]
        for given in self._given if self._is_read else ():
            with suppress(WoowUpError):  # where it was refused, and the journal failed again
                if isinstance(item := self._admit(given), Item):
                    left.append(item)
        return left


class Unopened:
    """Settles what was read and is in no book, when an error or a cancellation ends the run.

    Args:
        settler: gives outcomes.
        drain: is stopped first, so that nothing more is sent.

    Attributes:
        has_ended_run: whether the run ended while a record was taken in; if not, its source may have failed.

    """

    def __init__(self, settler: Settler, drain: Drain) -> None:
        self._settler, self._drain = settler, drain
        self.has_ended_run = False

    async def release(self, entity: Entity, item: Item, announced: int | None) -> None:
        """Settle the item in hand, if it has no outcome and is in no book.

        Args:
            entity: of the item.
            item: the one in hand.
            announced: how often outcomes were announced before it was opened; None if that was not tried.

        """
        self._drain.stop()  # `watch` may hear of it after this
        settler = self._settler
        if announced is None or (announced == settler.announcer.announced and not settler.unsettled.holds(item)):
            await settler.release_unopened(((entity, item),), _WHY)

    async def let_go(self, entity: Entity, block: Block[Any]) -> None:
        """Settle the rest of a block. An ingester settles what it holds by itself."""
        self._drain.stop()
        self.has_ended_run = True
        items = [] if self._settler.is_lasting else block.left()
        await self._settler.release_unopened([(entity, item) for item in items], _WHY)
