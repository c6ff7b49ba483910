"""A function for AWS Lambda that sends the orders of an SQS queue.

Handler: `handler.handler`. The queue needs ReportBatchItemFailures, so that only the messages in the answer come again.
Keep the number of functions at the same time small (a reserved concurrency of 2): all of them have one budget.
Set WOOWUP_BUDGET to the address of a Redis that all of them reach, so that they share it.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from woowup_async import Accepted, IngestPolicy, Rejected, WoowUp, WoowUpError

_log = logging.getLogger(__name__)
#: The answer to a cancelled run is waited for at most this many seconds.
POLICY = IngestPolicy(drain=5)
#: Seconds that stay for draining before the function is killed.
SPARE = 10.0


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Send the orders of the messages. Return those that must come again."""
    seconds = max(context.get_remaining_time_in_millis() / 1000 - SPARE, 1.0)
    again = asyncio.run(send(event["Records"], seconds))
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}


async def send(messages: Sequence[Mapping[str, Any]], seconds: float) -> list[str]:
    """Return the messages whose order is neither accepted nor rejected."""
    orders = [json.loads(message["body"]) for message in messages]
    customers = [{"email": order["email"]} for order in orders if "email" in order]
    open_ones = dict(enumerate(message["messageId"] for message in messages))
    try:
        async with (
            asyncio.timeout(seconds),
            WoowUp(ingest=POLICY) as woowup,
            woowup.outcomes(users=customers, purchases=orders) as outcomes,
        ):
            async for settled in outcomes:
                if settled.entity != "purchase":
                    continue
                match settled.outcome:
                    case Accepted():
                        del open_ones[settled.record.position.number]
                    case Rejected() as rejected:  # it would be refused again
                        message = open_ones.pop(settled.record.position.number)
                        _log.error(
                            "message %s: %s: %s", message, rejected.code, [str(each) for each in rejected.reasons]
                        )
    except (TimeoutError, WoowUpError) as error:
        _log.warning("%d messages come again: %s", len(open_ones), type(error).__name__)
    return list(open_ones.values())
