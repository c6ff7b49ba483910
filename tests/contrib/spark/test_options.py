"""Options become a plan. One that is wrong or could show a secret is refused, and the message does not show it."""

import pickle

import pytest

from woowup_async._flow import Entity
from woowup_async.contrib.spark.options import plan_of, variable_part


def test_texts_become_policies() -> None:
    plan = plan_of(
        {"entity": "users", "max_items": "50", "Segment": "1.5", "strict": "true", "attempts": "3", "queryName": "q"}
    )

    assert plan.entity is Entity.USER
    assert (plan.batch.max_items, plan.rate_limit.segment, plan.ingest.strict, plan.attempts) == (50, 1.5, True, 3)
    assert pickle.loads(pickle.dumps(plan)) == plan


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": "s3cret"}, "a key cannot be one"),
        ({"accounts": "s3cret"}, "never a key"),
        ({"accounts": "env:s3cret-of/base64=="}, "is not the name of a variable"),
        ({"journal": "postgresql://shop:s3cret@db/ledger"}, "option journal has a password"),
        ({"journal": "postgresql://shop@db/ledger?password=s3cret"}, "option journal has a password"),
        ({"budget": "rediss://:s3cret@cache:6380"}, "option budget has a password"),
        ({"base_url": "https://user:s3cret@host/apiv3"}, "option base_url has a password"),
        ({"resolver": "s3cret"}, "package.module:function"),
        ({"entity": "s3cret"}, "option entity is one of"),
        ({"max_items": "many"}, "option max_items: Expected `int`"),
        ({"max_items": "0"}, "BatchPolicy.max_items must be 1 or more"),
        ({"max_itmes": "10"}, "unknown option: max_itmes"),
        ({"rate_limit": "70"}, "unknown option: rate_limit"),
        ({"accounts": "env:A", "resolver": "a:b"}, "not both"),
        ({"mapping": "a.toml", "json": "record"}, "not both"),
        ({"at_once": "0"}, "at_once"),
        ({"accounts": "env:KEY_{account}", "journal": "/ledgers/one.db"}, "write {account} into its path"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        plan_of(options)

    assert "s3cret" not in str(refused.value)


def test_the_journal_of_an_account_has_its_name() -> None:
    plan = plan_of({"accounts": "env:KEY_{account}", "journal": "/ledgers/{account}.db"})

    assert plan.journal_of("Tienda Norte/1") == "/ledgers/TIENDA_NORTE_1.db"
    assert plan_of({"journal": "env:LEDGER_URL", "accounts": "env:K_{account}"}).journal_of("a") == "env:LEDGER_URL"
    assert plan_of({}).journal_of("") is None


def test_a_name_becomes_a_part_of_a_variable() -> None:
    assert variable_part("la-peña 2") == "LA_PE_A_2"
