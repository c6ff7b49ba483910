"""What a source gives to a pipeline, and its outcome if the run ends before the pipeline opens it.

Room: _ingest. Each record that was read gets exactly one outcome: what is in the books gets it there, the rest here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from woowup_async._flow import Entity, Item
from woowup_async._ingest.settler import Settler
from woowup_async._transport.drain import Drain
from woowup_async.errors import WoowUpError


class Flush(Enum):
    """What a source may give between items: send what is open."""

    FLUSH = "flush"


FLUSH = Flush.FLUSH
T = TypeVar("T")
#: What a source gives, in blocks: one block is taken in without waiting, but for the workers.
Blocks = AsyncGenerator[Sequence[T], None]
#: Makes an item of it; None where there is nothing to send.
Admit = Callable[[T], Item | Flush | None]
_WHY = "the run ended before it was sent"


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

    def release(self, entity: Entity, item: Item, announced: int | None) -> None:
        """Settle the item in hand, if it has no outcome and is in no book.

        Args:
            entity: of the item.
            item: the one in hand.
            announced: how often outcomes were announced before it was opened; None if that was not tried.

        """
        self._drain.stop()  # `watch` may hear of it after this
        settler = self._settler
        if announced is None or (announced == settler.announcer.announced and not settler.unsettled.holds(item)):
            settler.release_unopened(((entity, item),), _WHY)

    def let_go(self, entity: Entity, rest: Iterator[T], admit: Admit[T]) -> None:
        """Settle the rest of a block. An ingester settles what it holds by itself."""
        self._drain.stop()
        self.has_ended_run = True
        items: list[tuple[Entity, Item]] = []
        for given in rest if not self._settler.is_lasting else ():
            with suppress(WoowUpError):  # where it was refused, and the journal failed again
                if isinstance(item := admit(given), Item):
                    items.append((entity, item))
        self._settler.release_unopened(items, _WHY)
