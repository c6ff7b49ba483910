"""A dry run with a ledger on a server."""

from tests.support.fakes import Shop, sender
from tests.support.ledgers import schema
from tests.support.postgres import Server
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async._ingest.learned import NOTE
from woowup_async._ingest.rules.batching import Sizes
from woowup_async._ingest.rules.growth import Learned
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async._planning.dry_run import dry_run
from woowup_async.budget.dsn import Dsn
from woowup_async.cli.checks import machine
from woowup_async.policies import BatchPolicy, IngestPolicy

POLICY = RunPolicy(BatchPolicy(), IngestPolicy(), 1)


async def test_it_reads_a_ledger_and_does_not_make_one(postgres: Server) -> None:
    with schema(postgres) as url:
        inputs, account = Inputs([{"email": "ana@example.com"}], journal=url), sender(Shop())
        first = await dry_run(POLICY, inputs, account=account.key.mark)
        assert dict(first.report.users.effects) == {"created": 1}
        (found,) = machine.journal(Dsn(url), account.key.mark)
        assert (found.verdict, "does not exist yet" in found.text) == ("ok", True)
        await ingest(account, POLICY, inputs)
        ledger = PostgresLedger(Dsn(url), account.key.mark)
        await ledger.begin([])
        ledger.note(NOTE, "[[40, 0], [5000, 0]]")
        await ledger.aclose()
        again = await dry_run(POLICY, inputs, account=account.key.mark)
        assert dict(again.report.users.effects) == {"unchanged": 1}
        assert again.learned == Sizes(Learned(40, 0), Learned(5_000, 0))
        without_key = await dry_run(POLICY, inputs)
        assert dict(without_key.report.users.effects) == {"created": 1}
