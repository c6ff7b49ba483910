"""Rows are cut by account, keep their order, and wait in memory or in a file."""

import anyio
import pyarrow
import pytest

from woowup_async.contrib.spark.feeds import PIECE, Feed, Spool, by_account


def batch(**columns: list[object]) -> pyarrow.RecordBatch:
    return pyarrow.RecordBatch.from_pydict(columns)


def test_rows_are_cut_by_account_in_their_order() -> None:
    rows = batch(account=["b", "a", None, "a", "b"], number=[1, 2, 3, 4, 5])

    pieces = [(account, piece.to_pydict()) for account, piece in by_account(rows, "account")]

    assert pieces == [("", {"number": [3]}), ("a", {"number": [2, 4]}), ("b", {"number": [1, 5]})]


def test_accounts_may_be_numbers_and_pieces_are_small() -> None:
    rows = batch(account=[7] * (PIECE + 1), number=list(range(PIECE + 1)))

    pieces = list(by_account(rows, "account", is_kept=True))

    assert [(account, piece.num_rows) for account, piece in pieces] == [("7", PIECE), ("7", 1)]
    assert pieces[0][1].schema.names == ["account", "number"]


def test_one_account_needs_no_column() -> None:
    assert [account for account, _ in by_account(batch(number=[1]), None)] == [""]


def test_more_rows_than_the_memory_takes_wait_in_a_file() -> None:
    rows = batch(number=list(range(100)), text=["x" * 50] * 100)
    spool = Spool(rows.nbytes)
    kept = [spool.keep(rows) for _ in range(3)]

    assert spool.written_bytes == kept[1].bytes + kept[2].bytes > 0
    assert all(spool.batch_of(each).equals(rows) for each in kept)
    spool.release(kept[0])
    assert spool.keep(rows).batch is rows  # there is room in memory again
    spool.close()


async def test_a_feed_waits_for_rows_and_ends() -> None:
    feed, spool, seen = Feed(), Spool(10**6), list[int]()

    async def read() -> None:
        while (kept := await feed.next()) is not None:
            seen.append(kept.rows)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        feed.put(spool.keep(batch(number=[1, 2])))
        await anyio.wait_all_tasks_blocked()
        assert seen == [2]
        feed.put(spool.keep(batch(number=[3])))
        feed.close()

    assert seen == [2, 1]


@pytest.mark.parametrize("memory", [0, 10**6])
async def test_the_rest_of_a_feed_is_all_of_it(memory: int) -> None:
    feed, spool = Feed(), Spool(memory)
    for number in range(3):
        feed.put(spool.keep(batch(number=[number])))
    feed.close()

    rest = await feed.rest()

    assert [spool.batch_of(kept).to_pydict()["number"] for kept in rest] == [[0], [1], [2]]
    spool.close()
