"""What to do about an error that ends a command.

Room: cli. Pure.
"""

from __future__ import annotations

import re

from woowup_async.errors import (
    AccountGone,
    AdmissionTimeout,
    Forbidden,
    NotSent,
    ReplyLost,
    Throttled,
    UnexpectedReply,
)

_RENEWED = (
    "the server does not accept this key. If it was renewed, set WOOWUP_API_KEY to the new one, and add --new-key to "
    "the command if it has a journal; if not, copy it again from the account's settings"
)
#: A host of this machine that did not take a connection, where usually a simulated account is.
_HERE = re.compile(r"cannot connect to (127\.[\d.]+|localhost|\[?::1\]?)(:\d+)?(: |$)")
_AGAIN = "run the same command again to continue"


def advice_for(error: BaseException) -> str:
    """Return what a person can do about an error, in one line."""
    match error:
        case Forbidden():
            return _RENEWED
        case AccountGone():
            return "the account was deleted; its key will never work again"
        case Throttled() | AdmissionTimeout():
            return "the account's budget is spent: stop the other programs that use it, or wait a minute"
        case UnexpectedReply():
            return "this is not WoowUp's API: check --base-url or WOOWUP_BASE_URL, which ends in /apiv3, and any proxy"
        case NotSent() if "proxy" in str(error) and "answered 407" in str(error):
            return "the proxy wants a user and a password: --proxy http://user:password@host:port"
        case NotSent() if "no trusted TLS" in str(error):
            return "if your network inspects TLS, give the certificate of its authority with --ca-file"
        case NotSent() if _HERE.search(str(error)):
            return "nothing answers on this machine: start `woowup simulate`, or unset WOOWUP_BASE_URL for your account"
        case NotSent() | ReplyLost():
            return "no answer from this host: check the network, the proxy, the firewall and --base-url"
    return "see the message; try again in a minute"


def how_to_continue(error: BaseException | None) -> str:
    """Return how to continue a run with a journal that an error or a person stopped.

    The same command is named only if it can help.
    """
    match error:
        case Forbidden() | AccountGone():
            return advice_for(error)
        case UnexpectedReply() | NotSent() | ReplyLost():
            return f"{advice_for(error)}; then {_AGAIN}"
    return _AGAIN
