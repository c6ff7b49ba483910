"""What an account costs a pool while its run waits: sockets, and objects that the garbage collector visits."""

import gc

import anyio
import anyio.lowlevel

from tests.support.fakes import ScriptedTransport
from woowup_async import IngestPolicy, RateLimit, SessionPool
from woowup_async.ports import Request, Response

ACCOUNTS, SOCKETS = 10, 2
#: Measured: 476 for users, of which 64 are records read ahead.
OBJECTS = 510


async def never(request: Request) -> Response:
    await anyio.sleep_forever()
    raise AssertionError


def visited() -> int:
    gc.collect()
    return len(gc.get_objects())


async def test_an_account_whose_run_waits_has_two_requests_in_the_queue_and_few_objects() -> None:
    async with SessionPool(max_connections=SOCKETS) as pool, anyio.create_task_group() as tasks:
        await pool.connections.aclose()
        pool.connections._transport = ScriptedTransport(by=never)

        async def account(number: int) -> None:
            users = ({"document": f"{number}-{each}"} for each in range(1_000))
            base_url = "http://127.0.0.1:9/apiv3"
            limit, policy = RateLimit(segment=0.05), IngestPolicy(drain=0)
            woowup = pool.account(f"key-{number}", base_url=base_url, rate_limit=limit, ingest=policy)
            await woowup.ingest(users=users)

        async def until_waiting(accounts: int) -> None:
            while pool.statistics().waiting < 2 * accounts or pool.statistics().under_way < SOCKETS:
                await anyio.lowlevel.checkpoint()
            for _ in range(100):  # none of them sends more
                await anyio.lowlevel.checkpoint()

        for number in range(ACCOUNTS):  # caches, and the requests that have a socket
            tasks.start_soon(account, number)
        await until_waiting(ACCOUNTS)
        before = visited()
        for number in range(ACCOUNTS, 2 * ACCOUNTS):
            tasks.start_soon(account, number)
        await until_waiting(2 * ACCOUNTS)

        assert pool.statistics().waiting == 2 * 2 * ACCOUNTS
        assert (visited() - before) / ACCOUNTS <= OBJECTS
        tasks.cancel_scope.cancel()
