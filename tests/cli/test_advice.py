"""What to do about an error: the same command only if it can help."""

from __future__ import annotations

import pytest

from woowup_async.cli.advice import advice_for, how_to_continue
from woowup_async.errors import (
    AccountGone,
    AdmissionTimeout,
    Forbidden,
    JournalError,
    NotSent,
    ReplyLost,
    Throttled,
    UnexpectedReply,
    WoowUpError,
)

AGAIN = "run the same command again to continue"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Forbidden("x", 403, "forbidden", ""), "--new-key"),
        (AccountGone("x", 410, "account_deleted", ""), "will never work again"),
        (Throttled("x", 429, "", ""), "wait a minute"),
        (AdmissionTimeout(40, 12.0), "wait a minute"),
        (UnexpectedReply("x", 200, "", ""), "ends in /apiv3, and any proxy"),
        (NotSent("x", "cannot reach h through the proxy p: it answered 407"), "--proxy http://user:password@host:port"),
        (NotSent("x", "no trusted TLS connection to h: self-signed"), "--ca-file"),
        (NotSent("x", "cannot connect to h"), "the firewall"),
        (NotSent("x", "cannot connect to 127.0.0.1:8765: refused"), "start `woowup simulate`"),
        (NotSent("x", "cannot connect to localhost:8765: refused"), "unset WOOWUP_BASE_URL"),
        (NotSent("x", "cannot connect to 127.example.com:443: refused"), "the firewall"),
        (ReplyLost("x", "no answer"), "the firewall"),
        (WoowUpError("x"), "see the message"),
    ],
)
def test_advice(error: WoowUpError, said: str) -> None:
    assert said in advice_for(error)
    assert "\n" not in advice_for(error)


@pytest.mark.parametrize(
    ("error", "can_help"),
    [
        (None, True),
        (JournalError("the disk is full"), True),
        (WoowUpError("the dead letters cannot be written"), True),
        (NotSent("x", "cannot connect to h"), True),
        (UnexpectedReply("x", 200, "", ""), True),
        (Forbidden("x", 403, "forbidden", ""), False),
        (AccountGone("x", 410, "account_deleted", ""), False),
    ],
)
def test_the_same_command_is_named_only_if_it_can_help(error: WoowUpError | None, can_help: bool) -> None:
    assert how_to_continue(error).endswith(AGAIN) == can_help
